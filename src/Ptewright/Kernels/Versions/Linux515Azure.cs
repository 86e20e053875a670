using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Texts;

namespace Ptewright.Kernels.Versions;

/// <summary>Linux 5.15 as Ubuntu 22.04 had it for Azure in 2025: as 6.1, but with the series, and older around it.</summary>
/// <remarks>What is known of it was read, not measured: no such kernel was booted.</remarks>
internal static class Linux515Azure
{
    /// <summary>The facts.</summary>
    public static KernelProfile Profile { get; } = Linux61.Profile with
    {
        Name = "linux-5.15-azure",
        Summary = "Linux 5.15 with the series backported (Ubuntu 22.04, Azure)",
        Series = new LinuxVersion(5, 15),
        Flavour = "azure",

        // The series was backported in June 2025.
        Strategy = StrategyPresets.SingleMap,
        DefaultConfig = """
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
            CONFIG_RELOCATABLE=y
            CONFIG_ACPI_APEI_GHES=y
            CONFIG_ARM_SDE_INTERFACE=y
            CONFIG_ARM64_E0PD=y
            CONFIG_ARM64_MTE=y
            CONFIG_ARM64_HW_AFDBM=y
            CONFIG_CMA=y
            CONFIG_CMA_AREAS=7
            CONFIG_DMA_CMA=y
            CONFIG_DMA_DECLARE_COHERENT=y
            CONFIG_HUGETLB_PAGE=y
            CONFIG_TRANSPARENT_HUGEPAGE=y
            """,
        Updates = [],
        Facts = Linux61.Profile.Facts with
        {
            // asm/fixmap.h: FIX_ENTRY_TRAMP_DATA, until v5.19; NR_FIX_BTMAPS, before the stable trees of 2026.
            Regions = Linux61.Profile.Facts.Regions with { Fixmap = Linux61.Profile.Facts.Regions.Fixmap with { HasTrampolineData = true, BootIoremapExtraPages = 0 } },

            // v5.13 gave tables rights.
            Nearest = [new(5, 13, $"that tree has the series backported, which Linux itself got with 6.10, so {InputWords.Baseline}")],

            // arch/arm64/kernel/kaslr.c: kaslr_early_init, until v5.19.
            StartSeedBit = 48,
            MixesRandomNumbers = true,

            // arch/arm64/kernel/head.S made the identity map until v5.19.
            MakesIdentityMap = false,

            // arch/arm64/kernel/idreg-override.c: kaslr.disabled, v5.12 to v5.19.
            NoKaslr = NoKaslrPlace.AsWord,

            // arch/arm64/mm/mmu.c: map_kernel asks system_supports_bti, which goes by the register.
            HeedsNoBti = false,

            // arch/arm64/mm/pageattr.c: can_set_direct_map. The pool comes out of the linear map later, so with KFENCE built in there are single pages only, whatever its sample interval.
            HasEarlyKfence = false,

            // drivers/of/of_reserved_mem.c: __reserved_mem_alloc_size; kernel/dma/contiguous.c: rmem_cma_setup, until v5.18.
            Reservations = Linux61.Profile.Facts.Reservations with { PageBlocks = PageBlockRule.LargestBlock },

            // arch/arm64/mm/mmu.c: alloc_init_pud; the third patch left the lock behind the mapping of the PUD slot.
            FixmapLock = FixmapLock.PudEntries,

            // arch/arm64/mm/mmu.c: unmap_hotplug_pte_range and the like.
            RemovalFlush = RemovalFlush.EachLeaf,
        },
    };
}
