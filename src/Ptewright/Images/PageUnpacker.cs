using System.IO.Compression;
using Ptewright.Memory;
using Snappier;
using ZstdSharp;

namespace Ptewright.Images;

/// <summary>Unpacks pages; for one thread.</summary>
/// <remarks>What is packed comes from outside: a page that does not unpack to exactly its size is none.</remarks>
internal sealed class PageUnpacker : IDisposable
{
    private const int DescriptorsSize = 8 << 10;
    private const int PagesSize = 16 << 10;

    private readonly NativeBlock _packed;
    private Decompressor? _zstd;

    /// <summary>Makes room for what is packed.</summary>
    /// <param name="mostBytes">The most that a packed page has.</param>
    public PageUnpacker(int mostBytes) => _packed = NativeBlock.Reserve((ulong)mostBytes);

    /// <summary>What says where pages lie, as this reader read it last.</summary>
    public NearReads Descriptors { get; } = new(DescriptorsSize);

    /// <summary>Packed pages, as this reader read them last.</summary>
    public NearReads Packed { get; } = new(PagesSize);

    /// <summary>Room for a packed page. It ends where the memory does, so that whoever reads on is found out.</summary>
    /// <param name="bytes">Its length.</param>
    public Span<byte> RoomFor(int bytes) => _packed.Span(_packed.Length - (ulong)bytes, bytes);

    /// <summary>Unpacks what lies in the room.</summary>
    /// <param name="bytes">Its length.</param>
    /// <param name="packing">What it is packed with; of several the first of zlib, LZO, snappy, zstd.</param>
    /// <param name="page">Takes the page, which fills it.</param>
    /// <returns>False when it is damaged, or packed with nothing that is known.</returns>
    public bool TryUnpack(int bytes, PagePacking packing, Span<byte> page)
    {
        ReadOnlySpan<byte> packed = RoomFor(bytes);
        if ((packing & ~PagePacking.All) != 0)
        {
            return false;
        }

        if (packing == PagePacking.None)
        {
            return packed.Length == page.Length && packed.TryCopyTo(page);
        }

        return packing.HasFlag(PagePacking.Zlib) ? TryZlib(bytes, page)
            : packing.HasFlag(PagePacking.Lzo) ? Lzo1x.Unpack(packed, page) == page.Length
            : packing.HasFlag(PagePacking.Snappy) ? TrySnappy(packed, page)
            : TryZstd(packed, page);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _packed.Dispose();
        Descriptors.Dispose();
        Packed.Dispose();
        _zstd?.Dispose();
    }

    private unsafe bool TryZlib(int bytes, Span<byte> page)
    {
        using UnmanagedMemoryStream packed = new(_packed.Pointer + (_packed.Length - (ulong)bytes), bytes);
        try
        {
            using ZLibStream stream = new(packed, CompressionMode.Decompress);
            return stream.ReadAtLeast(page, page.Length, throwOnEndOfStream: false) == page.Length && stream.ReadByte() < 0;
        }
        catch (Exception problem) when (problem is InvalidDataException or IOException)
        {
            // The second is what a stream gives that asks for a dictionary.
            return false;
        }
    }

    private static bool TrySnappy(ReadOnlySpan<byte> packed, Span<byte> page)
    {
        try
        {
            return Snappy.GetUncompressedLength(packed) == page.Length && Snappy.Decompress(packed, page) == page.Length;
        }
        catch (Exception problem) when (problem is InvalidDataException or ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    private bool TryZstd(ReadOnlySpan<byte> packed, Span<byte> page)
    {
        _zstd ??= new Decompressor();
        try
        {
            return _zstd.Unwrap(packed, page) == page.Length;
        }
        catch (ZstdException)
        {
            return false;
        }
    }
}
