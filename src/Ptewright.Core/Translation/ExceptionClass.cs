namespace Ptewright.Translation;

/// <summary>Why an exception was taken: the field EC, bits 31:26, of ESR_EL1, ESR_EL2 and ESR_EL3. Values without a name are reserved.</summary>
/// <remarks>Arm ARM D24.2 (ESR_EL1, ESR_EL2). "Lower" is an Exception level below the one that took the exception, "current" the same one.</remarks>
public enum ExceptionClass
{
    /// <summary>Unknown reason, an undefined instruction among them.</summary>
    Unknown = 0x00,

    /// <summary>A trapped WFI, WFE, WFIT or WFET.</summary>
    TrappedWait = 0x01,

    /// <summary>A trapped MCR or MRC of coprocessor 15 (AArch32).</summary>
    TrappedCp15 = 0x03,

    /// <summary>A trapped MCRR or MRRC of coprocessor 15 (AArch32).</summary>
    TrappedCp15Pair = 0x04,

    /// <summary>A trapped MCR or MRC of coprocessor 14 (AArch32).</summary>
    TrappedCp14 = 0x05,

    /// <summary>A trapped LDC or STC (AArch32).</summary>
    TrappedLoadStoreCp14 = 0x06,

    /// <summary>Trapped floating point, SIMD or SVE: CPACR_EL1.FPEN or CPTR_ELx.</summary>
    TrappedFloatingPoint = 0x07,

    /// <summary>A trapped VMRS (AArch32), to EL2.</summary>
    TrappedVmrs = 0x08,

    /// <summary>A trapped pointer authentication instruction, to EL2 or EL3.</summary>
    TrappedPointerAuthentication = 0x09,

    /// <summary>A trapped LD64B, ST64B, ST64BV or ST64BV0, or an instruction that no other class is for.</summary>
    TrappedOther = 0x0a,

    /// <summary>A trapped MRRC of coprocessor 14 (AArch32).</summary>
    TrappedCp14Pair = 0x0c,

    /// <summary>Branch Target exception (FEAT_BTI).</summary>
    BranchTarget = 0x0d,

    /// <summary>Illegal Execution state.</summary>
    IllegalState = 0x0e,

    /// <summary>SVC in AArch32 state.</summary>
    Svc32 = 0x11,

    /// <summary>HVC in AArch32 state.</summary>
    Hvc32 = 0x12,

    /// <summary>SMC in AArch32 state.</summary>
    Smc32 = 0x13,

    /// <summary>A trapped MSRR, MRRS or SYSP (FEAT_SYSREG128, FEAT_SYSINSTR128).</summary>
    TrappedSystemPair = 0x14,

    /// <summary>SVC in AArch64 state.</summary>
    Svc = 0x15,

    /// <summary>HVC in AArch64 state.</summary>
    Hvc = 0x16,

    /// <summary>SMC in AArch64 state.</summary>
    Smc = 0x17,

    /// <summary>A trapped MSR, MRS or system instruction in AArch64 state.</summary>
    TrappedSystem = 0x18,

    /// <summary>Trapped SVE.</summary>
    TrappedSve = 0x19,

    /// <summary>A trapped ERET, ERETAA or ERETAB, to EL2.</summary>
    TrappedEret = 0x1a,

    /// <summary>TSTART at EL0 (FEAT_TME).</summary>
    TransactionStart = 0x1b,

    /// <summary>A failed pointer authentication (FEAT_FPAC).</summary>
    PointerAuthentication = 0x1c,

    /// <summary>Trapped SME.</summary>
    TrappedSme = 0x1d,

    /// <summary>A granule protection check failed, to EL3 (FEAT_RME). A failed check that is reported to EL1 or EL2 is an abort.</summary>
    GranuleProtectionCheck = 0x1e,

    /// <summary>IMPLEMENTATION DEFINED, to EL3.</summary>
    ImplementationDefined = 0x1f,

    /// <summary>Instruction Abort from a lower Exception level.</summary>
    InstructionAbortLower = 0x20,

    /// <summary>Instruction Abort from the current Exception level.</summary>
    InstructionAbortCurrent = 0x21,

    /// <summary>PC alignment fault.</summary>
    PcAlignment = 0x22,

    /// <summary>Data Abort from a lower Exception level.</summary>
    DataAbortLower = 0x24,

    /// <summary>Data Abort from the current Exception level.</summary>
    DataAbortCurrent = 0x25,

    /// <summary>SP alignment fault.</summary>
    SpAlignment = 0x26,

    /// <summary>Memory copy or set instruction in a wrong state (FEAT_MOPS).</summary>
    MemoryOperation = 0x27,

    /// <summary>Floating-point exception in AArch32 state.</summary>
    FloatingPoint32 = 0x28,

    /// <summary>Floating-point exception in AArch64 state.</summary>
    FloatingPoint = 0x2c,

    /// <summary>Guarded Control Stack exception (FEAT_GCS).</summary>
    GuardedControlStack = 0x2d,

    /// <summary>SError: an asynchronous abort.</summary>
    SError = 0x2f,

    /// <summary>Breakpoint from a lower Exception level.</summary>
    BreakpointLower = 0x30,

    /// <summary>Breakpoint from the current Exception level.</summary>
    BreakpointCurrent = 0x31,

    /// <summary>Software Step from a lower Exception level.</summary>
    SoftwareStepLower = 0x32,

    /// <summary>Software Step from the current Exception level.</summary>
    SoftwareStepCurrent = 0x33,

    /// <summary>Watchpoint from a lower Exception level.</summary>
    WatchpointLower = 0x34,

    /// <summary>Watchpoint from the current Exception level.</summary>
    WatchpointCurrent = 0x35,

    /// <summary>BKPT in AArch32 state.</summary>
    Bkpt32 = 0x38,

    /// <summary>Vector Catch in AArch32 state, to EL2.</summary>
    VectorCatch32 = 0x3a,

    /// <summary>BRK in AArch64 state.</summary>
    Brk = 0x3c,

    /// <summary>Profiling exception (FEAT_EBEP, FEAT_SPE_EXC, FEAT_TRBE_EXC).</summary>
    Profiling = 0x3d,
}
