using Ptewright.Texts;

namespace Ptewright.Kernels.Versions;

/// <summary>Linux 7.3: as 7.2, but banks are cut to whole pages, and the alias of data and bss becomes invalid.</summary>
internal static class Linux73
{
    /// <summary>The facts.</summary>
    public static KernelProfile Profile { get; } = Linux72.Profile with
    {
        Name = "linux-7.3",
        Summary = "Linux 7.3, the alias of data and bss is taken out of the linear map",
        Series = new LinuxVersion(7, 3),
        Facts = Linux72.Profile.Facts with
        {
            Nearest = [new(7, 4, "it is later than what was read"), new(7, 3)],

            // arch/arm64/mm/mmu.c: map_mem.
            CutsBanksToPages = true,

            // arch/arm64/mm/mmu.c: mark_linear_data_alias_valid.
            DataAlias = DataAlias.Invalid,
        },
    };
}
