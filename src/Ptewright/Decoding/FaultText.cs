using System.Globalization;
using Ptewright.Translation;

namespace Ptewright.Decoding;

/// <summary>Exceptions and faults in words, under their names in the Arm ARM.</summary>
public static class FaultText
{
    /// <summary>All 64 fault status codes in words.</summary>
    internal static readonly string[] Statuses = [.. Enumerable.Range(0, 64).Select(code => Of(new FaultStatus(code)))];

    /// <summary>All 64 values of EC in words.</summary>
    internal static readonly string[] Classes = [.. Enumerable.Range(0, 64).Select(exception => Of((ExceptionClass)exception))];

    /// <summary>A fault status code: <c>translation fault level 3</c>.</summary>
    public static string Of(FaultStatus status) => status.Level is { } level
        ? string.Create(CultureInfo.InvariantCulture, $"{Of(status.Kind)} level {level}")
        : Of(status.Kind);

    /// <summary>A kind of fault: <c>translation fault</c>.</summary>
    public static string Of(FaultKind kind) => kind switch
    {
        FaultKind.None => "no fault",
        FaultKind.AddressSize => "address size fault",
        FaultKind.Translation => "translation fault",
        FaultKind.AccessFlag => "access flag fault",
        FaultKind.Permission => "permission fault",
        FaultKind.SyncExternal => "synchronous external abort",
        FaultKind.ExternalOnWalk => "synchronous external abort on a walk",
        FaultKind.TagCheck => "synchronous tag check fault",
        FaultKind.Parity => "parity or ECC error",
        FaultKind.ParityOnWalk => "parity or ECC error on a walk",
        FaultKind.Alignment => "alignment fault",
        FaultKind.GranuleProtectionOnWalk => "granule protection fault on a walk",
        FaultKind.GranuleProtection => "granule protection fault",
        FaultKind.TlbConflict => "TLB conflict abort",
        FaultKind.UnsupportedAtomicUpdate => "unsupported atomic hardware update",
        FaultKind.Lockdown => "lockdown (IMPLEMENTATION DEFINED)",
        FaultKind.UnsupportedExclusive => "unsupported exclusive or atomic access (IMPLEMENTATION DEFINED)",
        FaultKind.Debug => "debug exception",
        _ => "reserved",
    };

    /// <summary>A class of exceptions: <c>Data Abort from the current level</c>.</summary>
    public static string Of(ExceptionClass exception) => exception switch
    {
        ExceptionClass.Unknown => "unknown reason",
        ExceptionClass.TrappedWait => "trapped WFI or WFE",
        ExceptionClass.TrappedCp15 => "trapped MCR or MRC of coprocessor 15",
        ExceptionClass.TrappedCp15Pair => "trapped MCRR or MRRC of coprocessor 15",
        ExceptionClass.TrappedCp14 => "trapped MCR or MRC of coprocessor 14",
        ExceptionClass.TrappedLoadStoreCp14 => "trapped LDC or STC",
        ExceptionClass.TrappedFloatingPoint => "trapped floating point, SIMD or SVE",
        ExceptionClass.TrappedVmrs => "trapped VMRS",
        ExceptionClass.TrappedPointerAuthentication => "trapped pointer authentication",
        ExceptionClass.TrappedOther => "trapped LD64B or ST64B",
        ExceptionClass.TrappedCp14Pair => "trapped MRRC of coprocessor 14",
        ExceptionClass.BranchTarget => "Branch Target exception",
        ExceptionClass.IllegalState => "Illegal Execution state",
        ExceptionClass.Svc32 => "SVC in AArch32",
        ExceptionClass.Hvc32 => "HVC in AArch32",
        ExceptionClass.Smc32 => "SMC in AArch32",
        ExceptionClass.TrappedSystemPair => "trapped 128-bit system instruction",
        ExceptionClass.Svc => "SVC",
        ExceptionClass.Hvc => "HVC",
        ExceptionClass.Smc => "SMC",
        ExceptionClass.TrappedSystem => "trapped MSR, MRS or system instruction",
        ExceptionClass.TrappedSve => "trapped SVE",
        ExceptionClass.TrappedEret => "trapped ERET",
        ExceptionClass.TransactionStart => "TSTART",
        ExceptionClass.PointerAuthentication => "pointer authentication failed",
        ExceptionClass.TrappedSme => "trapped SME",
        ExceptionClass.GranuleProtectionCheck => "granule protection check failed",
        ExceptionClass.ImplementationDefined => "IMPLEMENTATION DEFINED",
        ExceptionClass.InstructionAbortLower => "Instruction Abort from a lower level",
        ExceptionClass.InstructionAbortCurrent => "Instruction Abort from the current level",
        ExceptionClass.PcAlignment => "PC alignment fault",
        ExceptionClass.DataAbortLower => "Data Abort from a lower level",
        ExceptionClass.DataAbortCurrent => "Data Abort from the current level",
        ExceptionClass.SpAlignment => "SP alignment fault",
        ExceptionClass.MemoryOperation => "Memory Copy or Memory Set exception",
        ExceptionClass.FloatingPoint32 => "floating-point exception in AArch32",
        ExceptionClass.FloatingPoint => "floating-point exception",
        ExceptionClass.GuardedControlStack => "Guarded Control Stack exception",
        ExceptionClass.SError => "SError",
        ExceptionClass.BreakpointLower => "Breakpoint from a lower level",
        ExceptionClass.BreakpointCurrent => "Breakpoint from the current level",
        ExceptionClass.SoftwareStepLower => "Software Step from a lower level",
        ExceptionClass.SoftwareStepCurrent => "Software Step from the current level",
        ExceptionClass.WatchpointLower => "Watchpoint from a lower level",
        ExceptionClass.WatchpointCurrent => "Watchpoint from the current level",
        ExceptionClass.Bkpt32 => "BKPT in AArch32",
        ExceptionClass.VectorCatch32 => "Vector Catch in AArch32",
        ExceptionClass.Brk => "BRK",
        ExceptionClass.Profiling => "Profiling exception",
        _ => "reserved",
    };

    /// <summary>A syndrome in one sentence: <c>Data Abort from the current level: a write met a permission fault level 3.</c></summary>
    public static string Describe(ExceptionSyndrome syndrome)
    {
        string exception = Of(syndrome.Class);
        exception = exception.StartsWith("trapped", StringComparison.Ordinal) || exception.StartsWith("un", StringComparison.Ordinal)
            ? char.ToUpperInvariant(exception[0]) + exception[1..] : exception;
        if (!syndrome.IsInstructionAbort && !syndrome.IsDataAbort)
        {
            return $"{exception}.";
        }

        string access = syndrome.IsInstructionAbort ? "a fetch" : syndrome.IsCacheMaintenance ? "cache maintenance or an address translation" : syndrome.IsWrite ? "a write" : "a read";
        string fault = syndrome.FaultKind == FaultKind.Unallocated ? "a reserved fault" : $"{(IsWithAn(syndrome.FaultKind) ? "an" : "a")} {Of(syndrome.Status)}";
        string when = syndrome.IsStage1Walk ? ", of stage 2 while it read a stage 1 table" : string.Empty;
        string about = (syndrome.IsOverlay, syndrome.IsDirtyState) switch
        {
            (true, _) => "; the overlay took the right away",
            (_, true) => "; the page is clean, and hardware does not make it dirty",
            _ => string.Empty,
        };
        return $"{exception}: {access} met {fault}{when}{about}{(syndrome.IsFarValid ? string.Empty : "; FAR is not valid")}.";
    }

    private static bool IsWithAn(FaultKind kind) =>
        kind is FaultKind.AddressSize or FaultKind.AccessFlag or FaultKind.Alignment or FaultKind.UnsupportedAtomicUpdate or FaultKind.UnsupportedExclusive;
}
