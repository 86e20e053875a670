namespace Ptewright.Checking;

/// <summary>What a writer does.</summary>
internal enum RaceOperationKind
{
    /// <summary>Takes a lock; waits while the other writer holds it.</summary>
    TakeLock,

    /// <summary>Gives a lock back.</summary>
    ReleaseLock,

    /// <summary>Reads one entry.</summary>
    Load,

    /// <summary>Writes one entry.</summary>
    Store,

    /// <summary>Zeroes a table page.</summary>
    Clear,

    /// <summary>Takes a page for a table.</summary>
    Allocate,

    /// <summary>A fixmap slot now maps a table page.</summary>
    Mapped,

    /// <summary>A fixmap slot was cleared.</summary>
    Unmapped,

    /// <summary><c>DSB ISHST</c>.</summary>
    DsbIshst,

    /// <summary><c>DSB ISH</c>.</summary>
    DsbIsh,

    /// <summary><c>ISB</c>.</summary>
    Isb,

    /// <summary><c>TLBI VAALE1IS</c>.</summary>
    TlbiVaale1is,

    /// <summary><c>TLBI VAAE1IS</c>.</summary>
    TlbiVaae1is,

    /// <summary><c>TLBI RVAALE1IS</c>.</summary>
    TlbiRvaale1is,

    /// <summary><c>TLBI VMALLE1IS</c>.</summary>
    TlbiVmalle1is,
}
