using System.Runtime.CompilerServices;
using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Cpu;

/// <summary>The instructions by their names. What each does: <see cref="MaintenanceKind"/>.</summary>
internal static class MaintenanceInstructions
{
    /// <summary><c>DSB ISHST</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DsbIshst<T>(this ref T cpu)
        where T : struct, IMaintenance => cpu.Execute(MaintenanceKind.DsbIshst, default);

    /// <summary><c>DSB ISH</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DsbIsh<T>(this ref T cpu)
        where T : struct, IMaintenance => cpu.Execute(MaintenanceKind.DsbIsh, default);

    /// <summary><c>DSB NSHST</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DsbNshst<T>(this ref T cpu)
        where T : struct, IMaintenance => cpu.Execute(MaintenanceKind.DsbNshst, default);

    /// <summary><c>DSB NSH</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DsbNsh<T>(this ref T cpu)
        where T : struct, IMaintenance => cpu.Execute(MaintenanceKind.DsbNsh, default);

    /// <summary><c>ISB</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Isb<T>(this ref T cpu)
        where T : struct, IMaintenance => cpu.Execute(MaintenanceKind.Isb, default);

    /// <summary><c>TLBI VAALE1IS</c> of one page.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TlbiVaale1is<T>(this ref T cpu, VirtualAddress page)
        where T : struct, IMaintenance => cpu.Execute(MaintenanceKind.TlbiVaale1is, new MaintenanceTarget(page, 1, default));

    /// <summary><c>TLBI VAAE1IS</c> of one page.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TlbiVaae1is<T>(this ref T cpu, VirtualAddress page)
        where T : struct, IMaintenance => cpu.Execute(MaintenanceKind.TlbiVaae1is, new MaintenanceTarget(page, 1, default));

    /// <summary><c>TLBI RVAALE1IS</c> of <paramref name="pages"/> pages of <paramref name="granule"/> from <paramref name="first"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TlbiRvaale1is<T>(this ref T cpu, VirtualAddress first, int pages, GranuleSize granule)
        where T : struct, IMaintenance => cpu.Execute(MaintenanceKind.TlbiRvaale1is, new MaintenanceTarget(first, pages, granule));

    /// <summary><c>TLBI VMALLE1IS</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TlbiVmalle1is<T>(this ref T cpu)
        where T : struct, IMaintenance => cpu.Execute(MaintenanceKind.TlbiVmalle1is, default);

    /// <summary><c>TLBI VMALLE1</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TlbiVmalle1<T>(this ref T cpu)
        where T : struct, IMaintenance => cpu.Execute(MaintenanceKind.TlbiVmalle1, default);

    /// <summary><c>MSR TTBR0_EL1</c>: makes <paramref name="root"/> the table of the lower half; address 0 stands for an empty, reserved table.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetTtbr0<T>(this ref T cpu, PhysicalAddress root)
        where T : struct, IMaintenance => cpu.Execute(MaintenanceKind.SetTtbr0, new MaintenanceTarget(root));

    /// <summary><c>MSR TTBR1_EL1</c>: makes <paramref name="root"/> the table of the upper half; address 0 stands for an empty, reserved table.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetTtbr1<T>(this ref T cpu, PhysicalAddress root)
        where T : struct, IMaintenance => cpu.Execute(MaintenanceKind.SetTtbr1, new MaintenanceTarget(root));
}
