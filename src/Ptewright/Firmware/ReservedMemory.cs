using Ptewright.DeviceTree;
using Ptewright.Memory;

namespace Ptewright.Firmware;

/// <summary>All that a device tree wants reserved, and how a kernel does it: what has a place first, then what it has to place itself.</summary>
/// <remarks>Linux: <c>early_init_fdt_scan_reserved_mem</c> in <c>drivers/of/fdt.c</c>, and what it calls in <c>drivers/of/of_reserved_mem.c</c>.</remarks>
public sealed class ReservedMemory
{
    private readonly DeviceTreeRegion? _elfCoreHeader;
    private readonly IReadOnlyList<DeviceTreeRegion> _map;
    private readonly IReadOnlyList<DeviceTreeRegion> _ranges;
    private readonly IReadOnlyList<ReservedNode> _nodes;
    private readonly ulong _pageSize;

    internal ReservedMemory(IReadOnlyList<DeviceTreeRegion> regions, IReadOnlyList<ReservedNode> nodes, ulong pageSize)
    {
        _elfCoreHeader = regions.FirstOrDefault(region => region.Kind == DeviceTreeRegionKind.ElfCoreHeader);
        _map = [.. regions.Where(region => region.Kind == DeviceTreeRegionKind.ReservationMap)];
        _ranges = [.. regions.Where(region => region.Kind == DeviceTreeRegionKind.ReservationNode)];
        _nodes = nodes;
        _pageSize = pageSize;
    }

    /// <summary>Reserves it all in a layout.</summary>
    /// <param name="layout">The memory, with everything reserved that the kernel has reserved before.</param>
    /// <param name="rules">How the kernel does it.</param>
    internal ReservedMemoryOutcome Apply(MemoryLayout layout, ReservedMemoryRules rules)
    {
        FixedReservations fixedOnes = new(layout, _pageSize);
        ReservedNodePlacer placer = new(layout, rules, _pageSize);
        DeviceTreeRegion[] header = _elfCoreHeader is null ? [] : [_elfCoreHeader];
        DeviceTreeRegion[] ranges = [.. _ranges.Where(region => !placer.IsReplaced(region.Traits))];
        if (rules.Order == ReservationOrder.MapFirst)
        {
            fixedOnes.Reserve([.. _map, .. ranges, .. header]);
            placer.Place(_nodes);
        }
        else
        {
            fixedOnes.Reserve([.. header, .. ranges]);
            placer.Place(_nodes);
            fixedOnes.Reserve(_map);
        }

        return new ReservedMemoryOutcome(
            placer.Placed, fixedOnes.Refused, [.. placer.GivenBack], [.. _ranges.Where(region => placer.IsReplaced(region.Traits))]);
    }
}

/// <summary>What came of reserving what a device tree wants reserved.</summary>
/// <param name="Placed">The regions that the kernel had to place, in the order of the tree.</param>
/// <param name="Refused">The regions with a place that were refused, because part of it was reserved already.</param>
/// <param name="GivenBack">The regions with a place that the code for their kind refused: reserved no more, or mapped after all.</param>
/// <param name="Replaced">The regions with a place that were passed over for something on the command line.</param>
internal sealed record ReservedMemoryOutcome(
    IReadOnlyList<PlacedRegion> Placed,
    IReadOnlyList<DeviceTreeRegion> Refused,
    IReadOnlyList<DeviceTreeRegion> GivenBack,
    IReadOnlyList<DeviceTreeRegion> Replaced)
{
    /// <summary>Nothing was to be reserved.</summary>
    public static ReservedMemoryOutcome Nothing { get; } = new([], [], [], []);

    /// <summary>What did not go as the tree wants it: one sentence each.</summary>
    public IEnumerable<string> Remarks =>
    [
        .. Refused.Select(DeviceTreeSentences.WithoutEffect),
        .. Replaced.Select(DeviceTreeSentences.Replaced),
        .. GivenBack.Select(DeviceTreeSentences.GivenBack),
        .. Placed.Where(region => region.Fate != RegionFate.Placed).Select(DeviceTreeSentences.NotPlaced),
    ];
}

/// <summary>A node of <c>/reserved-memory</c> as the kernel remembers it: its first range, or what it is to place.</summary>
/// <param name="Fixed">The first range, when it has a place; it may be empty.</param>
/// <param name="Dynamic">What is to be placed, when it has none; of no bytes, when that cannot be read.</param>
internal sealed record ReservedNode(DeviceTreeRegion? Fixed, DeviceTreeDynamicRegion? Dynamic);
