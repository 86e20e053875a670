using static Ptewright.Decoding.ControlLayouts;
using static Ptewright.Decoding.FieldLayout;

namespace Ptewright.Decoding;

/// <summary>The fields of ID_AA64MMFR0_EL1 to ID_AA64MMFR2_EL1: what the CPU's translation can do.</summary>
/// <remarks>Arm ARM D24.2. Values that have no word are reserved, or newer than this table.</remarks>
internal static class MemoryFeatureLayouts
{
    private static readonly string?[] _signedGranule = ["supported", "supported, also with 52-bit addresses (FEAT_LPA2)", .. new string?[13], "not supported"];

    private static readonly string[] _stage2Granule = ["as stage 1", "not supported", "supported", "supported, also with 52-bit addresses (FEAT_LPA2)"];

    /// <summary>ID_AA64MMFR0_EL1.</summary>
    public static FieldLayout First { get; } = new(
        "ID_AA64MMFR0_EL1",
        [
            Field("ECV", 60, "virtual counter extensions (FEAT_ECV)", "no", "yes", "yes, with CNTPOFF_EL2"),
            Field("FGT", 56, "fine-grained traps", "no", "FEAT_FGT", "FEAT_FGT2"),
            Reserved(55, 48),
            Feature("ExS", 44, "exception entry and return need not be context synchronizing (FEAT_ExS)"),
            Field("TGran4_2", 40, "4K pages at stage 2", _stage2Granule),
            Field("TGran64_2", 36, "64K pages at stage 2", "as stage 1", "not supported", "supported"),
            Field("TGran16_2", 32, "16K pages at stage 2", _stage2Granule),
            Field("TGran4", 28, "4K pages", _signedGranule),
            Field("TGran64", 24, "64K pages", ["supported", .. new string?[14], "not supported"]),
            Field("TGran16", 20, "16K pages", "not supported", "supported", "supported, also with 52-bit addresses (FEAT_LPA2)"),
            Feature("BigEndEL0", 16, "big-endian data at EL0, where BigEnd says no"),
            Feature("SNSMem", 12, "secure and non-secure memory are told apart"),
            Feature("BigEnd", 8, "big-endian data at any level"),
            Field("ASIDBits", 4, "size of ASIDs", "8 bits", null, "16 bits"),
            Field("PARange", 0, "size of physical addresses", AddressSizes),
        ]);

    /// <summary>ID_AA64MMFR1_EL1.</summary>
    public static FieldLayout Second { get; } = new(
        "ID_AA64MMFR1_EL1",
        [
            Feature("ECBHB", 60, "exceptions isolate the branch history (FEAT_ECBHB)"),
            Feature("CMOW", 56, "cache maintenance can need the right to write (FEAT_CMOW)"),
            Feature("TIDCP1", 52, "SCTLR_EL1.TIDCP (FEAT_TIDCP1)"),
            Field("nTLBPA", 48, "intermediate caches of walks", "may hold old physical tables after a change of them", "hold none (FEAT_nTLBPA)"),
            Feature("AFP", 44, "alternate floating-point behaviour (FEAT_AFP)"),
            Feature("HCX", 40, "HCRX_EL2 (FEAT_HCX)"),
            Field("ETS", 36, "enhanced translation synchronization", "no", "no (withdrawn FEAT_ETS)", "FEAT_ETS2", "FEAT_ETS3"),
            Feature("TWED", 32, "delayed trapping of WFE (FEAT_TWED)"),
            Feature("XNX", 28, "execute-never at stage 2 for EL1 and EL0 apart (FEAT_XNX)"),
            Field("SpecSEI", 24, "speculative reads can cause SErrors", "never", "perhaps"),
            Field("PAN", 20, "privileged access never", "no", "FEAT_PAN", "FEAT_PAN2: also for AT", "FEAT_PAN3: also EPAN"),
            Feature("LO", 16, "LORegions (FEAT_LOR)"),
            Field("HPDS", 12, "permissions in table descriptors can be disabled", "no", "FEAT_HPDS", "FEAT_HPDS2: also bits 62:59 for hardware"),
            Feature("VH", 8, "EL2 can host an operating system (FEAT_VHE)"),
            Field("VMIDBits", 4, "size of VMIDs", "8 bits", null, "16 bits (FEAT_VMID16)"),
            Field(
                "HAFDBS",
                0,
                "hardware updates of tables",
                "none",
                "Access flag",
                "Access flag and dirty state",
                "also the Access flag of tables (FEAT_HAFT)",
                "also a record of what became dirty (FEAT_HDBSS)"),
        ]);

    /// <summary>ID_AA64MMFR2_EL1.</summary>
    public static FieldLayout Third { get; } = new(
        "ID_AA64MMFR2_EL1",
        [
            Feature("E0PD", 60, "EL0 can be kept out of a half without a walk (FEAT_E0PD)"),
            Field("EVT", 56, "more traps to EL2", "none", "TOCU, TICAB, TID4", "also TTLBIS and TTLBOS (FEAT_EVT)"),
            Field(
                "BBM",
                52,
                "changing the size of a valid entry (FEAT_BBM)",
                "level 0: only with break-before-make",
                "level 1: with the nT bit",
                "level 2: at once, perhaps a TLB conflict abort",
                "level 3: at once, without a TLB conflict abort"),
            Feature("TTL", 48, "TLBI by address takes a level (FEAT_TTL)"),
            Reserved(47, 44),
            Feature("FWB", 40, "stage 2 can override the memory type (FEAT_S2FWB)"),
            Field("IDS", 36, "reads of feature registers that are trapped to EL1 or EL2 are reported as", "unknown reason", "trapped system instruction", "trapped system instruction, also at EL3"),
            Feature("AT", 32, "16-byte accesses within 16 bytes are single-copy atomic (FEAT_LSE2)"),
            Field("ST", 28, "the most of TxSZ", "39", "48, with 64K pages 47 (FEAT_TTST)"),
            Field("NV", 24, "nested virtualization", "no", "FEAT_NV", "FEAT_NV2"),
            Field("CCIDX", 20, "form of CCSIDR_EL1", "32 bits", "64 bits (FEAT_CCIDX)"),
            Field("VARange", 16, "size of virtual addresses", "48 bits", "52 bits with 64K pages (FEAT_LVA)", "56 bits (FEAT_LVA3)"),
            Feature("IESB", 12, "implicit error synchronization barriers (FEAT_IESB)"),
            Feature("LSM", 8, "SCTLR_EL1.LSMAOE and nTLSMD (FEAT_LSMAOC)"),
            Feature("UAO", 4, "PSTATE.UAO (FEAT_UAO)"),
            Feature("CnP", 0, "TTBRs can be common with other CPUs (FEAT_TTCNP)"),
        ]);

    /// <summary>Four bits.</summary>
    internal static BitField Field(string name, int low, string meaning, params string?[] words) => Bits(name, low + 3, low, meaning, words);

    /// <summary>Four bits: no, yes.</summary>
    internal static BitField Feature(string name, int low, string meaning) => Field(name, low, meaning, No);
}
