namespace Ptewright.Cpu;

/// <summary>What a recorded event is.</summary>
public enum CpuEventKind
{
    /// <summary><c>DSB ISHST</c>.</summary>
    DsbIshst = MaintenanceKind.DsbIshst,

    /// <summary><c>DSB ISH</c>.</summary>
    DsbIsh = MaintenanceKind.DsbIsh,

    /// <summary><c>DSB NSHST</c>.</summary>
    DsbNshst = MaintenanceKind.DsbNshst,

    /// <summary><c>DSB NSH</c>.</summary>
    DsbNsh = MaintenanceKind.DsbNsh,

    /// <summary><c>ISB</c>.</summary>
    Isb = MaintenanceKind.Isb,

    /// <summary><c>TLBI VAALE1IS</c>.</summary>
    TlbiVaale1is = MaintenanceKind.TlbiVaale1is,

    /// <summary><c>TLBI VAAE1IS</c>.</summary>
    TlbiVaae1is = MaintenanceKind.TlbiVaae1is,

    /// <summary><c>TLBI RVAALE1IS</c>.</summary>
    TlbiRvaale1is = MaintenanceKind.TlbiRvaale1is,

    /// <summary><c>TLBI VMALLE1IS</c>.</summary>
    TlbiVmalle1is = MaintenanceKind.TlbiVmalle1is,

    /// <summary><c>TLBI VMALLE1</c>.</summary>
    TlbiVmalle1 = MaintenanceKind.TlbiVmalle1,

    /// <summary><c>MSR TTBR0_EL1</c>.</summary>
    SetTtbr0 = MaintenanceKind.SetTtbr0,

    /// <summary><c>MSR TTBR1_EL1</c>.</summary>
    SetTtbr1 = MaintenanceKind.SetTtbr1,

    /// <summary>An entry was written.</summary>
    Store,

    /// <summary>A run of entries was written, each a fixed step above the one before.</summary>
    StoreRun,

    /// <summary>A table page was zeroed.</summary>
    Clear,

    /// <summary>A fixmap slot now maps a table page (its entry, DSB and ISB are events of their own before this one).</summary>
    Mapped,

    /// <summary>A fixmap slot's entry was cleared (the invalidation follows).</summary>
    Unmapped,
}
