using Ptewright.LinearMap;

namespace Ptewright.Kernels.Planning;

/// <summary>Whether a kernel may map banks of memory in blocks and contiguous runs, and why.</summary>
/// <param name="Allowed">Whether it may.</param>
/// <param name="Reasons">What forbids it, each enough by itself; or, where nothing does, what could have. Parts of a sentence.</param>
internal sealed record BlockDecision(bool Allowed, IReadOnlyList<string> Reasons)
{
    /// <summary>What is forbidden where memory is mapped.</summary>
    internal MapFlags Flags => Allowed ? MapFlags.None : LinearMapPlanner.PagesOnly;

    /// <summary>The same with one more reason against blocks.</summary>
    internal BlockDecision ForbiddenToo(string reason) => new(false, Allowed ? [reason] : [.. Reasons, reason]);
}
