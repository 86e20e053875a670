using Ptewright.Cpu;
using Ptewright.DeviceTree;
using Ptewright.Firmware;
using Ptewright.Kernels.AddressSpace;
using Ptewright.Kernels.Configuration;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Kernels.Versions;

/// <summary>Linux 6.1 (Debian's 6.1.192): before the series. The root is built aside and switched to at the end; the image is mapped by the same walk.</summary>
internal static class Linux61
{
    private const ulong Mebi = 1UL << 20;

    /// <summary>The facts.</summary>
    public static KernelProfile Profile { get; } = new()
    {
        Name = "linux-6.1",
        Summary = "Linux 6.1, before the series (Debian 12)",
        Series = new LinuxVersion(6, 1),
        Strategy = StrategyPresets.Baseline,

        // The numbers are those of the stable releases' own lists of changes, as Debian's package has them.
        Updates =
        [
            new(189, "the fixmap had a page less for each boot-time ioremap slot", "arm64: fixmap: Allow 256K early_ioremap() at any offset", facts => facts with { Regions = facts.Regions with { Fixmap = facts.Regions.Fixmap with { BootIoremapExtraPages = 0 } } }),
            new(176, "the translations of removed memory were invalidated one by one", "arm64/mm: Enable batched TLB flush in unmap_hotplug_range()", facts => facts with { RemovalFlush = RemovalFlush.EachLeaf }),
            new(167, "kernel leaves had no bit 55", "arm64: mm: Add PTE_DIRTY back to PAGE_KERNEL* to fix kexec/hibernation", facts => facts with { MarksDirty = false }),
            new(65, "KFENCE's pool came out of the linear map later", "mm,kfence: decouple kfence from page granularity mapping judgement", facts => facts with { HasEarlyKfence = false }),
        ],
        DefaultConfig = """
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
            CONFIG_RELOCATABLE=y
            CONFIG_ACPI_APEI_GHES=y
            CONFIG_ARM_SDE_INTERFACE=y
            CONFIG_ARM64_E0PD=y
            CONFIG_ARM64_MTE=y
            CONFIG_ARM64_HW_AFDBM=y
            CONFIG_CMA=y
            CONFIG_CMA_AREAS=19
            CONFIG_DMA_CMA=y
            CONFIG_DMA_DECLARE_COHERENT=y
            CONFIG_HUGETLB_PAGE=y
            CONFIG_TRANSPARENT_HUGEPAGE=y
            """,
        Facts = new KernelFacts
        {
            // v6.0 made the identity map in C; v6.9 brought LPA2 and the image mapped before paging_init.
            Nearest = [new(6, 0)],
            Regions = new RegionRules
            {
                // asm/memory.h: VMEMMAP_START is a power of two (VMEMMAP_SHIFT), and everything above vmalloc hangs below it.
                PageArrayEnd = null,
                ListsWholePageArray = true,

                // asm/memory.h: MODULES_VSIZE; asm/pgtable.h: VMALLOC_END; asm/memory.h: PCI_IO_END, PCI_IO_START.
                ModulesSize = 128 * Mebi,
                VmallocGap = 256 * Mebi,
                PciIoStart = HangingAddress.BelowPageArray(24 * Mebi),

                // arch/arm64/mm/ptdump.c: address_markers has FIXADDR_START.
                ListsAllFixmapSlots = false,

                // asm/fixmap.h: 4 MiB of device tree; a page for the trampoline's data with RELOCATABLE; the stable trees of 2026 have one page more for each boot-time ioremap slot
                // (NR_FIX_BTMAPS).
                Fixmap = new FixmapRules
                {
                    Top = HangingAddress.BelowPageArray(32 * Mebi),
                    DeviceTreeSize = 4 << 20,
                    DeviceTreeExtraPages = 0,
                    HasTrampolineData = false,
                    HasGuestPages = false,
                    BootIoremapExtraPages = 1,
                    HasP4d = false,
                },
            },

            // arch/arm64/mm/ptdump.c: ptdump_init, ptdump_walk, note_page. Stable trees of 5.15 list so from 2022 on; before, BPF programs had a region below the modules.
            Listing = new PtdumpFormat
            {
                StartsAsBuilt = true,
                ListsFoldedAsRoot = false,
                FixmapComesFirst = true,

                // asm/pgtable-prot.h: PTE_PROT_NONE is bit 58; asm/pgtable-hwdef.h: PMD_PRESENT_INVALID is bit 59.
                PresentInvalid = 3UL << 58,
                SeesBlocksByType = false,
            },

            // arch/arm64/Kconfig: ARM64_VA_BITS_52 depends on ARM64_64K_PAGES until v6.9.
            HasLpa2 = false,

            // asm/pgalloc.h: __p4d_populate, __pud_populate, __pmd_populate for init_mm.
            TableBits = TableSettings.UsualTableBits,

            // arch/arm64/mm/mmu.c: pgattr_change_is_safe, before v6.10.
            ChangeSafety = ChangeSafety.PermissionsOnly,

            // arch/arm64/mm/mmu.c: paging_init, map_kernel, create_idmap (from v6.0 on).
            Order = StepOrder.ImageInNewRoot,
            MapMemOrder = MapMemOrder.BanksFirst,
            DataAlias = DataAlias.Writable,
            MarksDirty = true,

            // arch/arm64/mm/mmu.c: NO_EXEC_MAPPINGS, from v5.13 on.
            HasTableRights = true,

            // arch/arm64/mm/pageattr.c: set_memory_valid, until v6.18.
            MarksInvalid = false,

            // mm/secretmem.c.
            HasSecretMemory = true,
            MakesIdentityMap = true,

            // arch/arm64/mm/mmu.c: __map_memblock hands over what for_each_mem_range gives.
            CutsBanksToPages = false,

            // arch/arm64/mm/init.c: arm64_memblock_init reserves from _stext; arch/arm64/mm/mmu.c: mark_linear_text_alias_ro.
            Image = ImageBeginning.Code,

            // arch/arm64/mm/init.c: arm64_memblock_init, memstart_offset_seed, until v6.15.
            RandomStart = RandomStart.BesideAllAddresses,

            // arch/arm64/kernel/pi/kaslr_early.c: cmdline_contains_nokaslr, v6.0 to v6.8.
            NoKaslr = NoKaslrPlace.FirstLetters,

            // asm/setup.h: arch_parse_debug_rodata, before v6.18; arch/arm64/Kconfig: RODATA_FULL_DEFAULT_ENABLED.
            RodataWords = RodataWords.FullOnOff,
            HasRodataOption = true,

            // arch/arm64/kernel/idreg-override.c: arm64.nolva came with v6.9; arm64.nobti counts at once by arm64_early_this_cpu_has_bti.
            HeedsNoLva = false,
            HeedsNoBti = true,

            // arch/arm64/mm/mmu.c: arm64_kfence_alloc_pool, which Debian's tree has.
            HasEarlyKfence = true,

            // arch/arm64/mm/mmu.c: enable_crash_mem_map with defer_reserve_crashkernel, until v6.2.
            CutsCrashMemoryOut = true,

            // arch/arm64/mm/pageattr.c: can_set_direct_map does not ask the CPU.
            SplitsBlocks = false,
            Reservations = new ReservationFacts
            {
                // drivers/of/fdt.c: early_init_fdt_scan_reserved_mem; drivers/of/of_reserved_mem.c: fdt_init_reserved_mem (until v6.11), __reserved_mem_alloc_in_range (from v6.6 on).
                Rules = new ReservedMemoryRules { Order = ReservationOrder.MapFirst, StartsAllNodes = true, KeepsTogether = false },

                // linux/cma.h: MAX_CMA_AREAS is CONFIG_CMA_AREAS and one until v6.2.
                ExtraCmaAreas = 1,

                // linux/pageblock-flags.h: only hugetlbfs counts, until v6.12; linux/mmzone.h: MAX_ORDER is one more than the largest order, until v6.3.
                PageBlocks = PageBlockRule.HugePage,
                IsMaxOrderOneMore = true,
                HasPageBlockMaxOrder = false,
            },

            // arch/arm64/mm/mmu.c: __create_pgd_mapping, from v6.0 on.
            FixmapLock = FixmapLock.WholeWalk,

            // arch/arm64/mm/mmu.c: unmap_hotplug_range, the flush of the whole range that the stable trees of 2026 have.
            RemovalFlush = RemovalFlush.WholeRange,

            // asm/tlbflush.h: flush_tlb_kernel_range, until v6.12.
            RangeFlush = RangeFlush.Pages,
            RangeFlushWithRanges = RangeFlush.Pages,
        },
    };
}
