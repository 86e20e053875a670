using static Ptewright.Decoding.FieldLayout;
using static Ptewright.Decoding.MemoryFeatureLayouts;

namespace Ptewright.Decoding;

/// <summary>The fields of ID_AA64MMFR3_EL1 and ID_AA64MMFR4_EL1, which came with Armv8.9 and Armv9.4.</summary>
/// <remarks>Arm ARM D24.2. Values that have no word are reserved, or newer than this table.</remarks>
internal static class LaterMemoryFeatureLayouts
{
    /// <summary>ID_AA64MMFR3_EL1.</summary>
    public static FieldLayout Fourth { get; } = new(
        "ID_AA64MMFR3_EL1",
        [
            Field("Spec_FPACC", 60, "speculative use of failed pointer authentications", "may be seen", "is not seen"),
            Field("ADERR", 56, "errors of loads from device memory, asynchronous", "not said", "some", "FEAT_ADERR", "FEAT_ADERR, indirectly"),
            Field("SDERR", 52, "errors of loads from device memory, synchronous", "not said", "all", "FEAT_ADERR", "FEAT_ADERR, indirectly"),
            Reserved(51, 48),
            Field("ANERR", 44, "errors of loads from normal memory, asynchronous", "not said", "some", "FEAT_ANERR", "FEAT_ANERR, indirectly"),
            Field("SNERR", 40, "errors of loads from normal memory, synchronous", "not said", "all", "FEAT_ANERR", "FEAT_ANERR, indirectly"),
            Feature("D128_2", 36, "128-bit descriptors at stage 2 (FEAT_D128)"),
            Feature("D128", 32, "128-bit descriptors (FEAT_D128)"),
            Feature("MEC", 28, "memory encryption contexts (FEAT_MEC)"),
            Feature("AIE", 24, "sixteen memory types (FEAT_AIE)"),
            Feature("S2POE", 20, "permission overlays at stage 2 (FEAT_S2POE)"),
            Feature("S1POE", 16, "permission overlays at stage 1 (FEAT_S1POE)"),
            Feature("S2PIE", 12, "indirect permissions at stage 2 (FEAT_S2PIE)"),
            Feature("S1PIE", 8, "indirect permissions at stage 1 (FEAT_S1PIE)"),
            Feature("SCTLRX", 4, "SCTLR2_EL1 (FEAT_SCTLR2)"),
            Feature("TCRX", 0, "TCR2_EL1 (FEAT_TCR2)"),
        ]);

    /// <summary>ID_AA64MMFR4_EL1.</summary>
    public static FieldLayout Fifth { get; } = new(
        "ID_AA64MMFR4_EL1",
        [
            Feature("MTEFGT", 60, "fine-grained traps of tag accesses (newer than this table's words)"),
            Feature("SCRX", 56, "SCR2_EL3 (newer than this table's words)"),
            Feature("TEV", 52, "FEAT_TEV (newer than this table's words)"),
            Field("TPS", 48, "FEAT_TPS (newer than this table's words)"),
            Field("SRMASK", 44, "masks for writes of system registers", "no", "FEAT_SRMASK", "FEAT_SRMASK2"),
            Feature("TLBID", 40, "TLBI for a domain of CPUs (FEAT_TLBID)"),
            Feature("E3DSE", 36, "SErrors delegated by EL3 (FEAT_E3DSE)"),
            Feature("EAESR", 32, "more in ESR of external aborts (FEAT_EAESR)"),
            Feature("RMEGDI", 28, "granular data isolation (FEAT_RME_GDI)"),
            Field("E2H0", 24, "HCR_EL2.E2H can be 0", ["yes", .. new string?[13], "no, and NV1 neither", "no"]),
            Field("NV_frac", 20, "nested virtualization, more exactly", "as NV says", "FEAT_NV2 alone", "FEAT_NV2p1", "FEAT_NV3"),
            Feature("FGWTE3", 16, "fine-grained write traps to EL3 (FEAT_FGWTE3)"),
            Feature("HACDBS", 12, "hardware cleans dirty state (FEAT_HACDBS)"),
            Feature("ASID2", 8, "an ASID for each half (FEAT_ASID2)"),
            Field("EIESB", 4, "implicit error synchronization comes before the exception", ["no", "at EL3", "at every level", .. new string?[12], "not said"]),
            Feature("PoPS", 0, "cache maintenance to the Point of Physical Storage (FEAT_PoPS)"),
        ]);
}
