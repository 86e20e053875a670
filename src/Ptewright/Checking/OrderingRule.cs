namespace Ptewright.Checking;

/// <summary>What must hold at every moment, whatever table walkers do and however late stores become visible.</summary>
internal enum OrderingRule
{
    /// <summary>No walk reads an entry of a new table before the zero in it is visible. Arm ARM D8.2: any memory that a table descriptor points to may be read as
    /// a table at any time.</summary>
    Zeroed,

    /// <summary>No table is written or read through a window whose translation is another table's, or a fault. Arm ARM D8.16, TLB maintenance; B2, DSB and
    /// ISB.</summary>
    Window,

    /// <summary>When a call returns, what it mapped in the live table can be used at once: no fault of before is left. Linux would have to take the fault as
    /// spurious.</summary>
    Usable,

    /// <summary>When something is taken away, no walker has it any more: a leaf when the call returns, a table before it is freed, an old root, a temporary map.
    /// Arm ARM D8.16: a TLB may hold it until it is invalidated.</summary>
    Forgotten,
}
