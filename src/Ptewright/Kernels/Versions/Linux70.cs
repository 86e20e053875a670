using Ptewright.Texts;

namespace Ptewright.Kernels.Versions;

/// <summary>Linux 7.0: as 6.19; measured with Debian's 7.0.13.</summary>
internal static class Linux70
{
    /// <summary>The facts.</summary>
    public static KernelProfile Profile { get; } = Linux619.Profile with
    {
        Name = "linux-7.0",
        Summary = "Linux 7.0",
        Series = new LinuxVersion(7, 0),
        Facts = Linux619.Profile.Facts with { Nearest = [new(7, 0)] },
    };
}
