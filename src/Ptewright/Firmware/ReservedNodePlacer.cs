using Ptewright.Addressing;
using Ptewright.DeviceTree;
using Ptewright.Memory;

namespace Ptewright.Firmware;

/// <summary>Places the nodes of <c>/reserved-memory</c> that have no place, and hands nodes to the code that is there for their kind.</summary>
/// <remarks>Linux: <c>fdt_init_reserved_mem</c> until 6.11, <c>fdt_scan_reserved_mem</c> from 6.12 on.</remarks>
internal sealed unsafe class ReservedNodePlacer
{
    private readonly MemoryLayout _layout;
    private readonly ReservedMemoryRules _rules;
    private readonly DeviceTreeLoader _loader;
    private readonly List<DeviceTreeRegion> _givenBack = [];
    private readonly List<(PhysicalAddress Start, ulong Size)> _taken = [];
    private PlacedRegion[] _placed = [];
    private ulong _cmaAreas;

    public ReservedNodePlacer(MemoryLayout layout, ReservedMemoryRules rules, ulong pageSize)
    {
        _layout = layout;
        _rules = rules;
        _loader = new DeviceTreeLoader(layout.Blocks, pageSize);
    }

    /// <summary>The nodes without a place of their own, and what became of them, in the order of the tree.</summary>
    public IReadOnlyList<PlacedRegion> Placed => _placed;

    /// <summary>The first ranges of nodes with a place that were refused by the code for their kind.</summary>
    public IReadOnlyList<DeviceTreeRegion> GivenBack => _givenBack;

    /// <summary>Whether such a node is passed over, because the command line gives the default area.</summary>
    public bool IsReplaced(ReservedNodeTraits traits) =>
        _rules is { SkipsReplacedCma: true, HasDmaCma: true, IsDefaultCmaGiven: true } && traits.HasFlag(ReservedNodeTraits.DefaultCma);

    /// <summary>Places them all.</summary>
    /// <param name="nodes">The nodes in the order of the tree.</param>
    public void Place(IReadOnlyList<ReservedNode> nodes)
    {
        ReservedNode[] known = [.. nodes.Where(node => _rules.StartsAllNodes || node.Dynamic is not null).Take(ReservedMemoryRules.MaxNodes)];
        if (_rules.StartsAllNodes)
        {
            HeapSort.Sort(known, ByAddressAndSize);
            _taken.AddRange(known.Where(node => node.Fixed is { Size: not 0 }).Select(node => (node.Fixed!.Start, node.Fixed.Size)));
        }

        // Two nodes may say the same and are two all the same.
        Dictionary<ReservedNode, PlacedRegion> placed = new(ReferenceEqualityComparer.Instance);
        foreach (ReservedNode node in known)
        {
            if (node.Dynamic is { Size: not 0 } dynamic)
            {
                placed.Add(node, Place(dynamic));
            }
            else if (node.Fixed is { Size: not 0 } region && !Starts(region.Traits, region.Start, region.Size))
            {
                GiveBack(region.Traits, region.Start, region.Size);
                _givenBack.Add(region);
            }
        }

        _placed =
        [
            .. nodes.Where(node => node.Dynamic is { Size: not 0 })
                .Select(node => placed.GetValueOrDefault(node) ?? new PlacedRegion(node.Dynamic!, RegionFate.TooMany, null)),
        ];
    }

    // Nodes without a place stand at 0 with no bytes until they are placed. Linux: __rmem_cmp.
    private static int ByAddressAndSize(ReservedNode first, ReservedNode second)
    {
        int byAddress = (first.Fixed?.Start.Value ?? 0).CompareTo(second.Fixed?.Start.Value ?? 0);
        return byAddress != 0 ? byAddress : (first.Fixed?.Size ?? 0).CompareTo(second.Fixed?.Size ?? 0);
    }

    // __reserved_mem_alloc_size
    private PlacedRegion Place(DeviceTreeDynamicRegion region)
    {
        if (IsReplaced(region.Traits))
        {
            return new PlacedRegion(region, RegionFate.Replaced, null);
        }

        bool isCma = region.Traits.HasFlag(ReservedNodeTraits.SharedDmaPool | ReservedNodeTraits.Reusable) && !region.NoMap;
        ulong alignment = isCma ? Math.Max(region.Alignment, _rules.CmaAlignment) : region.Alignment;
        PhysicalAddress start = default;
        if (region.Ranges is null)
        {
            start = Find(region, alignment, 0, 0, false);
        }
        else
        {
            foreach (DeviceTreeAllocRange range in region.Ranges)
            {
                ulong end = unchecked(range.Start.Value + range.Size);
                start = Find(region, alignment, range.Start.Value, end, _rules.KeepsTogether && IsFilledFromBelow(range.Start.Value, end));
                if (start != default)
                {
                    break;
                }
            }
        }

        if (start == default)
        {
            return new PlacedRegion(region, RegionFate.NoRoom, null);
        }

        bool isKept = Starts(region.Traits, start, region.Size);
        if (!isKept)
        {
            GiveBack(region.Traits, start, region.Size);
        }

        _taken.Add((start, region.Size));
        return new PlacedRegion(region, isKept ? RegionFate.Placed : RegionFate.GivenBack, start);
    }

    private PhysicalAddress Find(DeviceTreeDynamicRegion region, ulong alignment, ulong start, ulong end, bool bottomUp)
    {
        PhysicalAddress place = default;
        _layout.Change(() => _loader.TryPlace(region.Size, alignment, start, end, region.NoMap, bottomUp, out place));
        return place;
    }

    // A range that begins at a region placed before, given back or not, and does not end at one. Linux: __reserved_mem_alloc_in_range.
    private bool IsFilledFromBelow(ulong start, ulong end) => Touches(start) && !Touches(end);

    private bool Touches(ulong address) => _taken.Exists(taken => address >= taken.Start.Value && address <= taken.Start.Value + taken.Size);

    // Whether one of the functions for its kind takes the node, or there is none. Linux: __reserved_mem_init_node and what RESERVEDMEM_OF_DECLARE names.
    private bool Starts(ReservedNodeTraits traits, PhysicalAddress start, ulong size)
    {
        bool isAsked = false;
        if (traits.HasFlag(ReservedNodeTraits.SharedDmaPool) && _rules.HasDmaCma)
        {
            isAsked = true;
            if (IsTakenByCma(traits, start, size))
            {
                return true;
            }
        }

        if (traits.HasFlag(ReservedNodeTraits.SharedDmaPool) && _rules.HasCoherentPools)
        {
            isAsked = true;
            if (!traits.HasFlag(ReservedNodeTraits.Reusable))
            {
                return true;
            }
        }

        if (traits.HasFlag(ReservedNodeTraits.RestrictedDmaPool) && _rules.HasRestrictedPools)
        {
            isAsked = true;
            const ReservedNodeTraits Wrong =
                ReservedNodeTraits.Reusable | ReservedNodeTraits.DefaultCma | ReservedNodeTraits.DefaultDma | ReservedNodeTraits.NoMap;
            if ((traits & Wrong) == 0)
            {
                return true;
            }
        }

        return !isAsked;
    }

    // rmem_cma_setup, cma_init_reserved_mem
    private bool IsTakenByCma(ReservedNodeTraits traits, PhysicalAddress start, ulong size)
    {
        bool isReplaced = _rules is { IsDefaultCmaGiven: true, SkipsReplacedCma: false } && traits.HasFlag(ReservedNodeTraits.DefaultCma);
        if (isReplaced
            || !traits.HasFlag(ReservedNodeTraits.Reusable)
            || traits.HasFlag(ReservedNodeTraits.NoMap)
            || ((start.Value | size) & (_rules.CmaAlignment - 1)) != 0
            || _cmaAreas == _rules.CmaAreas
            || !_layout.Reserved.Any(region => region.Start < start + size && start < region.End))
        {
            return false;
        }

        _cmaAreas++;
        return true;
    }

    private void GiveBack(ReservedNodeTraits traits, PhysicalAddress start, ulong size)
    {
        if (traits.HasFlag(ReservedNodeTraits.NoMap))
        {
            _layout.ClearNoMap(start, start + size);
        }
        else
        {
            _layout.Release(start, start + size);
        }
    }
}
