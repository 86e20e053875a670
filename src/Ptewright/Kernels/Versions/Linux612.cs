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

/// <summary>Linux 6.12 (Debian's 6.12.117): after the series, with LPA2 and five levels. The live root is written; nothing else in <c>paging_init</c> needs maintenance.</summary>
internal static class Linux612
{
    private const ulong Mebi = 1UL << 20;
    private const ulong Gibi = 1UL << 30;

    /// <summary>The facts.</summary>
    public static KernelProfile Profile { get; } = new()
    {
        Name = "linux-6.12",
        Summary = "Linux 6.12, after the series, five levels and LPA2 (Debian 12 backports, Debian 13)",
        Series = new LinuxVersion(6, 12),
        Strategy = StrategyPresets.SingleMap,

        // The numbers are those of the stable releases' own lists of changes, as Debian's package has them.
        Updates =
        [
            new(117, "a bank that ends within a page was widened to it", "arm64: mm: fix accidental linear mapping of no-map reserved memory", facts => facts with { CutsBanksToPages = false }),
            new(111, "the fixmap had a page less for each boot-time ioremap slot", "arm64: fixmap: Allow 256K early_ioremap() at any offset", facts => facts with { Regions = facts.Regions with { Fixmap = facts.Regions.Fixmap with { BootIoremapExtraPages = 0 } } }),
            new(78, "kernel leaves had no bit 55", "arm64: mm: Add PTE_DIRTY back to PAGE_KERNEL* to fix kexec/hibernation", facts => facts with { MarksDirty = false }),
            new(54, "the image was reserved and read-only in the linear map from _stext on", "arm64: map [_text, _stext) virtual address range non-executable+read-only", facts => facts with { Image = ImageBeginning.Code }),
        ],
        DefaultConfig = """
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
            CONFIG_RELOCATABLE=y
            CONFIG_ACPI_APEI_GHES=y
            CONFIG_ARM_SDE_INTERFACE=y
            CONFIG_KVM=y
            CONFIG_NR_CPUS=512
            CONFIG_ARM64_E0PD=y
            CONFIG_ARM64_MTE=y
            CONFIG_ARM64_HW_AFDBM=y
            CONFIG_CMA=y
            CONFIG_CMA_AREAS=20
            CONFIG_DMA_CMA=y
            CONFIG_DMA_DECLARE_COHERENT=y
            CONFIG_HUGETLB_PAGE=y
            CONFIG_TRANSPARENT_HUGEPAGE=y
            """,
        Facts = new KernelFacts
        {
            // v6.9 brought LPA2 and the image mapped before paging_init, v6.10 the series.
            Nearest =
            [
                new(6, 13, "from 6.13 on table entries carry the Access flag"),
                new(6, 10),
                new(6, 9, $"the series came with 6.10, so {InputWords.Baseline}"),
            ],
            Regions = new RegionRules
            {
                // asm/memory.h: VMEMMAP_END is 1 GiB below the end; ptdump_init takes the entry of the first address in use, and asm/pgtable.h: VMALLOC_END ends below it.
                PageArrayEnd = HangingAddress.BelowEnd(Gibi),
                ListsWholePageArray = false,

                // asm/memory.h: MODULES_VSIZE; asm/pgtable.h: VMALLOC_END; asm/memory.h: PCI_IO_START is 8 MiB behind VMEMMAP_END.
                ModulesSize = 2 * Gibi,
                VmallocGap = 8 * Mebi,
                PciIoStart = HangingAddress.BelowEnd(Gibi - (8 * Mebi)),

                // arch/arm64/mm/ptdump.c: ptdump_init has FIXADDR_TOT_START.
                ListsAllFixmapSlots = true,

                // asm/fixmap.h: 2 MiB of device tree and two pages more; a page for the trampoline's data with RELOCATABLE; 6.12.117 has one page more for each boot-time ioremap slot
                // (NR_FIX_BTMAPS).
                Fixmap = new FixmapRules
                {
                    Top = HangingAddress.BelowEnd(8 * Mebi),
                    DeviceTreeSize = 2 << 20,
                    DeviceTreeExtraPages = 2,
                    HasTrampolineData = false,
                    HasGuestPages = false,
                    BootIoremapExtraPages = 1,
                    HasP4d = true,
                },
            },

            // arch/arm64/mm/ptdump.c: ptdump_init, note_page.
            Listing = new PtdumpFormat
            {
                StartsAsBuilt = false,
                ListsFoldedAsRoot = true,
                FixmapComesFirst = false,

                // asm/pgtable-prot.h: PTE_PRESENT_INVALID is nG.
                PresentInvalid = DescriptorBits.NotGlobal,
                SeesBlocksByType = false,
            },

            // arch/arm64/Kconfig: ARM64_LPA2, from v6.9 on.
            HasLpa2 = true,

            // asm/pgalloc.h: __pgd_populate to __pmd_populate for init_mm.
            TableBits = TableSettings.UsualTableBits,

            // arch/arm64/mm/mmu.c: pgattr_change_is_safe, from v6.10 on.
            ChangeSafety = ChangeSafety.InvalidIsFree,

            // arch/arm64/mm/mmu.c: paging_init; arch/arm64/kernel/pi/map_kernel.c and map_range.c made the rest before, in a reserve of the image.
            Order = StepOrder.LinearMapAlone,
            MapMemOrder = MapMemOrder.BanksFirst,
            DataAlias = DataAlias.Writable,
            MarksDirty = true,

            // arch/arm64/mm/mmu.c: NO_EXEC_MAPPINGS, from v5.13 on.
            HasTableRights = true,

            // arch/arm64/mm/pageattr.c: set_memory_valid, until v6.18.
            MarksInvalid = false,

            // mm/secretmem.c.
            HasSecretMemory = true,
            MakesIdentityMap = false,

            // arch/arm64/mm/mmu.c: map_mem of 6.12.117.
            CutsBanksToPages = true,

            // arch/arm64/mm/init.c: arm64_memblock_init reserves from _text; arch/arm64/mm/mmu.c: mark_linear_text_alias_ro.
            Image = ImageBeginning.FirstByte,

            // arch/arm64/mm/init.c: arm64_memblock_init, memstart_offset_seed, until v6.15.
            RandomStart = RandomStart.BesideAllAddresses,

            // arch/arm64/kernel/pi/idreg-override.c: arm64_sw.nokaslr, from v6.9 on.
            NoKaslr = NoKaslrPlace.AsWord,

            // asm/setup.h: arch_parse_debug_rodata, before v6.18; arch/arm64/Kconfig: RODATA_FULL_DEFAULT_ENABLED.
            RodataWords = RodataWords.FullOnOff,
            HasRodataOption = true,

            // arch/arm64/kernel/pi/idreg-override.c: arm64.nolva, from v6.9 on, and arm64.nobti.
            HeedsNoLva = true,
            HeedsNoBti = true,

            // arch/arm64/mm/mmu.c: arm64_kfence_alloc_pool.
            HasEarlyKfence = true,

            // arch/arm64/mm/mmu.c: map_mem, from v6.2 on.
            CutsCrashMemoryOut = false,

            // arch/arm64/mm/pageattr.c: can_set_direct_map does not ask the CPU.
            SplitsBlocks = false,
            Reservations = new ReservationFacts
            {
                // drivers/of/fdt.c: early_init_fdt_scan_reserved_mem; drivers/of/of_reserved_mem.c: fdt_scan_reserved_mem, __reserved_mem_alloc_in_range.
                Rules = new ReservedMemoryRules { Order = ReservationOrder.NodesFirst, StartsAllNodes = false, KeepsTogether = true },

                // linux/cma.h: MAX_CMA_AREAS.
                ExtraCmaAreas = 0,

                // linux/pageblock-flags.h: transparent huge pages count from v6.12 on; linux/mmzone.h: MAX_PAGE_ORDER.
                PageBlocks = PageBlockRule.AnyHugePage,
                IsMaxOrderOneMore = false,
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
