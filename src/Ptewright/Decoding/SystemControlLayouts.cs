using static Ptewright.Decoding.ControlLayouts;
using static Ptewright.Decoding.FieldLayout;

namespace Ptewright.Decoding;

/// <summary>The fields of SCTLR_EL1, and of SCTLR_EL2 where it controls EL2&amp;0 (HCR_EL2.E2H = 1).</summary>
/// <remarks>Arm ARM D24.2 (SCTLR_EL1, SCTLR_EL2). With E2H = 0 some of SCTLR_EL2's fields that are about EL0 are reserved.</remarks>
internal static class SystemControlLayouts
{
    private static readonly string[] _trapped = ["trapped", "not trapped"];
    private static readonly string[] _endianness = ["little-endian", "big-endian"];
    private static readonly string[] _tagFaults = ["no effect", "synchronous fault", "asynchronously noted", "synchronous for reads, asynchronously noted for writes"];

    /// <summary>SCTLR_EL1.</summary>
    public static FieldLayout Sctlr { get; } = Of("SCTLR_EL1", "BT1", "EL1", Bit("UMA", 9, "EL0 may use DAIF", _trapped));

    /// <summary>SCTLR_EL2.</summary>
    public static FieldLayout SctlrEl2 { get; } = Of("SCTLR_EL2", "BT", "EL2", Reserved(9, 9));

    private static FieldLayout Of(string name, string branchTarget, string level, BitField ninth) => new(
        name,
        [
            Bit("TIDCP", 63, "IMPLEMENTATION DEFINED instructions and registers of EL0 are trapped (FEAT_TIDCP1)", No),
            Bit("SPINTMASK", 62, "the SP chosen masks interrupts (FEAT_NMI)", No),
            Bit("NMI", 61, "interrupts with superpriority are not maskable (FEAT_NMI)", No),
            Bit("EnTP2", 60, "EL0 and TPIDR2_EL0 (FEAT_SME)", _trapped),
            Bit("TCSO", 59, $"of {level} only stores are tag-checked (FEAT_MTE_STORE_ONLY)", No),
            Bit("TCSO0", 58, "of EL0 only stores are tag-checked (FEAT_MTE_STORE_ONLY)", No),
            Bit("EPAN", 57, "PSTATE.PAN also forbids data accesses to what EL0 may execute (FEAT_PAN3)", No),
            Bit("EnALS", 56, "LD64B and ST64B at EL0 (FEAT_LS64)", _trapped),
            Bit("EnAS0", 55, "ST64BV0 at EL0 (FEAT_LS64_ACCDATA)", _trapped),
            Bit("EnASR", 54, "ST64BV at EL0 (FEAT_LS64_V)", _trapped),
            Reserved(53, 50),
            Bits("TWEDEL", 49, 46, "a WFE of EL0 is trapped after 2^(TWEDEL + 8) cycles (FEAT_TWED)"),
            Bit("TWEDEn", 45, "TWEDEL counts (FEAT_TWED)", No),
            Bit("DSSBS", 44, "PSTATE.SSBS on exception entry (FEAT_SSBS)"),
            Bit("ATA", 43, $"{level} reaches allocation tags (FEAT_MTE2)", No),
            Bit("ATA0", 42, "EL0 reaches allocation tags (FEAT_MTE2)", No),
            Bits("TCF", 41, 40, $"a failed tag check of {level} (FEAT_MTE2)", _tagFaults),
            Bits("TCF0", 39, 38, "a failed tag check of EL0 (FEAT_MTE2)", _tagFaults),
            Bit("ITFSB", 37, "tag checks noted asynchronously are synchronised on exception entry (FEAT_MTE_ASYNC)", No),
            Bit(branchTarget, 36, $"PACIASP and PACIBSP are no target of every indirect branch at {level} (FEAT_BTI)", No),
            Bit("BT0", 35, "PACIASP and PACIBSP are no target of every indirect branch at EL0 (FEAT_BTI)", No),
            Bit("EnFPM", 34, "EL0 and FPMR (FEAT_FPMR)", _trapped),
            Bit("MSCEn", 33, "EL0 may copy and set memory by single instructions (FEAT_MOPS)", No),
            Bit("CMOW", 32, "cache maintenance of EL0 needs the right to write (FEAT_CMOW)", No),
            Bit("EnIA", 31, "instruction addresses are authenticated with key A (FEAT_PAuth)", No),
            Bit("EnIB", 30, "instruction addresses are authenticated with key B (FEAT_PAuth)", No),
            Bit("LSMAOE", 29, "loads and stores of several registers in AArch32 are ordered (FEAT_LSMAOC)", No),
            Bit("nTLSMD", 28, "loads and stores of several registers to device memory in AArch32 (FEAT_LSMAOC)", _trapped),
            Bit("EnDA", 27, "data addresses are authenticated with key A (FEAT_PAuth)", No),
            Bit("UCI", 26, "cache maintenance at EL0", _trapped),
            Bit("EE", 25, $"endianness of data at {level} and of walks", _endianness),
            Bit("E0E", 24, "endianness of data at EL0", _endianness),
            Bit("SPAN", 23, "PSTATE.PAN on exception entry (FEAT_PAN)", "set", "unchanged"),
            Bit("EIS", 22, "exception entry is context synchronizing (FEAT_ExS, else reserved as 1)", No),
            Bit("IESB", 21, "exceptions have an implicit error synchronization barrier (FEAT_IESB)", No),
            Bit("TSCXT", 20, "EL0 and SCXTNUM_EL0 (FEAT_CSV2_2)", "not trapped", "trapped"),
            Bit("WXN", 19, "what may be written may not be executed; does not count with TCR2's PIE", No),
            Bit("nTWE", 18, "WFE at EL0", _trapped),
            Reserved(17, 17),
            Bit("nTWI", 16, "WFI at EL0", _trapped),
            Bit("UCT", 15, "EL0 and CTR_EL0", _trapped),
            Bit("DZE", 14, "DC ZVA at EL0", _trapped),
            Bit("EnDB", 13, "data addresses are authenticated with key B (FEAT_PAuth)", No),
            Bit("I", 12, "instruction fetches may be cached", No),
            Bit("EOS", 11, "exception return is context synchronizing (FEAT_ExS, else reserved as 1)", No),
            Bit("EnRCTX", 10, "prediction restriction instructions at EL0 (FEAT_SPECRES)", _trapped),
            ninth,
            Bit("SED", 8, "SETEND in AArch32 at EL0", "allowed", "undefined"),
            Bit("ITD", 7, "long IT blocks in AArch32 at EL0", "allowed", "undefined"),
            Bit("nAA", 6, "unaligned acquire and release within 16 bytes (FEAT_LSE2)", "fault", "allowed"),
            Bit("CP15BEN", 5, "barriers by coprocessor 15 in AArch32 at EL0", "undefined", "allowed"),
            Bit("SA0", 4, "SP is checked for alignment at EL0", No),
            Bit("SA", 3, $"SP is checked for alignment at {level}", No),
            Bit("C", 2, "data and tables may be cached", No),
            Bit("A", 1, "every data access is checked for alignment", No),
            Bit("M", 0, "stage 1 translation is on", No),
        ]);
}
