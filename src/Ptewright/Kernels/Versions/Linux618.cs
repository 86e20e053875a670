using Ptewright.Cpu;
using Ptewright.Kernels.Configuration;
using Ptewright.LinearMap;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Kernels.Versions;

/// <summary>Linux 6.18: as 6.12, but a CPU that can split blocks keeps them under rodata=full; table entries carry the Access flag; the start is not randomised.</summary>
internal static class Linux618
{
    /// <summary>The facts.</summary>
    public static KernelProfile Profile { get; } = Linux612.Profile with
    {
        Name = "linux-6.18",
        Summary = "Linux 6.18, blocks under rodata=full where the CPU can split them",
        Series = new LinuxVersion(6, 18),
        Facts = Linux612.Profile.Facts with
        {
            // From v6.16 on the linear map starts where memory does; 6.15 has that version's listing.
            Nearest =
            [
                new(7, 2, "from 7.2 on the pool, the image's alias and the banks come in another order, so counts and tables differ"),
                new(6, 19, "it is later than what was read"),
                new(6, 15, "blocks under rodata=full and the new words of rodata= came with 6.18"),
            ],

            // arch/arm64/mm/ptdump.c: the column of blocks compares the type, from v6.15 on.
            Listing = Linux612.Profile.Facts.Listing with { SeesBlocksByType = true },

            // asm/pgalloc.h, from v6.13 on (FEAT_HAFT): CPUs without it ignore the flag.
            TableBits = TableSettings.UsualTableBits | DescriptorBits.AccessFlag,

            // arch/arm64/mm/init.c: arm64_memblock_init, from v6.16 on.
            RandomizesStart = false,

            // asm/setup.h: arch_parse_debug_rodata, from v6.18 on; the option of the configuration is gone.
            RodataWords = RodataWords.OnNoaliasOff,
            HasRodataOption = false,

            // arch/arm64/mm/mmu.c: force_pte_mapping, linear_map_requires_bbml2. Splitting itself is not planned.
            SplitsBlocks = true,
            Reservations = Linux612.Profile.Facts.Reservations with
            {
                // kernel/dma/contiguous.c: from 6.18.9 on a default area that cma= replaces is not even placed; before, it was given back.
                Rules = Linux612.Profile.Facts.Reservations.Rules with { SkipsReplacedCma = true },

                // linux/pageblock-flags.h: PAGE_BLOCK_MAX_ORDER, from v6.17 on.
                HasPageBlockMaxOrder = true,
            },

            // asm/tlbflush.h: flush_tlb_kernel_range, __flush_tlb_range_op, from v6.13 on.
            RangeFlush = RangeFlush.FewerPages,
            RangeFlushWithRanges = RangeFlush.Ranges,
        },
    };
}
