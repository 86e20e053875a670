namespace Ptewright.Explaining;

/// <summary>The rule by which a right was missing.</summary>
public enum DenyingRule
{
    /// <summary>AP[2] of the leaf: read-only.</summary>
    ReadOnly,

    /// <summary>APTable[1] of a table above it: no writes.</summary>
    ReadOnlyTable,

    /// <summary>AP[1] of the leaf is clear: not for EL0.</summary>
    NoUser,

    /// <summary>APTable[0] of a table above it: not for EL0.</summary>
    NoUserTable,

    /// <summary>PXN of the leaf.</summary>
    PrivilegedExecuteNever,

    /// <summary>PXNTable of a table above it.</summary>
    PrivilegedExecuteNeverTable,

    /// <summary>What EL0 may write EL1 may not execute.</summary>
    WritableByUser,

    /// <summary>UXN of the leaf.</summary>
    UserExecuteNever,

    /// <summary>UXNTable of a table above it.</summary>
    UserExecuteNeverTable,

    /// <summary>PSTATE.PAN: EL1 may not touch what EL0 may.</summary>
    PrivilegedAccessNever,
}
