using Ptewright.Translation;
using static Ptewright.Decoding.ControlLayouts;
using static Ptewright.Decoding.FieldLayout;

namespace Ptewright.Decoding;

/// <summary>The fields of FAR and of PAR_EL1, what AT instructions answer.</summary>
/// <remarks>Arm ARM D24.2 (FAR_EL1, PAR_EL1), the 64-bit form of PAR_EL1.</remarks>
internal static class FaultAddressLayouts
{
    private static readonly FieldLayout _success = new(
        "PAR_EL1, success",
        [
            Special(FieldUnit.MemoryAttribute, "ATTR", 63, 56, "memory type, as a byte of MAIR_EL1"),
            Reserved(55, 52),
            Address("PA", "the page that it leads to", new FieldPiece(51, 12, 12)),
            Bit("NSE", 11, "with NS the physical address space (FEAT_RME); else reserved as 1"),
            Bit("IMP_DEF_10", 10, "IMPLEMENTATION DEFINED"),
            Bit("NS", 9, "Non-secure"),
            Bits("SH", 8, 7, "shareability", Shareable),
            Reserved(6, 1),
            Bit("F", 0, "whether the translation failed", No),
        ]);

    private static readonly FieldLayout _failure = new(
        "PAR_EL1, fault",
        [
            Bits("IMP_DEF_63_48", 63, 48, "IMPLEMENTATION DEFINED"),
            Reserved(47, 16),
            Bit("DirtyBit", 15, "dirty state is what the fault is about (FEAT_S1PIE, FEAT_S2PIE)", No),
            Bit("Overlay", 14, "overlay permissions are what the fault is about (FEAT_S1POE, FEAT_S2POE)", No),
            Bit("TopLevel", 13, "the root of a TTBR lies where stage 2 does not allow it (FEAT_THE)", No),
            Bit("AssuredOnly", 12, "stage 2 wants an assured translation (FEAT_THE)", No),
            Ones(11),
            Reserved(10, 10),
            Bit("S", 9, "the stage of the fault", "stage 1", "stage 2"),
            Bit("PTW", 8, "stage 2 failed for a stage 1 table", No),
            Reserved(7, 7),
            Bits("FST", 6, 1, "the fault", FaultText.Statuses),
            Bit("F", 0, "whether the translation failed", No),
        ]);

    /// <summary>FAR_EL1 and FAR_EL2.</summary>
    /// <param name="name">Which.</param>
    public static FieldLayout Far(string name) => new(name, [Special(FieldUnit.Address, "VA", 63, 0, "the address that faulted, where ESR says that it is valid")]);

    /// <summary>PAR_EL1. The form depends on bit 0, F.</summary>
    /// <param name="raw">Its value.</param>
    public static FieldLayout Par(ulong raw) => HasFailed(raw) ? _failure : _success;

    /// <summary>PAR_EL1 in one sentence.</summary>
    public static string Describe(ulong raw) => HasFailed(raw)
        ? $"The translation failed: {FaultText.Of(new FaultStatus((int)(raw >> 1)))}{((raw >> 8 & 3) switch
        {
            3 => ", of stage 2 while it read a stage 1 table",
            >= 2 => " of stage 2",
            _ => string.Empty,
        })}."
        : $"The address leads to the page 0x{raw & 0x000f_ffff_ffff_f000:x}, {MemoryAttributeText.Of((byte)(raw >> 56))}.";

    private static bool HasFailed(ulong raw) => (raw & 1) != 0;
}
