using Ptewright.Texts;

namespace Ptewright.Kernels.Versions;

/// <summary>Which profile a kernel is, and how well that fits.</summary>
/// <param name="Profile">The profile.</param>
/// <param name="Fit">How well it fits.</param>
/// <param name="Version">The version that was asked for; null when a profile was named.</param>
/// <param name="Remark">A sentence about what may differ; null where nothing has to be said.</param>
public sealed record KernelMatch(KernelProfile Profile, KernelFit Fit, LinuxVersion? Version, string? Remark);
