using Ptewright.Translation;
using static Ptewright.Decoding.ControlLayouts;
using static Ptewright.Decoding.FieldLayout;

namespace Ptewright.Decoding;

/// <summary>The fields of ESR for aborts and debug exceptions.</summary>
/// <remarks>Arm ARM D24.2 (ESR_EL1, ESR_EL2): "ISS encoding for an exception from a Data Abort", "from an Instruction Abort", "from a Watchpoint exception", "from a Breakpoint …".</remarks>
internal static class AbortLayouts
{
    private static readonly string?[] _debugStatuses = [.. Enumerable.Range(0, 64).Select(code => code == 0x22 ? "debug exception" : "reserved")];

    private static readonly string[] _fetchStatuses =
        [.. Enumerable.Range(0, 64).Select(code => new FaultStatus(code)).Select(status => status.IsOfDataOnly ? "reserved" : FaultText.Of(status))];

    private static readonly BitField _write = Bit("WnR", 6, "the access", "read", "write");

    private static readonly BitField _farNotValid = Bit("FnV", 10, "FAR is not valid; counts for external aborts that are not on a walk", No);

    private static readonly BitField _externalType = Bit("EA", 9, "external abort type, IMPLEMENTATION DEFINED");

    private static readonly BitField _set = Bits("SET", 12, 11, "state that a synchronous external abort left (FEAT_RAS)", "recoverable", "reserved", "uncontainable", "restartable");

    private static readonly BitField _walk = Bit("S1PTW", 7, "a stage 2 fault of a stage 1 table; counts at EL2", No);

    private static readonly BitField _physical = Bit("PFV", 14, "PFAR_EL1 or PFAR_EL2 is valid (FEAT_PFAR)", No);

    // Valid where ISV = 1, else reserved, but for bit 14.
    private static readonly BitField[] _instruction =
    [
        Bit("ISV", 24, "the instruction is described", No),
        Bits("SAS", 23, 22, "size of the access", "byte", "halfword", "word", "doubleword"),
        Bit("SSE", 21, "the data is sign-extended", No),
        Bits("SRT", 20, 16, "the general-purpose register"),
        Bit("SF", 15, "width of the register", "32 bits", "64 bits"),
        Bit("AR", 14, "acquire or release", No),
    ];

    private static readonly BitField[] _noInstruction = [_instruction[0], Reserved(23, 15), _physical];

    private static readonly BitField[] _fetch =
    [
        Reserved(24, 15),
        _physical,
        Reserved(13, 13),
        _set,
        _farNotValid,
        _externalType,
        Reserved(8, 8),
        _walk,
        Reserved(6, 6),
        Bits("IFSC", 5, 0, "the fault", _fetchStatuses),
    ];

    private static readonly BitField[] _watchpoint =
    [
        Reserved(24, 24),
        Bits("WPT", 23, 18, "number of the watchpoint"),
        Bit("WPTV", 17, "WPT is valid", No),
        Bit("WPF", 16, "the access may not have matched: a false positive", No),
        Bit("FnP", 15, "FAR is not precise", No),
        Reserved(14, 14),
        Bit("VNCR", 13, "an access through VNCR_EL2 (FEAT_NV2)", No),
        Reserved(12, 11),
        Bit("FnV", 10, "FAR is not valid", No),
        Reserved(9, 9),
        Bit("CM", 8, "cache maintenance", No),
        Reserved(7, 7),
        _write,
        Bits("DFSC", 5, 0, "what it is", _debugStatuses),
    ];

    private static readonly BitField[] _dataSecond =
    [
        Reserved(55, 44),
        Bit("HDBSSF", 43, "the buffer of what became dirty is full or faulted (FEAT_HDBSS)", No),
        Bit("TnD", 42, "the fault is because of NoTagAccess memory (FEAT_MTE_PERM)", No),
        Bit("TagAccess", 41, "the access was to tags (FEAT_MTE_PERM)", No),
        Bit("GCS", 40, "the access was to a guarded control stack (FEAT_GCS)", No),
        Bit("AssuredOnly", 39, "stage 2 wants an assured translation (FEAT_THE)", No),
        Bit("Overlay", 38, "the overlay took the right away (FEAT_S1POE, FEAT_S2POE)", No),
        Bit("DirtyBit", 37, "the page is clean, and hardware does not make it dirty (FEAT_S1PIE, FEAT_S2PIE)", No),
        Bits("Xs", 36, 32, "the register of ST64BV or ST64BV0 (FEAT_LS64)"),
    ];

    private static readonly BitField[] _fetchSecond =
    [
        Reserved(55, 44),
        Bit("HDBSSF", 43, "the buffer of what became dirty is full or faulted (FEAT_HDBSS)", No),
        Reserved(42, 40),
        Bit("AssuredOnly", 39, "stage 2 wants an assured translation (FEAT_THE)", No),
        Bit("Overlay", 38, "the overlay took the right away (FEAT_S1POE, FEAT_S2POE)", No),
        Reserved(37, 32),
    ];

    /// <summary>ISS2: bits 55:32.</summary>
    public static BitField[] SecondSyndrome(ExceptionSyndrome syndrome) =>
        syndrome.IsDataAbort ? _dataSecond : syndrome.IsInstructionAbort ? _fetchSecond : [Reserved(55, 32)];

    /// <summary>ISS: bits 24:0; null for a class that is neither an abort nor a debug exception.</summary>
    public static BitField[]? Syndrome(ExceptionSyndrome syndrome) => syndrome.Class switch
    {
        ExceptionClass.InstructionAbortLower or ExceptionClass.InstructionAbortCurrent => _fetch,
        ExceptionClass.DataAbortLower or ExceptionClass.DataAbortCurrent =>
        [
            .. (syndrome.Details & (1 << 24)) != 0 ? _instruction : _noInstruction,
            Bit("VNCR", 13, "an access through VNCR_EL2 (FEAT_NV2)", No),
            .. Middle(syndrome.Status),
            _farNotValid,
            _externalType,
            Bit("CM", 8, "cache maintenance, or an address translation instruction", No),
            _walk,
            _write,
            Bits("DFSC", 5, 0, "the fault", FaultText.Statuses),
        ],
        ExceptionClass.WatchpointLower or ExceptionClass.WatchpointCurrent => _watchpoint,
        ExceptionClass.BreakpointLower or ExceptionClass.BreakpointCurrent or ExceptionClass.VectorCatch32 => [Reserved(24, 6), Bits("IFSC", 5, 0, "what it is", _debugStatuses)],
        ExceptionClass.SoftwareStepLower or ExceptionClass.SoftwareStepCurrent =>
        [
            Bit("ISV", 24, "EX is valid", No),
            Reserved(23, 7),
            Bit("EX", 6, "a load-exclusive was stepped", No),
            Bits("IFSC", 5, 0, "what it is", _debugStatuses),
        ],
        _ => null,
    };

    // Bits 12:11 are the kind of 64-byte store where a translation, access flag or permission fault may be of one, else the state after an external abort.
    private static BitField[] Middle(FaultStatus status) => status.Kind is FaultKind.Translation or FaultKind.AccessFlag or FaultKind.Permission or FaultKind.UnsupportedExclusive
        ? [Bits("LST", 12, 11, "kind of 64-byte access (FEAT_LS64)", "none, or not said", "ST64BV", "LD64B or ST64B", "ST64BV0")]
        : [_set];
}
