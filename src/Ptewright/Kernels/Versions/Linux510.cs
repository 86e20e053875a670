using Ptewright.Kernels.AddressSpace;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Kernels.Versions;

/// <summary>Linux 5.10 (Debian's 5.10.262): before the series, as 6.1, but tables have no rights, and the image is mapped from its first byte on.</summary>
internal static class Linux510
{
    private const ulong Mebi = 1UL << 20;

    /// <summary>The facts.</summary>
    public static KernelProfile Profile { get; } = Linux515Azure.Profile with
    {
        Name = "linux-5.10",
        Summary = "Linux 5.10, before the series (Debian 11)",
        Series = new LinuxVersion(5, 10),
        Flavour = null,
        Strategy = StrategyPresets.Baseline,
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
            CONFIG_ARM64_E0PD=y
            CONFIG_ARM64_HW_AFDBM=y
            CONFIG_CMA=y
            CONFIG_CMA_AREAS=7
            CONFIG_DMA_CMA=y
            CONFIG_DMA_DECLARE_COHERENT=y
            CONFIG_HUGETLB_PAGE=y
            CONFIG_TRANSPARENT_HUGEPAGE=y
            """,

        // The numbers are those of the stable releases' own lists of changes, as Debian's package has them.
        Updates =
        [
            new(259, "the translations of removed memory were invalidated one by one", "arm64/mm: Enable batched TLB flush in unmap_hotplug_range()", facts => facts with { RemovalFlush = RemovalFlush.EachLeaf }),
            new(253, "kernel leaves had no bit 55", "arm64: mm: Add PTE_DIRTY back to PAGE_KERNEL* to fix kexec/hibernation", facts => facts with { MarksDirty = false }),
        ],
        Facts = Linux515Azure.Profile.Facts with
        {
            HasSecretMemory = false,

            // arch/arm64/mm/ptdump.c, ptdump_walk: the state begins with level 0; asm/memory.h: MT_DEVICE_nGnRE is 5.
            Listing = Linux515Azure.Profile.Facts.Listing with { IsEarly = true },

            // v5.13 gave tables rights; v5.4 moved the linear map to the lower half of the kernel's addresses.
            Nearest = [new(5, 4)],
            Regions = new RegionRules
            {
                // asm/memory.h: VMEMMAP_START is 2 MiB and the array's size below the end.
                PageArrayEnd = HangingAddress.BelowEnd(2 * Mebi),
                ListsWholePageArray = true,

                // asm/memory.h: BPF_JIT_REGION_SIZE, MODULES_VSIZE; asm/pgtable.h: VMALLOC_END; asm/memory.h: PCI_IO_START.
                BpfSize = 128 * Mebi,
                ModulesSize = 128 * Mebi,
                VmallocGap = unchecked((64UL << 10) - (2 * Mebi)),
                LeavesUpperEntry = true,
                PciIoStart = HangingAddress.BelowPageArray(18 * Mebi),
                ListsAllFixmapSlots = false,

                // asm/fixmap.h: 4 MiB of device tree; a page for the data of each trampoline.
                Fixmap = new FixmapRules
                {
                    Top = HangingAddress.BelowPageArray(20 * Mebi),
                    DeviceTreeSize = 4 << 20,
                    DeviceTreeExtraPages = 0,
                    HasTrampolineData = true,
                    HasGuestPages = false,
                    BootIoremapExtraPages = 0,
                    HasP4d = false,
                },
            },

            // arch/arm64/mm/mmu.c: alloc_init_pud hands PUD_TYPE_TABLE to __p4d_populate, and so on below.
            TableBits = DescriptorBits.TypeTable,
            HasTableRights = false,

            // arch/arm64/mm/proc.S: MAIR_EL1_SET, until v5.13: 3 is write-through, 4 to 6 are Device-nGnRnE, -nGnRE, -GRE.
            MairAtBoot = 0x000c_0400_bb44_ffff,

            // arch/arm64/mm/init.c: arm64_memblock_init reserves from _text; arch/arm64/mm/mmu.c: map_kernel, map_mem.
            Image = ImageBeginning.FirstByte,

            // arch/arm64/mm/init.c: arm64_memblock_init, memstart_offset_seed.
            RandomStart = RandomStart.BesideMemory,

            // arch/arm64/kernel/kaslr.c: kaslr_early_init looks for the letters.
            NoKaslr = NoKaslrPlace.FirstLetters,

            // arch/arm64/mm/mmu.c: unmap_hotplug_range, the flush of the whole range that the stable trees of 2026 have.
            RemovalFlush = RemovalFlush.WholeRange,
        },
    };
}
