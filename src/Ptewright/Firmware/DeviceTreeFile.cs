using Ptewright.DeviceTree;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Firmware;

/// <summary>Reads flattened device trees (DTB files) into memory layouts.</summary>
public static unsafe class DeviceTreeFile
{
    /// <summary>The longest file that is read: 64 MiB. (Linux takes blobs up to 2 MiB, <c>MAX_FDT_SIZE</c>.)</summary>
    public const int MaxLength = 64 << 20;

    private const int FirstBufferLength = 64 << 10;

    /// <summary>Reads the device tree in a file; pipes and <c>/sys/firmware/fdt</c> will do.</summary>
    /// <param name="path">The file.</param>
    /// <param name="granule">The page size of the kernel.</param>
    /// <param name="order">Which reservations the kernel makes first.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="InvalidInputException">It is no device tree, is longer than <see cref="MaxLength"/>, is broken, or has no memory.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static DeviceTreeInfo Read(string path, GranuleSize granule = GranuleSize.Size4K, ReservationOrder order = ReservationOrder.NodesFirst)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        byte[] buffer = new byte[FirstBufferLength];
        int length = 0;
        int read;
        while (length <= MaxLength && (read = stream.Read(buffer, length, buffer.Length - length)) != 0)
        {
            length += read;
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(length * 2, MaxLength + 1));
            }
        }

        return Parse(buffer.AsSpan(0, length), path, granule, order);
    }

    /// <summary>Reads the device tree in <paramref name="blob"/>.</summary>
    /// <param name="blob">The bytes; those behind the blob's own total size are ignored.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <param name="granule">The page size of the kernel.</param>
    /// <param name="order">Which reservations the kernel makes first.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="InvalidInputException">It is no device tree, is longer than <see cref="MaxLength"/>, is broken, or has no memory.</exception>
    public static DeviceTreeInfo Parse(
        ReadOnlySpan<byte> blob, string name, GranuleSize granule = GranuleSize.Size4K, ReservationOrder order = ReservationOrder.NodesFirst)
    {
        if (blob.Length > MaxLength)
        {
            throw DeviceTreeSentences.Error(name, $"it is longer than {MaxLength} bytes, which no device tree is");
        }

        DeviceTreeCollector collector = new(name);
        fixed (byte* data = blob)
        {
            if (!DeviceTreeBlob.TryOpen(data, (uint)blob.Length, out DeviceTreeBlob opened, out DeviceTreeFailure failure)
                || !DeviceTreeMemory.TryVisit(opened, order, ref collector, out failure))
            {
                throw DeviceTreeSentences.Error(name, failure);
            }
        }

        MemoryLayout layout = Load(collector.Regions, collector.Remarks, name, 1UL << (int)granule);
        return new DeviceTreeInfo(name, granule, layout)
        {
            Regions = collector.Regions,
            DynamicRegions = collector.DynamicRegions,
            Remarks = collector.Remarks,
            Model = collector.Model,
            BootArguments = collector.BootArguments,
            StandardOutputPath = collector.StandardOutputPath,
            KaslrSeed = collector.KaslrSeed,
            UefiTables = collector.UefiTables,
        };
    }

    /// <summary>The memory as a kernel finds it that does not know the initial ramdisk, or is told of another on its command line.</summary>
    /// <param name="info">What was read.</param>
    public static MemoryLayout WithoutInitrd(DeviceTreeInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        return Load([.. info.Regions.Where(region => region.Kind != DeviceTreeRegionKind.Initrd)], [], info.Name, 1UL << (int)info.Granule);
    }

    // The regions are applied by the same code as at EL1, on storage that suffices: each leaves at most two regions more than before,
    // and an addition that bridges all of them fills every gap between them before they become one.
    private static MemoryLayout Load(List<DeviceTreeRegion> regions, List<string> remarks, string name, ulong pageSize)
    {
        if (!regions.Exists(region => region.Kind is DeviceTreeRegionKind.Memory or DeviceTreeRegionKind.HotpluggableMemory))
        {
            throw DeviceTreeSentences.Error(name, "it has no memory node with a range, so there is no memory to map");
        }

        int capacity = (regions.Count * 4) + 8;
        fixed (MemoryRegion* memory = new MemoryRegion[capacity], reserved = new MemoryRegion[capacity])
        {
            MemoryBlocks blocks = new(memory, capacity, reserved, capacity);
            DeviceTreeLoader loader = new(&blocks, pageSize);
            for (int i = 0; i < regions.Count; i++)
            {
                if (!TryApply(loader, regions[i], out bool isApplied))
                {
                    throw new InvalidOperationException("The storage for memory regions was reckoned too small.");
                }

                regions[i] = regions[i] with { IsApplied = isApplied };
                if (!isApplied)
                {
                    remarks.Add(DeviceTreeSentences.WithoutEffect(regions[i]));
                }
            }

            return blocks.Memory.Count != 0
                ? ToLayout(blocks)
                : throw DeviceTreeSentences.Error(name, "none of its memory is left, because it holds no whole page or lies outside the usable range");
        }
    }

    private static bool TryApply(in DeviceTreeLoader loader, DeviceTreeRegion region, out bool isApplied)
    {
        bool isRefused = false;
        bool fits = region.Kind switch
        {
            DeviceTreeRegionKind.Memory or DeviceTreeRegionKind.HotpluggableMemory => loader.TryAddMemory(region.Start, region.Size, out isRefused),
            DeviceTreeRegionKind.UsableRange => loader.TryApplyUsableRange(0, region.Start, region.Size),
            DeviceTreeRegionKind.SecondUsableRange => loader.TryApplyUsableRange(1, region.Start, region.Size),
            DeviceTreeRegionKind.Initrd => loader.TryAddInitrd(region.Start, region.End, out isRefused),
            DeviceTreeRegionKind.ElfCoreHeader => loader.TryReserveElfCoreHeader(region.Start, region.Size, out isRefused),
            DeviceTreeRegionKind.ReservationNode when region.NoMap => loader.TryMarkNoMap(region.Start, region.Size, out isRefused),
            _ => loader.TryReserve(region.Start, region.Size),
        };
        isApplied = !isRefused;
        return fits;
    }

    private static MemoryLayout ToLayout(in MemoryBlocks blocks)
    {
        MemoryLayout layout = new();
        for (int i = 0; i < blocks.Memory.Count; i++)
        {
            MemoryRegion region = blocks.Memory[i];
            layout.Add(region.Start, region.End);
            if (region.NoMap)
            {
                layout.MarkNoMap(region.Start, region.End);
            }
        }

        for (int i = 0; i < blocks.Reserved.Count; i++)
        {
            layout.Reserve(blocks.Reserved[i].Start, blocks.Reserved[i].End);
        }

        return layout;
    }
}
