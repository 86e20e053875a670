using Ptewright.Texts;

namespace Ptewright.Kernels.Versions;

/// <summary>Linux 6.17: as 6.16, but the image is reserved and read-only in the linear map from its first byte on.</summary>
internal static class Linux617
{
    /// <summary>The facts.</summary>
    public static KernelProfile Profile { get; } = Linux616.Profile with
    {
        Name = "linux-6.17",
        Summary = "Linux 6.17, the image read-only from its first byte on",
        Series = new LinuxVersion(6, 17),

        // 5973a62efa34 came with the stable releases of 19 October 2025; that 6.17.4 is the one among them was not measured, 6.17.13 has it.
        Updates = [new(4, "the image was reserved and read-only in the linear map from _stext on", "arm64: map [_text, _stext) virtual address range non-executable+read-only", facts => facts with { Image = ImageBeginning.Code })],
        Facts = Linux616.Profile.Facts with
        {
            Nearest = [new(6, 17)],

            // arch/arm64/mm/init.c: arm64_memblock_init; arch/arm64/mm/mmu.c: mark_linear_text_alias_ro.
            Image = ImageBeginning.FirstByte,

            // linux/pageblock-flags.h: PAGE_BLOCK_MAX_ORDER, from v6.17 on.
            Reservations = Linux616.Profile.Facts.Reservations with { HasPageBlockMaxOrder = true },
        },
    };
}
