using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Ptewright.Images;

/// <summary>What the first two headers of a kdump-compressed file say, in the layout of 64-bit machines; all numbers with the least significant byte first.</summary>
/// <remarks>
/// <para>makedumpfile's <c>diskdump_mod.h</c>. Blocks of <see cref="BlockSize"/> bytes: the header; <see cref="SubHeaderBlocks"/> with the sub header and the notes; the bitmaps; then descriptors
/// of 24 bytes, one for each stored page, and behind them the pages.</para>
/// <code>
/// header      0 signature   8 version   12 six names of 65 bytes (utsname; the fifth is the machine's)   408 time
///           424 status    428 block size   432 blocks of the sub header   436 blocks of both bitmaps   440 pages (32 bits)
/// sub header  0 phys_base   8 dump level (from version 1)   12 split   16 first page   24 page behind the last (from 2)
///            32 VMCOREINFO's offset, 40 size (from 3)   48 notes' offset, 56 size (from 4)
///            80 first page   88 page behind the last   96 pages, all of them with 64 bits (from 6)
/// </code>
/// <para>Neither the size of words nor the order of bytes is written anywhere; a block size that makes sense where it should stand tells them. A block has nothing to do with the granule:
/// QEMU's has 64 KiB always.</para>
/// </remarks>
internal sealed class KdumpHeader
{
    /// <summary>The length of a signature.</summary>
    public const int SignatureSize = 8;

    private const int HeaderSize = 464;
    private const int SubHeaderSize = 104;
    private const int NameSize = 65;
    private const int MachineOffset = 12 + (4 * NameSize);
    private const int StatusOffset = 424;
    private const int BlockSizeOffset = 428;
    private const int NewestVersion = 6;
    private const uint IncompleteStatus = 0x08;

    private readonly byte[] _header;

    /// <summary>Reads the headers.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="InvalidInputException">They are not those of such a file.</exception>
    public KdumpHeader(FileBytes file)
    {
        _header = file.Copy(0, HeaderSize);
        if (!IsSignature(_header))
        {
            throw file.Error("it does not begin as a kdump-compressed file does, with KDUMP or DISKDUMP");
        }

        if (_header.Length < HeaderSize)
        {
            throw file.Error($"it ends within its header, which has {HeaderSize} bytes");
        }

        Version = BinaryPrimitives.ReadInt32LittleEndian(_header.AsSpan(SignatureSize));
        BlockSize = BinaryPrimitives.ReadUInt32LittleEndian(_header.AsSpan(BlockSizeOffset));
        if (Version is < 1 or > NewestVersion)
        {
            throw file.Error($"its header version at offset {SignatureSize} is {Version}; versions 1 to {NewestVersion} are known, least significant byte first");
        }

        if (BlockSize is not (4 << 10 or 16 << 10 or 64 << 10))
        {
            throw file.Error($"its block size at offset {BlockSizeOffset} is {BlockSize}; a dump of a 64-bit arm64 machine has 4096, 16384 or 65536 there");
        }

        SubHeaderBlocks = BinaryPrimitives.ReadUInt32LittleEndian(_header.AsSpan(432));
        BitmapBlocks = BinaryPrimitives.ReadUInt32LittleEndian(_header.AsSpan(436));
        ReadOnlySpan<byte> sub = file.Copy(BlockSize, SubHeaderSize);
        if (sub.Length < SubHeaderSize || SubHeaderBlocks is 0 or > int.MaxValue || BitmapBlocks is 0 or > int.MaxValue || !file.Has(BitmapOffset, (ulong)BitmapBlocks * BlockSize))
        {
            throw file.Error(
                $"its sub header of {SubHeaderBlocks} blocks and its bitmaps of {BitmapBlocks} do not lie in the {file.Length} bytes of the file: it is damaged, or cut short before any of its memory");
        }

        Pages = Version >= 6 ? Long(sub, 96) : BinaryPrimitives.ReadUInt32LittleEndian(_header.AsSpan(440));
        if (Pages == 0 || Pages > 8UL * BitmapBlocks * BlockSize)
        {
            throw file.Error($"it is for {Pages} pages, and its bitmaps at offset 0x{BitmapOffset:x} have {8UL * BitmapBlocks * BlockSize} bits");
        }

        IsSplit = Version >= 2 && BinaryPrimitives.ReadInt32LittleEndian(sub[12..]) != 0;
        (FirstPage, EndPage) = !IsSplit ? (0, Pages) : Version >= 6 ? (Long(sub, 80), Long(sub, 88)) : (Long(sub, 16), Long(sub, 24));
        if (FirstPage > EndPage || EndPage > Pages)
        {
            throw file.Error($"it is a part of a split dump and has the pages from {FirstPage} up to {EndPage}, of {Pages} in all: it is damaged");
        }

        DumpLevel = Version >= 1 ? BinaryPrimitives.ReadInt32LittleEndian(sub[8..]) : 0;
        CoreInfo = Version >= 3 ? (Long(sub, 32), Long(sub, 40)) : default;
        Notes = Version >= 4 ? (Long(sub, 48), Long(sub, 56)) : default;
    }

    /// <summary>The version of the header.</summary>
    public int Version { get; }

    /// <summary>The size of a block, and of a page in the file, in bytes.</summary>
    public uint BlockSize { get; }

    /// <summary>The base-2 logarithm of <see cref="BlockSize"/>.</summary>
    public int BlockShift => BitOperations.TrailingZeroCount(BlockSize);

    /// <summary>How many pages of address space, from 0 on, there are bits for.</summary>
    public ulong Pages { get; }

    /// <summary>Whether the file is one of several.</summary>
    public bool IsSplit { get; }

    /// <summary>The first page that the file has, if it is there.</summary>
    public ulong FirstPage { get; }

    /// <summary>The page behind the last one.</summary>
    public ulong EndPage { get; }

    /// <summary>Which pages makedumpfile was to leave out (<c>-d</c>), a bit each: of zeros, of the cache, of the cache in use, of programs, free ones.</summary>
    public int DumpLevel { get; }

    /// <summary>Where VMCOREINFO's text lies, and its length; 0 where the header does not say.</summary>
    public (ulong Offset, ulong Size) CoreInfo { get; }

    /// <summary>Where the notes lie, and their length; 0 where the header does not say.</summary>
    public (ulong Offset, ulong Size) Notes { get; }

    /// <summary>Where the bitmaps begin: of the pages that the machine had, and behind it of those that are stored.</summary>
    public ulong BitmapOffset => (1UL + SubHeaderBlocks) * BlockSize;

    /// <summary>Where the bitmap of stored pages begins. There is no other one where there is no room for two.</summary>
    public ulong StoredOffset => BitmapOffset + (HasTwoBitmaps ? (ulong)(BitmapBlocks / 2) * BlockSize : 0);

    /// <summary>Whether pages that the machine had can be told from those that are stored.</summary>
    public bool HasTwoBitmaps => BitmapBlocks >= 2 * ((((Pages + 7) / 8) + BlockSize - 1) / BlockSize);

    /// <summary>Where the descriptors begin.</summary>
    public ulong DescriptorOffset => BitmapOffset + ((ulong)BitmapBlocks * BlockSize);

    /// <summary>Whether whoever wrote it could not write all of it.</summary>
    public bool IsIncomplete => (BinaryPrimitives.ReadUInt32LittleEndian(_header.AsSpan(StatusOffset)) & IncompleteStatus) != 0;

    /// <summary>What kind of machine it was, as <c>uname -m</c> says; QEMU says Unknown.</summary>
    public string Machine
    {
        get
        {
            ReadOnlySpan<byte> name = _header.AsSpan(MachineOffset, NameSize);
            int end = name.IndexOf((byte)0);
            return Encoding.Latin1.GetString(name[..(end < 0 ? name.Length : end)]);
        }
    }

    private uint SubHeaderBlocks { get; }

    private uint BitmapBlocks { get; }

    /// <summary>Whether bytes begin with a signature of the family.</summary>
    public static bool IsSignature(ReadOnlySpan<byte> start) => start.StartsWith("KDUMP   "u8) || start.StartsWith("DISKDUMP"u8);

    /// <summary>Whether another file can be of the same dump: all but what a file of a set has of its own is the same.</summary>
    public bool IsSameDump(KdumpHeader other) =>
        IsSplit && other.IsSplit && Pages == other.Pages
        && _header.AsSpan(0, StatusOffset).SequenceEqual(other._header.AsSpan(0, StatusOffset))
        && _header.AsSpan(BlockSizeOffset).SequenceEqual(other._header.AsSpan(BlockSizeOffset));

    private static ulong Long(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);
}
