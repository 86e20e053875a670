using Ptewright.Translation;
using static Ptewright.Decoding.ControlLayouts;
using static Ptewright.Decoding.FieldLayout;

namespace Ptewright.Decoding;

/// <summary>The fields of ESR_EL1 and ESR_EL2: which ones there are depends on the class, EC.</summary>
/// <remarks>Arm ARM D24.2 (ESR_EL1, ESR_EL2), the tables "ISS encoding for an exception from …". Aborts and debug exceptions: <see cref="AbortLayouts"/>.</remarks>
internal static class SyndromeLayouts
{
    private static readonly string[] _directions = ["write (MCR, MSR, STC)", "read (MRC, MRS, LDC)"];

    private static readonly BitField[] _condition = [Bit("CV", 24, "COND is valid", No), Bits("COND", 23, 20, "condition code of the instruction, in AArch32")];

    private static readonly BitField[] _immediate = [Reserved(24, 16), Bits("imm16", 15, 0, "the number in the instruction")];

    private static readonly BitField _direction = Bit("Direction", 0, "what was trapped", _directions);

    private static readonly BitField[] _none = [Reserved(24, 0)];

    private static readonly BitField[] _raw = [Bits("ISS", 24, 0, "syndrome of this class")];

    private static readonly BitField[] _coprocessor =
    [
        .. _condition,
        Bits("Opc2", 19, 17, "of the instruction"),
        Bits("Opc1", 16, 14, "of the instruction"),
        Bits("CRn", 13, 10, "of the instruction"),
        Bits("Rt", 9, 5, "the general-purpose register"),
        Bits("CRm", 4, 1, "of the instruction"),
        _direction,
    ];

    private static readonly BitField[] _coprocessorPair =
    [
        .. _condition,
        Bits("Opc1", 19, 16, "of the instruction"),
        Reserved(15, 15),
        Bits("Rt2", 14, 10, "the second general-purpose register"),
        Bits("Rt", 9, 5, "the general-purpose register"),
        Bits("CRm", 4, 1, "of the instruction"),
        _direction,
    ];

    private static readonly BitField[] _system =
    [
        Reserved(24, 22),
        Bits("Op0", 21, 20, "of the instruction"),
        Bits("Op2", 19, 17, "of the instruction"),
        Bits("Op1", 16, 14, "of the instruction"),
        Bits("CRn", 13, 10, "of the instruction"),
        Bits("Rt", 9, 5, "the general-purpose register"),
        Bits("CRm", 4, 1, "of the instruction"),
        _direction,
    ];

    private static readonly BitField[] _floatingPoint =
    [
        Reserved(24, 24),
        Bit("TFV", 23, "the bits below say what happened", No),
        Reserved(22, 11),
        Bits("VECITR", 10, 8, "reserved as 1 in AArch64"),
        Bit("IDF", 7, "input denormal", No),
        Reserved(6, 5),
        Bit("IXF", 4, "inexact", No),
        Bit("UFF", 3, "underflow", No),
        Bit("OFF", 2, "overflow", No),
        Bit("DZF", 1, "division by zero", No),
        Bit("IOF", 0, "invalid operation", No),
    ];

    private static readonly BitField[] _memoryOperation =
    [
        Bit("MemInst", 24, "the kind of instruction", "copy", "set"),
        Bit("isSETG", 23, "it also sets tags", No),
        Bits("Options", 22, 19, "options of the instruction"),
        Bit("FromEpilogue", 18, "it was the last of the three instructions", No),
        Bit("WrongOption", 17, "its registers belong to the other algorithm", No),
        Bit("OptionA", 16, "the algorithm of this CPU", "option B", "option A"),
        Reserved(15, 15),
        Bits("Destreg", 14, 10, "register of the destination"),
        Bits("Srcreg", 9, 5, "register of the source, or of the data"),
        Bits("Sizereg", 4, 0, "register of the size"),
    ];

    private static readonly BitField[] _guardedControlStack =
    [
        Reserved(24, 24),
        Bits("ExType", 23, 20, "what failed", "check of a return address or entry", "EXLOCK", "trapped GCSSTR or GCSSTTR"),
        Reserved(19, 15),
        Bits("Raddr", 14, 10, "register of the address, of a trapped store"),
        Bits("Rn", 9, 5, "register of the target, or of the data"),
        Bits("IT", 4, 0, "the instruction", "RET", "GCSPOPM", "RET with key A", "RET with key B", "GCSSS1", "GCSSS2", "GCSPOPCX", "GCSPOPX"),
    ];

    private static readonly BitField[] _sError =
    [
        Bit("IDS", 24, "the other bits are IMPLEMENTATION DEFINED", No),
        Reserved(23, 15),
        Bit("PFV", 14, "PFAR_EL1 or PFAR_EL2 is valid (FEAT_PFAR)", No),
        Bit("IESB", 13, "an implicit error synchronization barrier synchronised it (FEAT_IESB)", No),
        Bits("AET", 12, 10, "the state that it left (FEAT_RAS)", "uncontainable", "unrecoverable", "restartable", "recoverable", null, null, "corrected"),
        Bit("EA", 9, "external abort type, IMPLEMENTATION DEFINED"),
        Reserved(8, 6),
        Bits("DFSC", 5, 0, "the error", [.. Enumerable.Range(0, 64).Select(code => code == 0 ? "uncategorized error" : code == 0x11 ? "asynchronous SError" : "reserved")]),
    ];

    /// <summary>ESR_EL1 or ESR_EL2 with a value.</summary>
    /// <param name="name">Which.</param>
    /// <param name="raw">Its value.</param>
    public static FieldLayout Of(string name, ulong raw)
    {
        ExceptionSyndrome syndrome = new(raw);
        return new FieldLayout(
            $"{name}, {FaultText.Of(syndrome.Class)}",
            [
                Reserved(63, 56),
                .. AbortLayouts.SecondSyndrome(syndrome),
                Bits("EC", 31, 26, "exception class", FaultText.Classes),
                Bit("IL", 25, "length of the instruction", "16 bits", "32 bits, or not known"),
                .. Syndrome(syndrome),
            ]);
    }

    private static BitField[] Syndrome(ExceptionSyndrome syndrome) => syndrome.Class switch
    {
        ExceptionClass.TrappedWait =>
        [
            .. _condition,
            Reserved(19, 10),
            Bits("RN", 9, 5, "the register with the time"),
            Reserved(4, 3),
            Bit("RV", 2, "RN is valid", No),
            Bits("TI", 1, 0, "the instruction", "WFI", "WFE", "WFIT", "WFET"),
        ],
        ExceptionClass.TrappedCp15 or ExceptionClass.TrappedCp14 or ExceptionClass.TrappedVmrs => _coprocessor,
        ExceptionClass.TrappedCp15Pair or ExceptionClass.TrappedCp14Pair => _coprocessorPair,
        ExceptionClass.TrappedLoadStoreCp14 =>
        [
            .. _condition,
            Bits("imm8", 19, 12, "the number in the instruction"),
            Reserved(11, 10),
            Bits("Rn", 9, 5, "the general-purpose register of the address"),
            Bit("Offset", 4, "the offset", "subtracted", "added"),
            Bits("AM", 3, 1, "addressing mode"),
            _direction,
        ],
        ExceptionClass.TrappedFloatingPoint => [.. _condition, Reserved(19, 0)],
        ExceptionClass.TrappedOther => [Bits("ISS", 24, 0, "the instruction", "ST64BV", "ST64BV0", "LD64B or ST64B", "TSB CSYNC", "PSB CSYNC")],
        ExceptionClass.BranchTarget => [Reserved(24, 2), Bits("BTYPE", 1, 0, "PSTATE.BTYPE, how the branch came")],
        ExceptionClass.Svc32 or ExceptionClass.Hvc32 or ExceptionClass.Svc or ExceptionClass.Hvc or ExceptionClass.Smc => _immediate,
        ExceptionClass.Smc32 => [.. _condition, Bit("CCKNOWNPASS", 19, "whether the condition is known to have passed", "known", "not known"), Reserved(18, 0)],
        ExceptionClass.TrappedSystem or ExceptionClass.TrappedSystemPair => _system,
        ExceptionClass.TrappedEret => [Reserved(24, 2), Bit("ERET", 1, "the instruction", "ERET", "ERETAA or ERETAB"), Bit("ERETA", 0, "of those two", "ERETAA", "ERETAB")],
        ExceptionClass.TransactionStart => [Reserved(24, 10), Bits("Rd", 9, 5, "the general-purpose register"), Reserved(4, 0)],
        ExceptionClass.PointerAuthentication =>
            [Reserved(24, 2), Bit("Bit1", 1, "what was authenticated (the manual has no name)", "instruction key", "data key"), Bit("Bit0", 0, "with which key (the manual has no name)", "key A", "key B")],
        ExceptionClass.TrappedSme =>
        [
            Reserved(24, 3),
            Bits("SMTC", 2, 0, "why", "SME is trapped", "illegal in streaming mode", "needs streaming mode", "needs ZA", "ZT0 is trapped"),
        ],
        ExceptionClass.MemoryOperation => _memoryOperation,
        ExceptionClass.FloatingPoint32 or ExceptionClass.FloatingPoint => _floatingPoint,
        ExceptionClass.GuardedControlStack => _guardedControlStack,
        ExceptionClass.SError => (syndrome.Details & (1 << 24)) == 0
            ? _sError
            : [Bit("IDS", 24, "the other bits are IMPLEMENTATION DEFINED", No), Bits("ISS_23_0", 23, 0, "IMPLEMENTATION DEFINED")],
        ExceptionClass.Bkpt32 or ExceptionClass.Brk => [Reserved(24, 16), Bits("Comment", 15, 0, "the number in the instruction")],
        ExceptionClass.Unknown or ExceptionClass.TrappedPointerAuthentication or ExceptionClass.TrappedSve or ExceptionClass.IllegalState or ExceptionClass.PcAlignment
            or ExceptionClass.SpAlignment => _none,
        _ => AbortLayouts.Syndrome(syndrome) ?? _raw,
    };
}
