using Ptewright.Addressing;
using Ptewright.Cpu;

namespace Ptewright.LinearMap;

/// <summary>How the middle of a <see cref="RootSwitch"/> is run: while the upper half is empty, nothing there can be executed, read or written.</summary>
internal interface IIdentityCode
{
    /// <summary>Runs <see cref="RootSwitch.ReplaceUpperHalf"/> from the lower half, whose table is the identity map now: code, stack and <paramref name="cpu"/> alike.</summary>
    /// <typeparam name="TCpu">What executes the work.</typeparam>
    /// <param name="cpu">What executes the work.</param>
    /// <param name="root">The new root of the upper half.</param>
    void ReplaceUpperHalf<TCpu>(ref TCpu cpu, PhysicalAddress root)
        where TCpu : struct, ICpu;
}

/// <summary>Where tables are only built and not used, code runs wherever it lies.</summary>
internal readonly struct CodeAnywhere : IIdentityCode
{
    /// <inheritdoc/>
    public void ReplaceUpperHalf<TCpu>(ref TCpu cpu, PhysicalAddress root)
        where TCpu : struct, ICpu => RootSwitch.ReplaceUpperHalf(ref cpu, root);
}
