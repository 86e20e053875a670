using Ptewright.Texts;

namespace Ptewright.Kernels.Versions;

/// <summary>Linux 6.19: as 6.18, but a page that becomes invalid is marked as still present.</summary>
internal static class Linux619
{
    /// <summary>The facts.</summary>
    public static KernelProfile Profile { get; } = Linux618.Profile with
    {
        Name = "linux-6.19",
        Summary = "Linux 6.19, marked pages where the linear map has holes",
        Series = new LinuxVersion(6, 19),
        Updates = [],
        Facts = Linux618.Profile.Facts with
        {
            Nearest = [new(6, 19)],

            // arch/arm64/mm/pageattr.c: set_memory_valid.
            MarksInvalid = true,
        },
    };
}
