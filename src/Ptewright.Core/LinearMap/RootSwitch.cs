using System.Runtime.CompilerServices;
using Ptewright.Addressing;
using Ptewright.Cpu;

namespace Ptewright.LinearMap;

/// <summary>Replaces the table of the upper half while the CPU runs from it: over an identity map in the lower half, with every old translation forgotten in between.</summary>
/// <remarks>Linux up to v6.8, at the end of <c>paging_init</c>: <c>cpu_replace_ttbr1</c>, <c>__cpu_install_idmap</c>, <c>idmap_cpu_replace_ttbr1</c>,
/// <c>cpu_uninstall_idmap</c>.</remarks>
internal static class RootSwitch
{
    /// <summary>Executes the switch.</summary>
    /// <typeparam name="TCpu">What executes it.</typeparam>
    /// <typeparam name="TIdentity">How code runs from the identity map.</typeparam>
    /// <param name="cpu">What executes it.</param>
    /// <param name="identity">How code runs from the identity map.</param>
    /// <param name="root">The new root of the upper half.</param>
    /// <param name="identityRoot">The root of the identity map that is used meanwhile.</param>
    /// <param name="resizesLowerHalf">Whether the identity map needs another TCR_EL1.T0SZ than the kernel's, so that it is changed there and back.</param>
    public static void Replace<TCpu, TIdentity>(ref TCpu cpu, TIdentity identity, PhysicalAddress root, PhysicalAddress identityRoot, bool resizesLowerHalf)
        where TCpu : struct, ICpu
        where TIdentity : struct, IIdentityCode
    {
        // Install the identity map: empty TTBR0, forget what it translated, then the map with the kernel's ASID in TTBR1.
        SetEmptyTtbr0(ref cpu);
        FlushLocal(ref cpu);
        SetT0sz(ref cpu, resizesLowerHalf);
        SetEmptyTtbr0(ref cpu);
        cpu.Isb();
        cpu.SetTtbr0(identityRoot);
        cpu.Isb();

        identity.ReplaceUpperHalf(ref cpu, root);

        // And take the identity map away again.
        SetEmptyTtbr0(ref cpu);
        FlushLocal(ref cpu);
        SetT0sz(ref cpu, resizesLowerHalf);
    }

    /// <summary>The part of the switch during which the upper half is empty: forget everything, then the new root. Linux: <c>idmap_cpu_replace_ttbr1</c>.</summary>
    /// <typeparam name="TCpu">What executes it.</typeparam>
    /// <param name="cpu">What executes it; on a CPU it lies in the lower half now, as does this code: <see cref="IIdentityCode"/>.</param>
    /// <param name="root">The new root of the upper half.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ReplaceUpperHalf<TCpu>(ref TCpu cpu, PhysicalAddress root)
        where TCpu : struct, ICpu
    {
        cpu.SetTtbr1(default);
        cpu.Isb();
        cpu.TlbiVmalle1();
        cpu.DsbNsh();
        cpu.Isb();
        cpu.SetTtbr1(root);
        cpu.Isb();
    }

    private static void SetEmptyTtbr0<TCpu>(ref TCpu cpu)
        where TCpu : struct, ICpu
    {
        cpu.SetTtbr0(default);
        cpu.Isb();
    }

    // local_flush_tlb_all
    private static void FlushLocal<TCpu>(ref TCpu cpu)
        where TCpu : struct, ICpu
    {
        cpu.DsbNshst();
        cpu.TlbiVmalle1();
        cpu.DsbNsh();
        cpu.Isb();
    }

    private static void SetT0sz<TCpu>(ref TCpu cpu, bool changes)
        where TCpu : struct, ICpu
    {
        if (changes)
        {
            cpu.Isb();
        }
    }
}
