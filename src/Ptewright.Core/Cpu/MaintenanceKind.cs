namespace Ptewright.Cpu;

/// <summary>An instruction that orders or forgets translations.</summary>
internal enum MaintenanceKind
{
    /// <summary><c>DSB ISHST</c>: earlier stores are visible to all table walkers of the Inner Shareable domain before anything later.</summary>
    DsbIshst,

    /// <summary><c>DSB ISH</c>: earlier accesses and TLB invalidations have completed in the Inner Shareable domain.</summary>
    DsbIsh,

    /// <summary><c>DSB NSHST</c>: as <see cref="DsbIshst"/>, for this CPU's own walker only.</summary>
    DsbNshst,

    /// <summary><c>DSB NSH</c>: as <see cref="DsbIsh"/>, for this CPU only.</summary>
    DsbNsh,

    /// <summary><c>ISB</c>: later instructions see what was completed before.</summary>
    Isb,

    /// <summary><c>TLBI VAALE1IS</c>: forgets the last-level translations of one page, for all ASIDs, on all CPUs of the Inner Shareable domain.</summary>
    TlbiVaale1is,

    /// <summary><c>TLBI VAAE1IS</c>: forgets all levels' cached translations of one page, for all ASIDs.</summary>
    TlbiVaae1is,

    /// <summary><c>TLBI RVAALE1IS</c> (FEAT_TLBIRANGE): as VAALE1IS for pages behind one another.</summary>
    TlbiRvaale1is,

    /// <summary><c>TLBI VMALLE1IS</c>: forgets every EL1&amp;0 translation.</summary>
    TlbiVmalle1is,

    /// <summary><c>TLBI VMALLE1</c>: forgets every EL1&amp;0 translation of this CPU only.</summary>
    TlbiVmalle1,

    /// <summary><c>MSR TTBR0_EL1</c>: gives the lower half a root; no barrier.</summary>
    SetTtbr0,

    /// <summary><c>MSR TTBR1_EL1</c>: gives the upper half a root; no barrier.</summary>
    SetTtbr1,
}
