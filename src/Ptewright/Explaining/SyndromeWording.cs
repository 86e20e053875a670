using System.Globalization;
using Ptewright.Translation;

namespace Ptewright.Explaining;

/// <summary>ESR_EL1 in a line of words.</summary>
internal static class SyndromeWording
{
    /// <summary>The words: class, kind of access, fault, level, and what is unusual.</summary>
    public static string Of(ExceptionSyndrome syndrome)
    {
        List<string> parts = [Class(syndrome)];
        if (syndrome.IsDataAbort)
        {
            parts.Add(syndrome.IsCacheMaintenance ? "cache maintenance" : syndrome.IsWrite ? "write" : "read");
        }

        if (syndrome.FaultKind != FaultKind.None)
        {
            parts.Add(Kind(syndrome.FaultKind) + (syndrome.Level is { } level ? string.Create(CultureInfo.InvariantCulture, $", level {level}") : string.Empty));
        }

        if ((syndrome.IsDataAbort || syndrome.IsInstructionAbort) && !syndrome.IsFarValid)
        {
            parts.Add("FnV: the address is not known");
        }

        if (syndrome.IsStage1Walk)
        {
            parts.Add("S1PTW: stage 2, on a walk");
        }

        if (syndrome.IsOverlay)
        {
            parts.Add("Overlay");
        }

        if (syndrome.IsDirtyState)
        {
            parts.Add("DirtyBit");
        }

        if (syndrome.IsGuardedControlStack)
        {
            parts.Add("GCS");
        }

        return string.Join("; ", parts);
    }

    /// <summary>The fault in words.</summary>
    public static string Kind(FaultKind kind) => kind switch
    {
        FaultKind.AddressSize => "address size fault",
        FaultKind.Translation => "translation fault",
        FaultKind.AccessFlag => "access flag fault",
        FaultKind.Permission => "permission fault",
        FaultKind.SyncExternal => "synchronous external abort",
        FaultKind.ExternalOnWalk => "external abort on a table walk",
        FaultKind.TagCheck => "tag check fault",
        FaultKind.Parity => "parity or ECC error",
        FaultKind.ParityOnWalk => "parity or ECC error on a table walk",
        FaultKind.Alignment => "alignment fault",
        FaultKind.GranuleProtectionOnWalk => "granule protection fault on a table walk",
        FaultKind.GranuleProtection => "granule protection fault",
        FaultKind.TlbConflict => "TLB conflict abort",
        FaultKind.UnsupportedAtomicUpdate => "unsupported atomic hardware update",
        FaultKind.Lockdown => "implementation defined fault (lockdown)",
        FaultKind.UnsupportedExclusive => "implementation defined fault (unsupported exclusive)",
        FaultKind.Debug => "debug exception",
        _ => "reserved fault status code",
    };

    private static string Class(ExceptionSyndrome syndrome) => syndrome.Class switch
    {
        ExceptionClass.InstructionAbortLower => "instruction abort from EL0",
        ExceptionClass.InstructionAbortCurrent => "instruction abort from EL1",
        ExceptionClass.DataAbortLower => "data abort from EL0",
        ExceptionClass.DataAbortCurrent => "data abort from EL1",
        ExceptionClass.PcAlignment => "PC alignment fault",
        ExceptionClass.SpAlignment => "SP alignment fault",
        ExceptionClass.BranchTarget => "Branch Target exception",
        ExceptionClass.PointerAuthentication => "pointer authentication failure",
        ExceptionClass.SError => "SError",
        ExceptionClass.Brk => string.Create(CultureInfo.InvariantCulture, $"BRK 0x{syndrome.Details & 0xffff:x}"),
        ExceptionClass.Unknown => "unknown reason (an undefined instruction among them)",
        ExceptionClass.MemoryOperation => "memory copy or set exception",
        ExceptionClass.GuardedControlStack => "Guarded Control Stack exception",
        _ => string.Create(CultureInfo.InvariantCulture, $"exception class 0x{(int)syndrome.Class:x2}"),
    };
}
