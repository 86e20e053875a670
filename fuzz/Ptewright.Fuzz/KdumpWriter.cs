using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Ptewright.Images;
using Snappier;
using ZstdSharp;

namespace Ptewright.Fuzz;

/// <summary>Writes kdump-compressed files as makedumpfile and QEMU do, by the description of the format; small ones, for tests.</summary>
internal sealed record KdumpWriter
{
    /// <summary>The length of a descriptor.</summary>
    public const int DescriptorSize = 24;

    private static readonly byte[] _noteName = "VMCOREINFO\0\0"u8.ToArray();

    /// <summary>KDUMP with three blanks, or DISKDUMP.</summary>
    public string Signature { get; init; } = "KDUMP   ";

    /// <summary>The version of the header.</summary>
    public int Version { get; init; } = 6;

    /// <summary>The size of a page.</summary>
    public int BlockSize { get; init; } = 4096;

    /// <summary>For how many pages there are bits.</summary>
    public ulong Pages { get; init; } = 1024;

    /// <summary>The pages that are stored.</summary>
    public SortedDictionary<ulong, byte[]> Stored { get; init; } = [];

    /// <summary>The pages that are left out.</summary>
    public IReadOnlyCollection<ulong> Excluded { get; init; } = [];

    /// <summary>What pages are packed with, in turn.</summary>
    public IReadOnlyList<PagePacking> Packings { get; init; } = [PagePacking.Zlib];

    /// <summary>VMCOREINFO's text; nothing for none.</summary>
    public string Note { get; init; } = string.Empty;

    /// <summary>Whether the header says where VMCOREINFO's text is; QEMU's may not.</summary>
    public bool SaysWhereCoreInfoIs { get; init; } = true;

    /// <summary>The flags of the header.</summary>
    public uint Status { get; init; }

    /// <summary>Which kinds of pages were to be left out.</summary>
    public int DumpLevel { get; init; } = 31;

    /// <summary>What the machine is called.</summary>
    public string Machine { get; init; } = "aarch64";

    /// <summary>Whether there is only one bitmap.</summary>
    public bool HasOneBitmap { get; init; }

    /// <summary>The first page of a part of a split dump, and the one behind the last.</summary>
    public (ulong First, ulong End)? Part { get; init; }

    /// <summary>Whether pages of zeros are stored once, as QEMU does, before all others.</summary>
    public bool SharesZeros { get; init; }

    /// <summary>Where the bitmaps begin.</summary>
    public int BitmapOffset => (1 + SubHeaderBlocks) * BlockSize;

    /// <summary>Where the descriptors begin.</summary>
    public int DescriptorOffset => BitmapOffset + (BitmapBlocks * BlockSize);

    private int SubHeaderBlocks => (104 + NoteSize + BlockSize - 1) / BlockSize;

    private int NoteSize => Note.Length == 0 ? 0 : 12 + _noteName.Length + ((Note.Length + 3) & ~3);

    private int HalfBlocks => (int)((((Pages + 7) / 8) + (ulong)BlockSize - 1) / (ulong)BlockSize);

    private int BitmapBlocks => HasOneBitmap ? HalfBlocks : 2 * HalfBlocks;

    /// <summary>Packs a page; what does not shrink stays as it is.</summary>
    public static (byte[] Bytes, PagePacking Packing) Pack(byte[] page, PagePacking packing)
    {
        byte[] packed = packing switch
        {
            PagePacking.Zlib => PackZlib(page),
            PagePacking.Lzo => LzoPacker.Pack(page),
            PagePacking.Snappy => Snappy.CompressToArray(page),
            PagePacking.Zstd => PackZstd(page),
            _ => page,
        };
        return packed.Length < page.Length ? (packed, packing) : (page, PagePacking.None);
    }

    /// <summary>The file.</summary>
    public byte[] Build()
    {
        ulong first = Part?.First ?? 0;
        ulong end = Part?.End ?? Pages;
        KeyValuePair<ulong, byte[]>[] pages = [.. Stored.Where(page => page.Key >= first && page.Key < end)];
        using MemoryStream data = new();
        int dataOffset = DescriptorOffset + (pages.Length * DescriptorSize);
        byte[] head = new byte[dataOffset];
        WriteHeader(head);
        WriteSubHeader(head.AsSpan(BlockSize));
        int half = HasOneBitmap ? 0 : HalfBlocks * BlockSize;
        foreach (ulong page in Stored.Keys)
        {
            Set(head.AsSpan(BitmapOffset), page);
            Set(head.AsSpan(BitmapOffset + half), page);
        }

        foreach (ulong page in HasOneBitmap ? [] : Excluded)
        {
            Set(head.AsSpan(BitmapOffset), page);
        }

        long zeros = -1;
        for (int i = 0; i < pages.Length; i++)
        {
            bool isZero = SharesZeros && !pages[i].Value.AsSpan().ContainsAnyExcept((byte)0);
            (byte[] bytes, PagePacking packing) = Pack(pages[i].Value, isZero ? PagePacking.None : Packings[i % Packings.Count]);
            long at = isZero && zeros >= 0 ? zeros : data.Position;
            if (at == data.Position)
            {
                data.Write(bytes);
            }

            zeros = isZero ? at : zeros;
            Span<byte> descriptor = head.AsSpan(DescriptorOffset + (i * DescriptorSize));
            BinaryPrimitives.WriteInt64LittleEndian(descriptor, dataOffset + at);
            BinaryPrimitives.WriteInt32LittleEndian(descriptor[8..], bytes.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(descriptor[12..], (uint)packing);
        }

        return [.. head, .. data.ToArray()];
    }

    private static void Set(Span<byte> bitmap, ulong page) => bitmap[(int)(page / 8)] |= (byte)(1 << (int)(page % 8));

    private static byte[] PackZlib(byte[] page)
    {
        using MemoryStream packed = new();
        using (ZLibStream stream = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(page);
        }

        return packed.ToArray();
    }

    private static byte[] PackZstd(byte[] page)
    {
        using Compressor compressor = new();
        return compressor.Wrap(page).ToArray();
    }

    private void WriteHeader(Span<byte> header)
    {
        _ = Encoding.ASCII.GetBytes(Signature, header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Version);
        _ = Encoding.ASCII.GetBytes("Linux", header[12..]);
        _ = Encoding.ASCII.GetBytes(Machine, header[(12 + (4 * 65))..]);
        BinaryPrimitives.WriteUInt32LittleEndian(header[424..], Status);
        BinaryPrimitives.WriteInt32LittleEndian(header[428..], BlockSize);
        BinaryPrimitives.WriteInt32LittleEndian(header[432..], SubHeaderBlocks);
        BinaryPrimitives.WriteInt32LittleEndian(header[436..], BitmapBlocks);
        BinaryPrimitives.WriteUInt32LittleEndian(header[440..], (uint)Pages);
        BinaryPrimitives.WriteInt32LittleEndian(header[460..], 1);
    }

    // What a version does not have is garbage there, so that whoever reads it is found out.
    private void WriteSubHeader(Span<byte> sub)
    {
        sub[..104].Fill(0xee);
        BinaryPrimitives.WriteInt64LittleEndian(sub, 0x4000_0000);
        if (Version >= 1)
        {
            BinaryPrimitives.WriteInt32LittleEndian(sub[8..], DumpLevel);
        }

        if (Version >= 2)
        {
            BinaryPrimitives.WriteInt32LittleEndian(sub[12..], Part is null ? 0 : 1);
            WritePart(sub[16..]);
        }

        if (Version >= 3)
        {
            bool says = Note.Length > 0 && SaysWhereCoreInfoIs;
            BinaryPrimitives.WriteInt64LittleEndian(sub[32..], says ? BlockSize + 104 + 12 + _noteName.Length : 0);
            BinaryPrimitives.WriteInt64LittleEndian(sub[40..], says ? Note.Length : 0);
        }

        if (Version >= 4)
        {
            BinaryPrimitives.WriteInt64LittleEndian(sub[48..], NoteSize == 0 ? 0 : BlockSize + 104);
            BinaryPrimitives.WriteInt64LittleEndian(sub[56..], NoteSize);
        }

        if (Version >= 6)
        {
            WritePart(sub[80..]);
            BinaryPrimitives.WriteUInt64LittleEndian(sub[96..], Pages);
        }

        if (Note.Length > 0)
        {
            BinaryPrimitives.WriteInt32LittleEndian(sub[104..], 11);
            BinaryPrimitives.WriteInt32LittleEndian(sub[108..], Note.Length);
            BinaryPrimitives.WriteInt32LittleEndian(sub[112..], 0);
            _noteName.CopyTo(sub[116..]);
            _ = Encoding.ASCII.GetBytes(Note, sub[(116 + _noteName.Length)..]);
        }
    }

    private void WritePart(Span<byte> place)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(place, Part?.First ?? 0);
        BinaryPrimitives.WriteUInt64LittleEndian(place[8..], Part?.End ?? 0);
    }
}
