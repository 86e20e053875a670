using Ptewright.LinearMap;
using Ptewright.Simulation;

namespace Ptewright.Kernels;

/// <summary>Linux 5.15 as Ubuntu 22.04 had it for Azure in 2025: as 6.1, but with the series, and older around it.</summary>
/// <remarks>
/// <para>Linux: <c>paging_init</c>, <c>map_kernel</c>, <c>map_mem</c>, <c>alloc_init_pud</c> in <c>arch/arm64/mm/mmu.c</c>. What is known of it was read, not measured: no such kernel was
/// booted.</para>
/// <para>The series was backported in June 2025; its third patch left the fixmap lock behind the mapping of the PUD slot (<see cref="FixmapLock.PudEntries"/>).</para>
/// </remarks>
public sealed class Linux515Azure : Linux61
{
    /// <inheritdoc/>
    public override string Name => "linux-5.15-azure";

    /// <inheritdoc/>
    public override string Summary => "Linux 5.15 with the series backported (Ubuntu 22.04, Azure)";

    /// <inheritdoc/>
    public override StrategyPreset Strategy => StrategyPresets.SingleMap;

    /// <inheritdoc/>
    public override FixmapLock FixmapLock => FixmapLock.PudEntries;

    /// <inheritdoc/>
    public override string DefaultConfig => """
        CONFIG_ARM64=y
        CONFIG_ARM64_4K_PAGES=y
        CONFIG_ARM64_VA_BITS=48
        CONFIG_ARM64_PA_BITS=48
        CONFIG_BLK_DEV_INITRD=y
        CONFIG_KEXEC_CORE=y
        CONFIG_ZONE_DMA=y
        CONFIG_ZONE_DMA32=y
        CONFIG_KFENCE=y
        CONFIG_KFENCE_SAMPLE_INTERVAL=0
        CONFIG_KFENCE_NUM_OBJECTS=255
        CONFIG_RODATA_FULL_DEFAULT_ENABLED=y
        CONFIG_RANDOMIZE_BASE=y
        CONFIG_UNMAP_KERNEL_AT_EL0=y
        CONFIG_ARM64_E0PD=y
        CONFIG_ARM64_MTE=y
        CONFIG_ARM64_HW_AFDBM=y
        CONFIG_CMA=y
        CONFIG_CMA_AREAS=7
        CONFIG_DMA_CMA=y
        CONFIG_DMA_DECLARE_COHERENT=y
        CONFIG_HUGETLB_PAGE=y
        CONFIG_TRANSPARENT_HUGEPAGE=y
        """;

    /// <inheritdoc/>
    public override bool IsKaslrOff(KernelCommandLine commandLine)
    {
        ArgumentNullException.ThrowIfNull(commandLine);
        return commandLine.NoKaslr;
    }

    // CMA takes whole blocks of the largest order, and of huge pages (until 5.18). Linux: __reserved_mem_alloc_size, rmem_cma_setup.
    /// <inheritdoc/>
    protected override int PageBlockOrder(KernelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Math.Max(MaxPageOrder(config), config.HugetlbPage ? HugePageOrder(config) : 0);
    }

    // head.S made the identity map until v5.19.
    /// <inheritdoc/>
    protected override bool MakesIdentityMap => false;

    /// <inheritdoc/>
    protected override bool HeedsNoBti => false;

    // The pool comes later, out of the linear map; so with KFENCE built in there are single pages only, whatever its sample interval.
    /// <inheritdoc/>
    protected override bool HasEarlyKfence(KernelMachine machine) => false;

    /// <inheritdoc/>
    protected override RemovalFlush RemovalFlush => RemovalFlush.EachLeaf;
}
