using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Kernels.Versions;

/// <summary>Linux 6.16: as 6.12, but table entries carry the Access flag, and the start of the linear map is not randomised.</summary>
internal static class Linux616
{
    /// <summary>The facts.</summary>
    public static KernelProfile Profile { get; } = Linux612.Profile with
    {
        Name = "linux-6.16",
        Summary = "Linux 6.16, the start of the linear map is not random any more",
        Series = new LinuxVersion(6, 16),
        Updates = [],
        Facts = Linux612.Profile.Facts with
        {
            // The linear map starts where memory does from 6.16 on; 6.15 has that version's listing.
            Nearest = [new(6, 16), new(6, 15, "until 6.15 the start of the linear map is random")],

            // arch/arm64/mm/ptdump.c: the column of blocks compares the type, from v6.15 on.
            Listing = Linux612.Profile.Facts.Listing with { SeesBlocksByType = true },

            // asm/pgalloc.h, from v6.13 on (FEAT_HAFT): CPUs without it ignore the flag.
            TableBits = TableSettings.UsualTableBits | DescriptorBits.AccessFlag,

            // asm/pgtable-prot.h: _PAGE_KERNEL, as measured with Debian's 6.16.12.
            MarksDirty = false,

            // arch/arm64/mm/mmu.c: map_mem hands over what for_each_mem_range gives.
            CutsBanksToPages = false,

            // arch/arm64/mm/init.c: arm64_memblock_init, as measured with Debian's 6.16.12.
            Image = ImageBeginning.Code,

            // arch/arm64/mm/init.c: arm64_memblock_init, from v6.16 on.
            RandomStart = RandomStart.None,

            // arch/arm64/mm/mmu.c: unmap_hotplug_range, before the stable trees of 2026.
            RemovalFlush = RemovalFlush.EachLeaf,

            // asm/tlbflush.h: flush_tlb_kernel_range, __flush_tlb_range_op, from v6.13 on.
            RangeFlush = RangeFlush.FewerPages,
            RangeFlushWithRanges = RangeFlush.Ranges,

            // asm/fixmap.h: FIX_VNCR, from v6.16 on; NR_FIX_BTMAPS, before the stable trees of 2026.
            Regions = Linux612.Profile.Facts.Regions with { Fixmap = Linux612.Profile.Facts.Regions.Fixmap with { HasGuestPages = true, BootIoremapExtraPages = 0 } },
        },
    };
}
