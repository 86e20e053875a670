using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Kernels.Versions;

/// <summary>Linux 7.2: as 7.1, but memory is mapped over the image's alias, and that of data and bss becomes read-only.</summary>
internal static class Linux72
{
    /// <summary>The facts.</summary>
    public static KernelProfile Profile { get; } = Linux71.Profile with
    {
        Name = "linux-7.2",
        Summary = "Linux 7.2, memory mapped over the image's alias, read-only data and bss in it",
        Series = new LinuxVersion(7, 2),
        Facts = Linux71.Profile.Facts with
        {
            Nearest = [new(7, 2)],

            // arch/arm64/mm/mmu.c: map_mem, init_pmd, pte_range_has_valid_noncont.
            MapMemOrder = MapMemOrder.ImageFirst,
            CutsBanksToPages = false,

            // arch/arm64/mm/mmu.c: pgattr_change_is_safe. Banks are mapped over the image's runs, which stay.
            ChangeSafety = ChangeSafety.RunsMayStay,

            // arch/arm64/mm/mmu.c: mark_rodata_ro.
            DataAlias = DataAlias.ReadOnly,

            // asm/fixmap.h: NR_FIX_BTMAPS, as 7.2.13 has it.
            Regions = Linux71.Profile.Facts.Regions with { Fixmap = Linux71.Profile.Facts.Regions.Fixmap with { BootIoremapExtraPages = 1 } },
        },
    };
}
