using Ptewright.Addressing;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

/// <summary>The rule of what <c>map_mem</c> maps: which ranges, in which order, with which bits. There is no other: kernels' plans, plans of memory alone and the boot image ask it.</summary>
/// <remarks>
/// <para>First the banks of memory in ascending order, without no-map memory and without two holes: the part of the image that becomes read-only, and KFENCE's pool. Then those
/// two, with bits of their own.</para>
/// <para>Linux: <c>map_mem</c>, <c>arm64_kfence_map_pool</c> in <c>arch/arm64/mm/mmu.c</c>.</para>
/// </remarks>
internal readonly unsafe struct LinearMapPlanner
{
    /// <summary>Single pages, without contiguous runs: what <c>rodata=full</c> asks for, and the pool always.</summary>
    public const MapFlags PagesOnly = MapFlags.NoBlock | MapFlags.NoContiguous;

    private readonly LinearMapPlace _place;
    private readonly ulong _pageSize;
    private readonly Protection _tagged;
    private readonly Protection _untagged;
    private readonly MapFlags _banks;
    private readonly bool _wholePages;

    /// <summary>Makes the rule for one kernel on one machine.</summary>
    /// <param name="place">Where the map lies.</param>
    /// <param name="tagged">What banks and the pool have. Linux: <c>pgprot_tagged(PAGE_KERNEL)</c>.</param>
    /// <param name="untagged">What the alias of the image has. Linux: <c>PAGE_KERNEL</c>.</param>
    /// <param name="banks">What is forbidden in banks of memory, and what new tables of theirs forbid.</param>
    /// <param name="wholePages">Whether a bank is cut to whole pages (6.12.117); otherwise the walk widens it, and maps a neighbour's bytes with it.</param>
    public LinearMapPlanner(in LinearMapPlace place, Protection tagged, Protection untagged, MapFlags banks, bool wholePages)
    {
        _place = place;
        _pageSize = place.Geometry.PageSize;
        _tagged = tagged;
        _untagged = untagged;
        _banks = banks;
        _wholePages = wholePages;
    }

    /// <summary>Makes the rule for a kernel of today, whose leaves have all bits of their kind.</summary>
    /// <param name="place">Where the map lies.</param>
    /// <param name="format">The address format of descriptors.</param>
    /// <param name="notGlobal">Whether leaves carry nG.</param>
    /// <param name="banks">What is forbidden in banks of memory. That new tables forbid execution comes to it.</param>
    /// <param name="wholePages">Whether a bank is cut to whole pages.</param>
    public LinearMapPlanner(in LinearMapPlace place, in OutputAddressFormat format, bool notGlobal, MapFlags banks, bool wholePages)
        : this(place, Protection.Create(ProtectionKind.KernelTagged, notGlobal, format.IsLpa2), Protection.Create(ProtectionKind.Kernel, notGlobal, format.IsLpa2), banks | MapFlags.NoExec, wholePages)
    {
    }

    /// <summary>How many steps a plan has at most: each hole splits a bank into two, and is mapped itself.</summary>
    /// <param name="blocks">The memory.</param>
    public static int MaxSteps(in MemoryBlocks blocks) => blocks.Memory.Count + 4;

    /// <summary>Lists what is mapped, in order.</summary>
    /// <param name="blocks">The memory, as it was fitted to the map; afterwards as before, but that the two holes are no no-map memory.</param>
    /// <param name="alias">The part of the image whose alias becomes read-only; no bytes where there is none. It has no runs, which could not become read-only, but blocks.</param>
    /// <param name="pool">KFENCE's pool; no bytes where there is none.</param>
    /// <param name="steps">Room for <see cref="MaxSteps"/> steps.</param>
    /// <param name="count">How many there are.</param>
    /// <returns>False when the storage of <paramref name="blocks"/> is full. Called again with more, it gives the whole list.</returns>
    public bool TryPlan(ref MemoryBlocks blocks, MemoryRegion alias, MemoryRegion pool, PlanStep* steps, out int count)
    {
        count = 0;
        if (!blocks.TryMarkNoMap(pool.Start, pool.End) || !blocks.TryMarkNoMap(alias.Start, alias.End))
        {
            return false;
        }

        for (int i = 0; i < blocks.Memory.Count; i++)
        {
            MemoryRegion bank = blocks.Memory[i];
            if (!bank.NoMap)
            {
                Add(_wholePages ? bank.Start.AlignUp(_pageSize) : bank.Start, _wholePages ? bank.End.AlignDown(_pageSize) : bank.End, _tagged, _banks, steps, ref count);
            }
        }

        Add(alias.Start, alias.End, _untagged, MapFlags.NoContiguous, steps, ref count);
        Add(pool.Start, pool.End, _tagged, PagesOnly, steps, ref count);
        return blocks.TryClearNoMap(alias.Start, alias.End) && blocks.TryClearNoMap(pool.Start, pool.End);
    }

    // __map_memblock
    private void Add(PhysicalAddress start, PhysicalAddress end, Protection protection, MapFlags flags, PlanStep* steps, ref int count)
    {
        if (start < end)
        {
            MapRequest request = new(start, _place.Virtual(start), end.Value - start.Value, protection, flags);
            steps[count++] = new PlanStep(PlanStepKind.Map, PlanPhase.LinearMap, request);
        }
    }
}
