namespace Ptewright.Images;

/// <summary>What a page of a dump is packed with: the bits of its descriptor's <c>flags</c>, and what of those in a header's <c>status</c> is not about packing.</summary>
[Flags]
internal enum PagePacking : uint
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>zlib (RFC 1950).</summary>
    Zlib = 0x01,

    /// <summary>LZO1X.</summary>
    Lzo = 0x02,

    /// <summary>A bare block of snappy.</summary>
    Snappy = 0x04,

    /// <summary>One frame of zstd.</summary>
    Zstd = 0x20,

    /// <summary>All of them.</summary>
    All = Zlib | Lzo | Snappy | Zstd,
}
