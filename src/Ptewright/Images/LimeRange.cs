using System.Buffers.Binary;
using Ptewright.Addressing;

namespace Ptewright.Images;

/// <summary>The header in front of a range of memory in LiME's and AVML's files: magic, version, first byte, last byte, and eight bytes of nothing.</summary>
/// <param name="Magic"><see cref="Lime"/> or <see cref="Avml"/>.</param>
/// <param name="Version">The version of the format.</param>
/// <param name="Start">The range's first physical address.</param>
/// <param name="Last">Its last one.</param>
/// <remarks>Sources of the layout: LiME's <c>lime.h</c>, AVML's <c>image.rs</c>.</remarks>
internal readonly record struct LimeRange(uint Magic, uint Version, ulong Start, ulong Last)
{
    /// <summary>The length of a header in bytes.</summary>
    public const int HeaderSize = 32;

    /// <summary>Memory byte for byte behind the header, in version 1 of the format: <c>EMiL</c>.</summary>
    public const uint Lime = 0x4c69_4d45;

    /// <summary>Memory packed by Snappy behind it, in version 2: <c>AVML</c>.</summary>
    public const uint Avml = 0x4c4d_5641;

    /// <summary>A file has at most so many: a terabyte in AVML's pieces has 65,536.</summary>
    public const int MaxRanges = 1 << 20;

    /// <summary>AVML cuts memory into pieces of this size, and leaves out those of nothing but zeros.</summary>
    public const ulong AvmlPiece = 16 << 20;

    /// <summary>The length in bytes, less 1: all 64 bits of address are one more than fits.</summary>
    public ulong SizeLessOne => Last - Start;

    /// <summary>Reads a header.</summary>
    /// <param name="bytes">At least <see cref="HeaderSize"/>.</param>
    public static LimeRange Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]));

    /// <summary>What is wrong with a header, as the rest of a sentence about its file.</summary>
    /// <param name="magic">The magic that it should have.</param>
    /// <param name="version">The version that it should have.</param>
    /// <param name="offset">Where in the file it is.</param>
    /// <returns>Null when nothing is.</returns>
    public string? Objection(uint magic, uint version, ulong offset) =>
        Magic != magic ? $"where its next range should begin, at offset 0x{offset:x}, there is no header of one"
        : Version != version ? $"its range at offset 0x{offset:x} has version {Version} of the format, and only {version} is known"
        : Last < Start ? $"its range at offset 0x{offset:x} ends at 0x{Last:x}, before it begins at {new PhysicalAddress(Start)}"
        : null;
}
