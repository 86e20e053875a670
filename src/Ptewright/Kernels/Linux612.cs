using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Kernels;

/// <summary>Linux 6.12 (Debian's 6.12.117): after the series, with LPA2 and five levels. The live root is written; nothing else in <c>paging_init</c> needs maintenance.</summary>
/// <remarks>Linux: <c>paging_init</c>, <c>map_mem</c> in <c>arch/arm64/mm/mmu.c</c>. The identity map is made by <c>kernel/pi/map_range.c</c> without barriers in a
/// reserve of the image.</remarks>
public class Linux612 : KernelProfile
{
    /// <inheritdoc/>
    public override string Name => "linux-6.12";

    /// <inheritdoc/>
    public override string Summary => "Linux 6.12, after the series, five levels and LPA2 (Debian 12 backports, Debian 13)";

    /// <inheritdoc/>
    public override PtdumpFormat Listing => PtdumpFormat.Linux612;

    /// <inheritdoc/>
    public override StrategyPreset Strategy => StrategyPresets.SingleMap;

    /// <inheritdoc/>
    public override string DefaultConfig => """
        CONFIG_ARM64=y
        CONFIG_ARM64_4K_PAGES=y
        CONFIG_ARM64_VA_BITS=52
        CONFIG_ARM64_PA_BITS=52
        CONFIG_ARM64_LPA2=y
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
        CONFIG_CMA_AREAS=20
        CONFIG_DMA_CMA=y
        CONFIG_DMA_DECLARE_COHERENT=y
        CONFIG_HUGETLB_PAGE=y
        CONFIG_TRANSPARENT_HUGEPAGE=y
        """;

    /// <inheritdoc/>
    protected override ChangeSafety ChangeSafety => ChangeSafety.Linux612;

    /// <inheritdoc/>
    public override FixmapLayout ListingFixmap(TableGeometry geometry) => FixmapLayout.Linux612(geometry.Granule);

    /// <inheritdoc/>
    protected override FixmapLayout FixmapFor(KernelMachine machine, TableGeometry geometry) => ListingFixmap(geometry);

    /// <inheritdoc/>
    protected override PhysicalAddress? ReservedFrom(KernelImage? image) => image?.Base;

    /// <inheritdoc/>
    protected override bool HasWideAddresses(KernelMachine machine, TableGeometry geometry) => geometry.Granule == GranuleSize.Size64K
        ? machine.Config.PaBits == 52
        : machine.Config.Lpa2 && geometry.ActualVirtualAddressBits == 52;

    /// <inheritdoc/>
    protected override int PhysicalAddressBits(KernelMachine machine, bool wide) => wide ? machine.Config.PaBits : Math.Min(48, machine.Config.PaBits);

    /// <inheritdoc/>
    protected override void AddSteps(PlanBuilder builder, KernelScope scope)
    {
        MapMem phases = new(builder);
        builder.Blocks = DecideBlocks(builder.Machine, !HasEarlyKfence(builder.Machine) || phases.TakeKfencePool());
        phases.Map(ReadOnlyAlias(builder.Machine), wholePages: true);
    }
}
