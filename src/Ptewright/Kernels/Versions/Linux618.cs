using Ptewright.Kernels.Configuration;
using Ptewright.LinearMap;
using Ptewright.Texts;

namespace Ptewright.Kernels.Versions;

/// <summary>Linux 6.18: as 6.17, but a CPU that can split blocks keeps them under rodata=full.</summary>
internal static class Linux618
{
    /// <summary>The facts.</summary>
    public static KernelProfile Profile { get; } = Linux617.Profile with
    {
        Name = "linux-6.18",
        Summary = "Linux 6.18, blocks under rodata=full where the CPU can split them",
        Series = new LinuxVersion(6, 18),

        // 6.18.15 was measured. The changes came to stable trees in spring 2026; which release of this one has them was not.
        Updates =
        [
            new(16, "kernel leaves had no bit 55", "arm64: mm: Add PTE_DIRTY back to PAGE_KERNEL* to fix kexec/hibernation", facts => facts with { MarksDirty = false }),
            new(16, "the translations of removed memory were invalidated one by one", "arm64/mm: Enable batched TLB flush in unmap_hotplug_range()", facts => facts with { RemovalFlush = RemovalFlush.EachLeaf }),
        ],
        Facts = Linux617.Profile.Facts with
        {
            Nearest = [new(6, 18)],

            // asm/pgtable-prot.h: _PAGE_KERNEL, in the stable trees of spring 2026.
            MarksDirty = true,

            // arch/arm64/mm/mmu.c: unmap_hotplug_range, the flush of the whole range that the stable trees of 2026 have.
            RemovalFlush = RemovalFlush.WholeRange,

            // asm/setup.h: arch_parse_debug_rodata, from v6.18 on; the option of the configuration is gone.
            RodataWords = RodataWords.OnNoaliasOff,
            HasRodataOption = false,

            // arch/arm64/mm/mmu.c: force_pte_mapping, linear_map_requires_bbml2. Splitting itself is not planned.
            SplitsBlocks = true,

            // kernel/dma/contiguous.c: from 6.18.9 on a default area that cma= replaces is not even placed; before, it was given back.
            Reservations = Linux617.Profile.Facts.Reservations with { Rules = Linux617.Profile.Facts.Reservations.Rules with { SkipsReplacedCma = true } },
        },
    };
}
