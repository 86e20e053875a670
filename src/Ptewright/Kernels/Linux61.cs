using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.DeviceTree;
using Ptewright.Firmware;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Kernels;

/// <summary>Linux 6.1 (Debian's 6.1.192): before the series. The root is built aside and switched to at the end; the image is mapped by the same walk.</summary>
/// <remarks>Linux: <c>paging_init</c>, <c>map_kernel</c>, <c>map_mem</c>, <c>create_idmap</c> in <c>arch/arm64/mm/mmu.c</c>.</remarks>
public class Linux61 : KernelProfile
{
    /// <inheritdoc/>
    public override string Name => "linux-6.1";

    /// <inheritdoc/>
    public override string Summary => "Linux 6.1, before the series (Debian 12)";

    /// <inheritdoc/>
    public override PtdumpFormat Listing => PtdumpFormat.Linux61;

    /// <inheritdoc/>
    public override StrategyPreset Strategy => StrategyPresets.Baseline;

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
        CONFIG_RODATA_FULL_DEFAULT_ENABLED=y
        CONFIG_RANDOMIZE_BASE=y
        CONFIG_UNMAP_KERNEL_AT_EL0=y
        CONFIG_ARM64_E0PD=y
        CONFIG_ARM64_MTE=y
        CONFIG_ARM64_HW_AFDBM=y
        CONFIG_CMA=y
        CONFIG_CMA_AREAS=19
        CONFIG_DMA_CMA=y
        CONFIG_DMA_DECLARE_COHERENT=y
        CONFIG_HUGETLB_PAGE=y
        CONFIG_TRANSPARENT_HUGEPAGE=y
        """;

    /// <inheritdoc/>
    protected override ChangeSafety ChangeSafety => ChangeSafety.Linux61;

    /// <inheritdoc/>
    public override ReservedMemoryRules ReservationRules(KernelConfig config, KernelCommandLine commandLine) =>
        base.ReservationRules(config, commandLine) with
        {
            Order = ReservationOrder.MapFirst,
            StartsAllNodes = true,
            KeepsTogether = false,
            CmaAreas = config.CmaAreas + 1,
        };

    // Without huge pages of hugetlbfs a page block is as large as a block can be (until 6.12), and the configuration names one order more (until 6.3).
    /// <inheritdoc/>
    protected override int PageBlockOrder(KernelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.HugetlbPage ? Math.Min(HugePageOrder(config), MaxPageOrder(config)) : MaxPageOrder(config);
    }

    /// <inheritdoc/>
    protected override int MaxPageOrder(KernelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.ForceMaxOrder - 1 ?? UsualMaxPageOrder(config);
    }

    /// <inheritdoc/>
    protected override bool HeedsNoLva => false;

    /// <inheritdoc/>
    public override bool IsKaslrOff(KernelCommandLine commandLine)
    {
        ArgumentNullException.ThrowIfNull(commandLine);
        return commandLine.NoKaslrByFirstPlace;
    }

    // CONFIG_ARM64_VA_BITS_52 depends on 64K pages until 6.9.
    /// <inheritdoc/>
    protected override bool CanBeBuilt(GranuleSize granule, int virtualAddressBits) =>
        virtualAddressBits != 52 || granule == GranuleSize.Size64K;

    /// <inheritdoc/>
    public override FixmapLayout ListingFixmap(TableGeometry geometry) => FixmapLayout.Linux61(geometry.Granule, geometry.VirtualAddressBits);

    /// <inheritdoc/>
    protected override FixmapLayout FixmapFor(KernelMachine machine, TableGeometry geometry) => ListingFixmap(geometry);

    /// <inheritdoc/>
    protected override PhysicalAddress? ReservedFrom(KernelImage? image) => image?.Physical(image.CodeStart);

    /// <inheritdoc/>
    protected override bool HasWideAddresses(KernelMachine machine, TableGeometry geometry) =>
        geometry.Granule == GranuleSize.Size64K && machine.Config.PaBits == 52;

    /// <inheritdoc/>
    protected override int PhysicalAddressBits(KernelMachine machine, bool wide) => machine.Config.PaBits;

    /// <inheritdoc/>
    protected override void AddSteps(PlanBuilder builder, KernelScope scope)
    {
        bool all = scope == KernelScope.PagingInit;
        if (all)
        {
            builder.Add(PlanStepKind.OpenRoot, "paging_init");
            if (builder.Machine.Image is { } image)
            {
                MapKernel(builder, image);
            }
        }

        MapBanks(builder);
        if (all)
        {
            builder.Add(PlanStepKind.CloseRoot, "paging_init");
            builder.Add(PlanStepKind.ReplaceRoot, "cpu_replace_ttbr1");
            if (MakesIdentityMap && builder.Machine.Image is { } image)
            {
                CreateIdentityMap(builder, image);
            }
        }
    }

    /// <summary>Whether the identity map is made here too (from v6.0); before that, assembly made it without this walk. Linux: <c>create_idmap</c>.</summary>
    protected virtual bool MakesIdentityMap => true;

    // Five segments; only read-only data changes later, so only it may not have runs.
    private void MapKernel(PlanBuilder builder, KernelImage image)
    {
        Protection code = builder.Protection(
            Rodata(builder.Machine).Mode == RodataMode.Off ? ProtectionKind.KernelExecutable : ProtectionKind.KernelReadOnlyExecutable);
        if (builder.Machine.Config.BtiKernel && builder.Machine.Cpu.HasBti && !(HeedsNoBti && builder.Machine.CommandLine.FeatureOverrides.NoBti))
        {
            code = new Protection(code.PageBits | DescriptorBits.Guarded);
        }

        Protection data = builder.Protection(ProtectionKind.Kernel);
        Segment(image.CodeStart, image.CodeEnd, code, MapFlags.None);
        Segment(image.ReadOnlyDataStart, image.InitCodeStart, data, MapFlags.NoContiguous);
        Segment(image.InitCodeStart, image.InitCodeEnd, code, MapFlags.None);
        Segment(image.InitDataStart, image.InitDataEnd, data, MapFlags.None);
        Segment(image.DataStart, image.End, data, MapFlags.None);
        builder.Add(PlanStepKind.LinkFixmap, "map_kernel");

        void Segment(VirtualAddress start, VirtualAddress end, Protection protection, MapFlags flags) =>
            builder.Map("map_kernel", image.Physical(start), start, end.Value - start.Value, protection, flags);
    }

    private void MapBanks(PlanBuilder builder)
    {
        MapMem phases = new(builder);
        builder.Blocks = DecideBlocks(builder.Machine, !HasEarlyKfence(builder.Machine) || phases.TakeKfencePool());
        bool crash = builder.Machine.Config.KexecCore && builder.Machine.CommandLine.HasCrashKernel;
        bool deferred = builder.Machine.Config.ZoneDma || builder.Machine.Config.ZoneDma32;
        if (crash && !deferred)
        {
            builder.Remark("Without DMA zones the crash kernel's memory is reserved before the linear map and mapped apart; that is not planned.");
        }

        if (crash && deferred)
        {
            // enable_crash_mem_map, defer_reserve_crashkernel
            builder.Blocks = builder.Blocks.ForbiddenToo(
                "crashkernel= is on the command line, and with CONFIG_ZONE_DMA or CONFIG_ZONE_DMA32 its memory is chosen after the linear map is made (until 6.2)");
        }

        phases.Map(ReadOnlyAlias(builder.Machine), wholePages: false);
    }

    // The code that runs with the MMU's tables in question, and the flag that the switch to non-global mappings needs.
    private static void CreateIdentityMap(PlanBuilder builder, KernelImage image)
    {
        Identity(image.IdentityCodeStart, image.IdentityCodeEnd.Value - image.IdentityCodeStart.Value, ProtectionKind.KernelReadOnlyExecutable);
        if (builder.Machine.Config.UnmapKernelAtEl0 && image.KptiFlag is { } flag)
        {
            Identity(flag, sizeof(uint), ProtectionKind.Kernel);
        }

        void Identity(VirtualAddress start, ulong size, ProtectionKind kind)
        {
            PhysicalAddress physical = image.Physical(start);
            builder.Map("create_idmap", physical, new VirtualAddress(physical.Value), size, builder.Protection(kind), MapFlags.None, PlanRoot.Identity);
        }
    }
}
