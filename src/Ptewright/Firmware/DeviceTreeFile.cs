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
    /// <param name="rules">How the kernel reserves memory; null for <see cref="ReservedMemoryRules"/> as they are.</param>
    /// <param name="memory">The memory by hand (<see cref="MemorySpec"/>) instead of the tree's; null for the tree's.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="InvalidInputException">It is no device tree, is longer than <see cref="MaxLength"/>, is broken, or has no memory; or the memory by hand is none.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static DeviceTreeInfo Read(
        string path, GranuleSize granule = GranuleSize.Size4K, ReservedMemoryRules? rules = null, string? memory = null)
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

        return Parse(buffer.AsSpan(0, length), path, granule, rules, memory);
    }

    /// <summary>Reads the device tree in <paramref name="blob"/>.</summary>
    /// <param name="blob">The bytes; those behind the blob's own total size are ignored.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <param name="granule">The page size of the kernel.</param>
    /// <param name="rules">How the kernel reserves memory; null for <see cref="ReservedMemoryRules"/> as they are.</param>
    /// <param name="memory">The memory by hand (<see cref="MemorySpec"/>) instead of the tree's; null for the tree's.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="InvalidInputException">It is no device tree, is longer than <see cref="MaxLength"/>, is broken, or has no memory; or the memory by hand is none.</exception>
    public static DeviceTreeInfo Parse(
        ReadOnlySpan<byte> blob,
        string name,
        GranuleSize granule = GranuleSize.Size4K,
        ReservedMemoryRules? rules = null,
        string? memory = null) => Parse(blob, name, granule, rules, memory, null);

    /// <summary>The same of a device tree that names EFI's tables: the kernel takes its memory from EFI's map, whatever the tree's own memory is.</summary>
    /// <param name="blob">The bytes.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <param name="granule">The page size of the kernel.</param>
    /// <param name="rules">How the kernel reserves memory; null for <see cref="ReservedMemoryRules"/> as they are.</param>
    /// <param name="memory">The memory by hand; null for the tree's or EFI's.</param>
    /// <param name="efi">The memory of EFI's map, asked for only where the tree names it; null for the tree's own.</param>
    /// <exception cref="InvalidInputException">It is no device tree, or has no memory.</exception>
    internal static DeviceTreeInfo Parse(
        ReadOnlySpan<byte> blob, string name, GranuleSize granule, ReservedMemoryRules? rules, string? memory, Func<DeviceTreeUefiTables, MemoryLayout?>? efi)
    {
        if (blob.Length > MaxLength)
        {
            throw DeviceTreeSentences.Error(name, $"it is longer than {MaxLength} bytes, which no device tree is");
        }

        rules ??= new ReservedMemoryRules();
        DeviceTreeCollector collector = new(name);
        fixed (byte* data = blob)
        {
            if (!DeviceTreeBlob.TryOpen(data, (uint)blob.Length, out DeviceTreeBlob opened, out DeviceTreeFailure failure)
                || !DeviceTreeMemory.TryVisit(opened, rules.Order, ref collector, out failure))
            {
                throw DeviceTreeSentences.Error(name, failure);
            }
        }

        ulong pageSize = 1UL << (int)granule;
        HashSet<DeviceTreeRegion> refused = new(ReferenceEqualityComparer.Instance);
        MemoryLayout? map = collector.UefiTables is { } tables ? efi?.Invoke(tables) : null;
        MemoryLayout alone = LoadMemory(collector, memory, map, name, granule, refused);
        List<string> reading = [.. collector.Remarks];
        ReservedMemory reservations = new(collector.Regions, collector.Nodes, pageSize);
        MemoryLayout layout = alone.Clone();
        if (collector.Regions.Find(region => region.Kind == DeviceTreeRegionKind.Initrd) is { } disk && !TryAddInitrd(layout, disk, pageSize))
        {
            _ = refused.Add(disk);
            collector.Remarks.Add(DeviceTreeSentences.WithoutEffect(disk));
        }

        ReservedMemoryOutcome reserved = reservations.Apply(layout, rules);
        refused.UnionWith(reserved.Refused);
        refused.UnionWith(reserved.Replaced);
        return new DeviceTreeInfo(name, granule, layout)
        {
            Regions = [.. collector.Regions.Select(region => region with { IsApplied = !refused.Contains(region) })],
            Memory = alone,
            Reservations = reservations,
            PlacedRegions = reserved.Placed,
            MemoryWithoutSize = collector.WithoutSize,
            ReadingRemarks = reading,
            Remarks = [.. collector.Remarks, .. reserved.Remarks],
            Model = collector.Model,
            BootArguments = collector.BootArguments,
            StandardOutputPath = collector.StandardOutputPath,
            KaslrSeed = collector.KaslrSeed,
            UefiTables = collector.UefiTables,
        };
    }

    // Memory nodes or the memory by hand, and then the usable ranges.
    private static MemoryLayout LoadMemory(
        in DeviceTreeCollector collector, string? byHand, MemoryLayout? map, string name, GranuleSize granule, HashSet<DeviceTreeRegion> refused)
    {
        DeviceTreeRegion[] own = [.. collector.Regions.Where(region => region.Kind is DeviceTreeRegionKind.Memory or DeviceTreeRegionKind.HotpluggableMemory)];
        MemoryLayout layout = map is not null ? map
            : byHand is null ? LoadNodes(collector, own, name, granule, refused)
            : LoadByHand(collector, own, byHand, granule, refused);
        DeviceTreeLoader loader = new(layout.Blocks, 1UL << (int)granule);
        foreach (DeviceTreeRegion region in collector.Regions)
        {
            if (region.Kind is DeviceTreeRegionKind.UsableRange or DeviceTreeRegionKind.SecondUsableRange)
            {
                int index = region.Kind == DeviceTreeRegionKind.UsableRange ? 0 : 1;
                layout.Change(() => loader.TryApplyUsableRange(index, region.Start, region.Size));
            }
        }

        return layout.TotalBytes != 0
            ? layout
            : throw DeviceTreeSentences.Error(name, "none of its memory is left, because it holds no whole page or lies outside the usable range");
    }

    private static MemoryLayout LoadNodes(
        in DeviceTreeCollector collector, DeviceTreeRegion[] nodes, string name, GranuleSize granule, HashSet<DeviceTreeRegion> refused)
    {
        if (nodes.Length == 0)
        {
            throw new InvalidInputException(DeviceTreeSentences.NoMemory(name, collector.WithoutSize));
        }

        MemoryLayout layout = new();
        DeviceTreeLoader loader = new(layout.Blocks, 1UL << (int)granule);
        foreach (DeviceTreeRegion region in nodes)
        {
            bool isIgnored = false;
            layout.Change(() => loader.TryAddMemory(region.Start, region.Size, out isIgnored));
            if (isIgnored)
            {
                _ = refused.Add(region);
                collector.Remarks.Add(DeviceTreeSentences.WithoutEffect(region));
            }
        }

        // Boot loaders fill the ranges of a node up with zeros, which are no memory.
        collector.Remarks.AddRange(collector.WithoutSize.Where(start => start is { Value: not 0 }).Select(start => DeviceTreeSentences.WithoutSize(start!.Value)));
        return layout;
    }

    private static MemoryLayout LoadByHand(
        in DeviceTreeCollector collector, DeviceTreeRegion[] nodes, string byHand, GranuleSize granule, HashSet<DeviceTreeRegion> refused)
    {
        refused.UnionWith(nodes);
        if (nodes.Length > 0)
        {
            collector.Remarks.Add(DeviceTreeSentences.PutAside(nodes));
        }

        // A size without an address belongs where the tree says that memory begins.
        bool isOpen = nodes.Length == 0 && byHand.Split(',').Any(part => !part.Contains('@', StringComparison.Ordinal));
        if (isOpen && collector.WithoutSize.Distinct().Count() == 1 && collector.WithoutSize[0] is { } start)
        {
            collector.Remarks.Add(DeviceTreeSentences.Begins(start));
            return MemorySpec.Parse(byHand, granule, start.Value);
        }

        return MemorySpec.Parse(byHand, granule);
    }

    private static bool TryAddInitrd(MemoryLayout layout, DeviceTreeRegion disk, ulong pageSize)
    {
        DeviceTreeLoader loader = new(layout.Blocks, pageSize);
        bool isDropped = false;
        layout.Change(() => loader.TryAddInitrd(disk.Start, disk.End, out isDropped));
        return !isDropped;
    }
}
