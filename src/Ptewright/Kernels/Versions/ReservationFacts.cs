using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Translation;

namespace Ptewright.Kernels.Versions;

/// <summary>How a kernel version reserves what a device tree wants reserved; the configuration decides the rest.</summary>
internal sealed record ReservationFacts
{
    /// <summary>The order and the habits; what depends on the configuration is filled in.</summary>
    public required ReservedMemoryRules Rules { get; init; }

    /// <summary>How many areas of contiguous memory there are besides those of <c>CONFIG_CMA_AREAS</c>. Linux: <c>MAX_CMA_AREAS</c>.</summary>
    public required ulong ExtraCmaAreas { get; init; }

    /// <summary>The least alignment of contiguous memory.</summary>
    public required PageBlockRule PageBlocks { get; init; }

    /// <summary>Whether the configuration names one order more than the largest block has. Linux: <c>MAX_ORDER</c>, later <c>MAX_PAGE_ORDER</c>.</summary>
    public required bool IsMaxOrderOneMore { get; init; }

    /// <summary>Whether <c>CONFIG_PAGE_BLOCK_MAX_ORDER</c> counts.</summary>
    public required bool HasPageBlockMaxOrder { get; init; }

    /// <summary>The rules with one configuration. Linux: <c>drivers/of/of_reserved_mem.c</c>.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="commandLine">The command line.</param>
    public ReservedMemoryRules RulesFor(KernelConfig config, KernelCommandLine commandLine)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(commandLine);
        return Rules with
        {
            CmaAlignment = config.Cma ? 1UL << ((int)config.Granule + PageBlockOrder(config)) : 0,
            HasDmaCma = config.DmaCma,
            CmaAreas = config.CmaAreas + ExtraCmaAreas,
            IsDefaultCmaGiven = config.DmaCma && commandLine.HasCma,
            HasCoherentPools = config.DmaDeclareCoherent,
            HasRestrictedPools = config.DmaRestrictedPool,
        };
    }

    // How many pages, as a power of two, the page allocator moves together.
    private int PageBlockOrder(KernelConfig config)
    {
        // The order of a block of level 2. Linux: HUGETLB_PAGE_ORDER, HPAGE_PMD_ORDER.
        int huge = (int)config.Granule - 3;
        int usual = config.Granule == GranuleSize.Size4K ? 10 : huge;
        int largest = config.ForceMaxOrder is { } order ? order - (IsMaxOrderOneMore ? 1 : 0) : usual;
        int block = PageBlocks switch
        {
            PageBlockRule.LargestBlock => config.HugetlbPage ? Math.Max(largest, huge) : largest,
            PageBlockRule.HugePage => config.HugetlbPage ? Math.Min(huge, largest) : largest,
            _ => config.HugetlbPage || config.TransparentHugepage ? Math.Min(huge, largest) : largest,
        };
        return HasPageBlockMaxOrder && config.PageBlockMaxOrder is { } most ? Math.Min(block, most) : block;
    }
}
