using static Ptewright.Decoding.FieldLayout;

namespace Ptewright.Decoding;

/// <summary>The fields of the registers that say how tables of EL1&amp;0 are read: TCR, TCR2, TTBR, MAIR, PIR and POR.</summary>
/// <remarks>Arm ARM D24.2, in their 64-bit forms. TCR2_EL2 and the PIR and POR of EL2 are those of EL2&amp;0 (HCR_EL2.E2H = 1).</remarks>
internal static class ControlLayouts
{
    /// <summary>0 and 1 of most fields of one bit.</summary>
    internal static readonly string[] No = ["no", "yes"];

    /// <summary>SH of TCR and VTCR.</summary>
    internal static readonly string[] Shareable = ["not shareable", "reserved", "outer shareable", "inner shareable"];

    /// <summary>ORGN and IRGN of TCR and VTCR.</summary>
    internal static readonly string[] Cacheable = ["non-cacheable", "write-back write-allocate", "write-through", "write-back"];

    /// <summary>IPS of TCR, PS of VTCR, PARange of ID_AA64MMFR0_EL1: sizes of addresses.</summary>
    internal static readonly string[] AddressSizes = ["32 bits", "36 bits", "40 bits", "42 bits", "44 bits", "48 bits", "52 bits", "56 bits"];

    // Arm ARM, PIR_EL1: bit 3 of a value says that overlays do not count.
    private static readonly string[] _permissions =
    [
        "nothing", "read", "execute", "read and execute", "reserved: nothing", "read and write", "read, write, and execute unless writable", "read, write and execute",
        "read, no overlay", "read, and write as guarded control stack, no overlay", "read and execute, no overlay", "reserved: nothing, no overlay",
        "read and write, no overlay", "reserved: nothing, no overlay", "read, write and execute, no overlay", "reserved: nothing, no overlay",
    ];

    // Arm ARM, POR_EL1: bits read, execute, write.
    private static readonly string[] _overlays = ["nothing", "read", "execute", "read and execute", "write", "read and write", "write and execute", "read, write and execute"];

    private static readonly FieldLayout _tcr = new(
        "TCR_EL1",
        [
            Reserved(63, 62),
            Bit("MTX1", 61, "upper half: bits 59:56 of an address are a tag, which does not count (FEAT_MTE_NO_ADDRESS_TAGS)", No),
            Bit("MTX0", 60, "lower half: bits 59:56 of an address are a tag, which does not count (FEAT_MTE_NO_ADDRESS_TAGS)", No),
            Bit("DS", 59, "52-bit descriptors with 4K and 16K pages (FEAT_LPA2)", No),
            Bit("TCMA1", 58, "upper half: accesses with tag 0b1111 are not checked", No),
            Bit("TCMA0", 57, "lower half: accesses with tag 0b0000 are not checked", No),
            Bit("E0PD1", 56, "EL0 gets a fault without a walk in the upper half (FEAT_E0PD)", No),
            Bit("E0PD0", 55, "EL0 gets a fault without a walk in the lower half (FEAT_E0PD)", No),
            Bit("NFD1", 54, "upper half: non-faulting accesses do not walk", No),
            Bit("NFD0", 53, "lower half: non-faulting accesses do not walk", No),
            Bit("TBID1", 52, "upper half: TBI1 is for data only", No),
            Bit("TBID0", 51, "lower half: TBI0 is for data only", No),
            Bit("HWU162", 50, "upper half: hardware may use bit 62 of leaves", No),
            Bit("HWU161", 49, "upper half: hardware may use bit 61 of leaves", No),
            Bit("HWU160", 48, "upper half: hardware may use bit 60 of leaves", No),
            Bit("HWU159", 47, "upper half: hardware may use bit 59 of leaves", No),
            Bit("HWU062", 46, "lower half: hardware may use bit 62 of leaves", No),
            Bit("HWU061", 45, "lower half: hardware may use bit 61 of leaves", No),
            Bit("HWU060", 44, "lower half: hardware may use bit 60 of leaves", No),
            Bit("HWU059", 43, "lower half: hardware may use bit 59 of leaves", No),
            Bit("HPD1", 42, "upper half: restrictions in table descriptors do not count", No),
            Bit("HPD0", 41, "lower half: restrictions in table descriptors do not count", No),
            Bit("HD", 40, "the CPU makes leaves with DBM writable when they are written", No),
            Bit("HA", 39, "the CPU sets the Access flag", No),
            Bit("TBI1", 38, "upper half: bits 63:56 of an address do not count", No),
            Bit("TBI0", 37, "lower half: bits 63:56 of an address do not count", No),
            Bit("AS", 36, "size of ASIDs", "8 bits", "16 bits"),
            Reserved(35, 35),
            Bits("IPS", 34, 32, "size of output addresses", AddressSizes),
            Bits("TG1", 31, 30, "upper half: granule", "reserved", "16K", "4K", "64K"),
            Bits("SH1", 29, 28, "upper half: shareability of tables, and with DS of all leaves", Shareable),
            Bits("ORGN1", 27, 26, "upper half: outer cacheability of tables", Cacheable),
            Bits("IRGN1", 25, 24, "upper half: inner cacheability of tables", Cacheable),
            Bit("EPD1", 23, "upper half: a miss in the TLB is a fault without a walk", No),
            Bit("A1", 22, "which TTBR has the ASID", "TTBR0_EL1", "TTBR1_EL1"),
            Special(FieldUnit.UnusedAddressBits, "T1SZ", 21, 16, "upper half: 64 less the size of addresses"),
            Bits("TG0", 15, 14, "lower half: granule", "4K", "64K", "16K", "reserved"),
            Bits("SH0", 13, 12, "lower half: shareability of tables, and with DS of all leaves", Shareable),
            Bits("ORGN0", 11, 10, "lower half: outer cacheability of tables", Cacheable),
            Bits("IRGN0", 9, 8, "lower half: inner cacheability of tables", Cacheable),
            Bit("EPD0", 7, "lower half: a miss in the TLB is a fault without a walk", No),
            Reserved(6, 6),
            Special(FieldUnit.UnusedAddressBits, "T0SZ", 5, 0, "lower half: 64 less the size of addresses"),
        ]);

    private static readonly BitField[] _tcr2 =
    [
        Bit("FNG1", 18, "upper half: every entry is not global, whatever nG says (FEAT_ASID2)", No),
        Bit("FNG0", 17, "lower half: every entry is not global, whatever nG says (FEAT_ASID2)", No),
        Bit("A2", 16, "each half has the ASID of its own TTBR (FEAT_ASID2)", No),
        Bit("DisCH1", 15, "upper half: no contiguous run in the root table of 128-bit descriptors (FEAT_D128)", No),
        Bit("DisCH0", 14, "lower half: no contiguous run in the root table of 128-bit descriptors (FEAT_D128)", No),
    ];

    private static readonly BitField[] _tcr2Bottom =
    [
        Bit("HAFT", 11, "the CPU sets the Access flag of tables (FEAT_HAFT)", No),
        Bit("PTTWI", 10, "writes of tables by RCWS instructions may be less coherent with walks (FEAT_THE)", No),
        Reserved(9, 6),
        Bit("D128", 5, "descriptors have 128 bits (FEAT_D128)", No),
        Bit("AIE", 4, "AttrIndx has a fourth bit and MAIR2_EL1 counts (FEAT_AIE)", No),
        Bit("POE", 3, "POR_EL1 takes rights away from EL1 (FEAT_S1POE)", No),
        Bit("E0POE", 2, "POR_EL0 takes rights away from EL0 (FEAT_S1POE)", No),
        Bit("PIE", 1, "permissions come from PIR_EL1 and PIRE0_EL1, by an index in each leaf (FEAT_S1PIE)", No),
        Bit("PnCH", 0, "bit 52 of descriptors says that they are protected, not contiguous (FEAT_THE)", No),
    ];

    /// <summary>TCR_EL1.</summary>
    public static FieldLayout Tcr => _tcr;

    /// <summary>MAIR_EL1.</summary>
    public static FieldLayout Mair { get; } = new(
        "MAIR_EL1",
        [.. Enumerable.Range(0, 8).Reverse().Select(i => Special(FieldUnit.MemoryAttribute, $"Attr{i}", (8 * i) + 7, 8 * i, $"memory type of leaves with AttrIndx {i}"))]);

    /// <summary>TCR2_EL1.</summary>
    public static FieldLayout Tcr2 { get; } = new(
        "TCR2_EL1",
        [
            Reserved(63, 22),
            Bit("FNGNA1", 21, "upper half: belongs to FNG1 (newer than FEAT_ASID2)", No),
            Bit("FNGNA0", 20, "lower half: belongs to FNG0 (newer than FEAT_ASID2)", No),
            Reserved(19, 19),
            .. _tcr2,
            Reserved(13, 12),
            .. _tcr2Bottom,
        ]);

    /// <summary>TCR2_EL2.</summary>
    public static FieldLayout Tcr2El2 { get; } = new(
        "TCR2_EL2",
        [
            Reserved(63, 19),
            .. _tcr2,
            Bit("AMEC1", 13, "upper half: leaves may choose the alternate encryption context (FEAT_MEC)", No),
            Bit("AMEC0", 12, "lower half: leaves may choose the alternate encryption context (FEAT_MEC)", No),
            .. _tcr2Bottom,
        ]);

    /// <summary>TTBR0_EL1 and TTBR1_EL1.</summary>
    /// <param name="name">Which.</param>
    /// <param name="has52">Whether output addresses have 52 bits.</param>
    public static FieldLayout Ttbr(string name, bool has52) => new(
        name,
        [
            Bits("ASID", 63, 48, "address space identifier"),
            .. RootAddress(has52),
            Bit("CnP", 0, "common with other CPUs", No),
        ]);

    /// <summary>Bits 47:1 of a TTBR and of VTTBR_EL2.</summary>
    internal static BitField[] RootAddress(bool has52) => has52
        ? [Address("BADDR", "the root table", new FieldPiece(47, 6, 6), new FieldPiece(5, 2, 48)), Reserved(1, 1)]
        : [Address("BADDR", "the root table", new FieldPiece(47, 1, 1))];

    /// <summary>PIR_EL1 and its like: what the sixteen values of PIIndex allow.</summary>
    /// <param name="name">Which.</param>
    /// <param name="who">Whom it is about.</param>
    public static FieldLayout Indirect(string name, string who) => Sixteen(name, index => $"what {who} may do where a leaf's PIIndex is {index}", _permissions);

    /// <summary>POR_EL1 and its like: what the sixteen values of POIndex leave.</summary>
    /// <param name="name">Which.</param>
    /// <param name="who">Whom it is about.</param>
    public static FieldLayout Overlay(string name, string who) => Sixteen(name, index => $"what {who} keeps where a leaf's POIndex is {index}", _overlays);

    private static FieldLayout Sixteen(string name, Func<int, string> meaning, string[] words) =>
        new(name, [.. Enumerable.Range(0, 16).Reverse().Select(i => Bits($"Perm{i}", (4 * i) + 3, 4 * i, meaning(i), words))]);
}
