namespace Ptewright.Translation;

/// <summary>A fault status code of six bits: DFSC and IFSC of ESR_ELx, FST of PAR_EL1. The one place that knows the codes.</summary>
/// <remarks>
/// <code>
///   00LL address size | 01LL translation | 10LL access flag | 11LL permission   0x00 to 0x0f, LL = level 0 to 3
///   0x10 external abort | 0x11 tag check (data) | 0x12, 0x13, 0x14 to 0x17 external abort on a walk, level -2, -1, 0 to 3
///   0x18 parity or ECC error | 0x1b, 0x1c to 0x1f the same on a walk, level -1, 0 to 3
///   0x21 alignment (data) | 0x22, 0x23, 0x24 to 0x27 granule protection fault on a walk, level -2, -1, 0 to 3 | 0x28 not on a walk
///   0x29, 0x2c address size, level -1, -2 | 0x2b, 0x2a translation, level -1, -2
///   0x30 TLB conflict | 0x31 unsupported atomic hardware update | 0x34, 0x35 IMPLEMENTATION DEFINED (data)
/// </code>
/// Arm ARM D24.2 (ESR_EL1), "ISS encoding for an exception from a Data Abort" and "from an Instruction Abort". Level -2 exists with FEAT_D128 alone, -1 with FEAT_LPA2 or FEAT_D128. In a
/// Breakpoint's or Watchpoint's syndrome 0x22 is the debug exception: <see cref="ExceptionSyndrome"/> knows.
/// </remarks>
public readonly partial struct FaultStatus
{
    /// <summary>Takes a code.</summary>
    /// <param name="code">The code; bits above the lowest six are dropped.</param>
    public FaultStatus(int code) => Code = code & 0x3f;

    /// <summary>The code, 0 to 63.</summary>
    public int Code { get; }

    /// <summary>What it says; <see cref="FaultKind.Unallocated"/> where the architecture has no such code. Never <see cref="FaultKind.None"/> or <see cref="FaultKind.Debug"/>.</summary>
    public FaultKind Kind => Code switch
    {
        <= 0x03 or 0x29 or 0x2c => FaultKind.AddressSize,
        <= 0x07 or 0x2a or 0x2b => FaultKind.Translation,
        <= 0x0b => FaultKind.AccessFlag,
        <= 0x0f => FaultKind.Permission,
        0x10 => FaultKind.SyncExternal,
        0x11 => FaultKind.TagCheck,
        <= 0x17 => FaultKind.ExternalOnWalk,
        0x18 => FaultKind.Parity,
        >= 0x1b and <= 0x1f => FaultKind.ParityOnWalk,
        0x21 => FaultKind.Alignment,
        >= 0x22 and <= 0x27 => FaultKind.GranuleProtectionOnWalk,
        0x28 => FaultKind.GranuleProtection,
        0x30 => FaultKind.TlbConflict,
        0x31 => FaultKind.UnsupportedAtomicUpdate,
        0x34 => FaultKind.Lockdown,
        0x35 => FaultKind.UnsupportedExclusive,
        _ => FaultKind.Unallocated,
    };

    /// <summary>The level of the table where it happened, -2 to 3.</summary>
    /// <remarks>Of an address size fault, level 0 also stands for the address in the TTBR.</remarks>
    /// <param name="level">The level; 0 where the code has none.</param>
    /// <returns>Whether the code has a level.</returns>
    public bool TryGetLevel(out int level)
    {
        FaultKind kind = Kind;
        bool isPlain = kind is FaultKind.AddressSize or FaultKind.Translation or FaultKind.AccessFlag or FaultKind.Permission;
        bool isOnWalk = kind is FaultKind.ExternalOnWalk or FaultKind.ParityOnWalk or FaultKind.GranuleProtectionOnWalk;
        level = isPlain ? (Code <= 0x0f ? Code & 3 : Code is 0x2a or 0x2c ? -2 : -1)
            : isOnWalk ? (Code & 7) - 4
            : 0;
        return isPlain || isOnWalk;
    }

    /// <summary>Whether only data accesses report it: an Instruction Abort has no such code.</summary>
    public bool IsOfDataOnly => Kind is FaultKind.TagCheck or FaultKind.Alignment or FaultKind.Lockdown or FaultKind.UnsupportedExclusive;
}
