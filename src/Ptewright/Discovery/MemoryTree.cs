using System.Buffers.Binary;
using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Images;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Discovery;

/// <summary>A flattened device tree as a boot loader put it into memory, where the kernel keeps it.</summary>
/// <param name="At">Where it lies.</param>
/// <param name="Blob">Its bytes.</param>
/// <param name="Info">What it says.</param>
/// <param name="EfiMap">EFI's memory map, where it names one that can be read.</param>
internal sealed record MemoryTree(PhysicalAddress At, byte[] Blob, DeviceTreeInfo Info, EfiMapTable? EfiMap)
{
    private const uint Magic = 0xd00d_feed;
    private const int HeaderBytes = 40;

    // Linux takes no larger one: MAX_FDT_SIZE in arch/arm64/include/asm/boot.h.
    private const uint MostBytes = 2 << 20;

    /// <summary>Reads it.</summary>
    /// <param name="reader">The memory.</param>
    /// <param name="at">Where it is said to lie.</param>
    /// <returns>Null where none lies that says where memory is.</returns>
    public static MemoryTree? Read(MemoryReader reader, PhysicalAddress at)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (!reader.TryRead(at, header) || BinaryPrimitives.ReadUInt32BigEndian(header) != Magic)
        {
            return null;
        }

        uint size = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        if (size is < HeaderBytes or > MostBytes)
        {
            return null;
        }

        byte[] blob = new byte[size];
        if (!reader.TryRead(at, blob))
        {
            return null;
        }

        EfiMapTable? efi = null;
        return TryParse(blob, at, tables => (efi = ReadEfiMap(reader, tables))?.ToLayout(GranuleSize.Size4K, softReserve: false, [])) is { } info
            ? new MemoryTree(at, blob, info, efi)
            : TryParse(blob, at, null) is { } alone ? new MemoryTree(at, blob, alone, null) : null;
    }

    private static DeviceTreeInfo? TryParse(byte[] blob, PhysicalAddress at, Func<DeviceTreeUefiTables, MemoryLayout?>? efi)
    {
        try
        {
            return DeviceTreeFile.Parse(blob, NameOf(at), GranuleSize.Size4K, null, null, efi);
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }

    private static EfiMapTable? ReadEfiMap(MemoryReader reader, DeviceTreeUefiTables tables)
    {
        if (tables.MapSize is 0 or > EfiMapTable.MostBytes)
        {
            return null;
        }

        byte[] map = new byte[tables.MapSize];
        return reader.TryRead(tables.MapStart, map) ? EfiMapTable.Parse(map, tables, $"the EFI memory map at {tables.MapStart}") : null;
    }

    /// <summary>Looks for them at the starts of all pages.</summary>
    /// <param name="image">The source.</param>
    /// <param name="most">No more than so many are looked for.</param>
    /// <param name="stop">Ends the work.</param>
    public static List<MemoryTree> Search(MemoryImage image, int most, CancellationToken stop)
    {
        List<MemoryTree> found = [];
        using MemoryReader reader = image.OpenSweep();
        Span<byte> word = stackalloc byte[sizeof(uint)];
        foreach (MemorySegment segment in image.Segments)
        {
            PhysicalAddress at = segment.Start.AlignUp(PageKinds.PageBytes);
            for (; at < segment.End && found.Count < most; at += PageKinds.PageBytes)
            {
                stop.ThrowIfCancellationRequested();
                PhysicalAddress written = image.NextWritten(at);
                at = written > at ? written.AlignDown(PageKinds.PageBytes) : at;
                if (at < segment.End && reader.TryRead(at, word) && BinaryPrimitives.ReadUInt32BigEndian(word) == Magic && Read(reader, at) is { } tree)
                {
                    found.Add(tree);
                }
            }
        }

        return found;
    }

    /// <summary>What sentences call it.</summary>
    public static string NameOf(PhysicalAddress at) => $"the device tree at {at}";
}
