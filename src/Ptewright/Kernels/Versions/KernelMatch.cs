using Ptewright.Kernels.Symbols;
using Ptewright.Texts;

namespace Ptewright.Kernels.Versions;

/// <summary>Which profile a kernel is, and how well that fits.</summary>
/// <param name="Profile">The profile.</param>
/// <param name="Fit">How well it fits.</param>
/// <param name="Version">The version that was asked for; null when a profile was named.</param>
/// <param name="Remark">A sentence about what may differ; null where nothing has to be said.</param>
public sealed record KernelMatch(KernelProfile Profile, KernelFit Fit, LinuxVersion? Version, string? Remark)
{
    /// <summary>The same with what the kernel's own image shows, which goes before what its number says.</summary>
    /// <param name="image">The image.</param>
    internal KernelMatch AsShownBy(ReadOnlySpan<byte> image)
    {
        if (LeafBits.MarksDirty(image) is not { } marksDirty || marksDirty == Profile.Facts.MarksDirty)
        {
            return this;
        }

        string shown = $"its code gives kernel leaves {(marksDirty ? "bit 55, as later updates do" : "no bit 55, as earlier updates do")}";
        return this with { Profile = Profile.WithDirty(marksDirty), Remark = Remark is null ? $"{Profile.Name} is not quite this kernel: {shown}." : $"{Remark.TrimEnd('.')}; {shown}." };
    }
}
