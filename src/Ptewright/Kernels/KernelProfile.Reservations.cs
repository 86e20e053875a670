using Ptewright.Firmware;
using Ptewright.Translation;

namespace Ptewright.Kernels;

public abstract partial class KernelProfile
{
    /// <summary>How this kernel reserves what a device tree wants reserved. Linux: <c>drivers/of/of_reserved_mem.c</c>.</summary>
    /// <param name="config">Its configuration.</param>
    /// <param name="commandLine">Its command line.</param>
    public virtual ReservedMemoryRules ReservationRules(KernelConfig config, KernelCommandLine commandLine)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(commandLine);
        return new ReservedMemoryRules
        {
            CmaAlignment = config.Cma ? 1UL << ((int)config.Granule + PageBlockOrder(config)) : 0,
            HasDmaCma = config.DmaCma,
            CmaAreas = config.CmaAreas,
            IsDefaultCmaGiven = config.DmaCma && commandLine.HasCma,
            HasCoherentPools = config.DmaDeclareCoherent,
            HasRestrictedPools = config.DmaRestrictedPool,
        };
    }

    /// <summary>How many pages, as a power of two, the page allocator moves together: the least alignment of CMA's memory. Linux: <c>pageblock_order</c>.</summary>
    /// <param name="config">The configuration.</param>
    protected virtual int PageBlockOrder(KernelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.HugetlbPage || config.TransparentHugepage
            ? Math.Min(HugePageOrder(config), MaxPageOrder(config))
            : MaxPageOrder(config);
    }

    /// <summary>The order of the largest block of the page allocator. Linux: <c>MAX_PAGE_ORDER</c>; until 6.3 <c>MAX_ORDER - 1</c>.</summary>
    /// <param name="config">The configuration.</param>
    protected virtual int MaxPageOrder(KernelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.ForceMaxOrder ?? UsualMaxPageOrder(config);
    }

    /// <summary>That order when the configuration does not say. Linux: <c>arch/arm64/Kconfig</c>.</summary>
    /// <param name="config">The configuration.</param>
    protected static int UsualMaxPageOrder(KernelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.Granule == GranuleSize.Size4K ? 10 : HugePageOrder(config);
    }

    /// <summary>The order of a block of level 2. Linux: <c>HUGETLB_PAGE_ORDER</c>, <c>HPAGE_PMD_ORDER</c>.</summary>
    /// <param name="config">The configuration.</param>
    protected static int HugePageOrder(KernelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return (int)config.Granule - 3;
    }
}
