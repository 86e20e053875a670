using Ptewright.Texts;

namespace Ptewright.Kernels.Versions;

/// <summary>Linux 7.1: as 7.0; measured with Debian's 7.1.13.</summary>
internal static class Linux71
{
    /// <summary>The facts.</summary>
    public static KernelProfile Profile { get; } = Linux70.Profile with
    {
        Name = "linux-7.1",
        Summary = "Linux 7.1",
        Series = new LinuxVersion(7, 1),
        Facts = Linux70.Profile.Facts with { Nearest = [new(7, 1)] },
    };
}
