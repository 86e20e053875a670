using static Ptewright.Decoding.FieldLayout;

namespace Ptewright.Decoding;

/// <summary>The fields of the registers that say how tables are read.</summary>
/// <remarks>Arm ARM D24.2: TCR_EL1, TTBR0_EL1, TTBR1_EL1, MAIR_EL1, in their 64-bit forms.</remarks>
public static class RegisterLayouts
{
    private static readonly string[] _no = ["no", "yes"];
    private static readonly string[] _shareable = ["not shareable", "reserved", "outer shareable", "inner shareable"];
    private static readonly string[] _cacheable = ["non-cacheable", "write-back write-allocate", "write-through", "write-back"];

    private static readonly FieldLayout _tcr = new(
        "TCR_EL1",
        [
            Reserved(63, 62),
            Bit("MTX1", 61, "upper half: bits 59:56 of an address are a tag, which does not count (FEAT_MTE_NO_ADDRESS_TAGS)", _no),
            Bit("MTX0", 60, "lower half: bits 59:56 of an address are a tag, which does not count (FEAT_MTE_NO_ADDRESS_TAGS)", _no),
            Bit("DS", 59, "52-bit descriptors with 4K and 16K pages (FEAT_LPA2)", _no),
            Bit("TCMA1", 58, "upper half: accesses with tag 0b1111 are not checked", _no),
            Bit("TCMA0", 57, "lower half: accesses with tag 0b0000 are not checked", _no),
            Bit("E0PD1", 56, "EL0 gets a fault without a walk in the upper half (FEAT_E0PD)", _no),
            Bit("E0PD0", 55, "EL0 gets a fault without a walk in the lower half (FEAT_E0PD)", _no),
            Bit("NFD1", 54, "upper half: non-faulting accesses do not walk", _no),
            Bit("NFD0", 53, "lower half: non-faulting accesses do not walk", _no),
            Bit("TBID1", 52, "upper half: TBI1 is for data only", _no),
            Bit("TBID0", 51, "lower half: TBI0 is for data only", _no),
            Bit("HWU162", 50, "upper half: hardware may use bit 62 of leaves", _no),
            Bit("HWU161", 49, "upper half: hardware may use bit 61 of leaves", _no),
            Bit("HWU160", 48, "upper half: hardware may use bit 60 of leaves", _no),
            Bit("HWU159", 47, "upper half: hardware may use bit 59 of leaves", _no),
            Bit("HWU062", 46, "lower half: hardware may use bit 62 of leaves", _no),
            Bit("HWU061", 45, "lower half: hardware may use bit 61 of leaves", _no),
            Bit("HWU060", 44, "lower half: hardware may use bit 60 of leaves", _no),
            Bit("HWU059", 43, "lower half: hardware may use bit 59 of leaves", _no),
            Bit("HPD1", 42, "upper half: restrictions in table descriptors do not count", _no),
            Bit("HPD0", 41, "lower half: restrictions in table descriptors do not count", _no),
            Bit("HD", 40, "the CPU makes leaves with DBM writable when they are written", _no),
            Bit("HA", 39, "the CPU sets the Access flag", _no),
            Bit("TBI1", 38, "upper half: bits 63:56 of an address do not count", _no),
            Bit("TBI0", 37, "lower half: bits 63:56 of an address do not count", _no),
            Bit("AS", 36, "size of ASIDs", "8 bits", "16 bits"),
            Reserved(35, 35),
            Bits("IPS", 34, 32, "size of output addresses", "32 bits", "36 bits", "40 bits", "42 bits", "44 bits", "48 bits", "52 bits", "56 bits"),
            Bits("TG1", 31, 30, "upper half: granule", "reserved", "16K", "4K", "64K"),
            Bits("SH1", 29, 28, "upper half: shareability of tables, and with DS of all leaves", _shareable),
            Bits("ORGN1", 27, 26, "upper half: outer cacheability of tables", _cacheable),
            Bits("IRGN1", 25, 24, "upper half: inner cacheability of tables", _cacheable),
            Bit("EPD1", 23, "upper half: a miss in the TLB is a fault without a walk", _no),
            Bit("A1", 22, "which TTBR has the ASID", "TTBR0_EL1", "TTBR1_EL1"),
            Special(FieldUnit.UnusedAddressBits, "T1SZ", 21, 16, "upper half: 64 less the size of addresses"),
            Bits("TG0", 15, 14, "lower half: granule", "4K", "64K", "16K", "reserved"),
            Bits("SH0", 13, 12, "lower half: shareability of tables, and with DS of all leaves", _shareable),
            Bits("ORGN0", 11, 10, "lower half: outer cacheability of tables", _cacheable),
            Bits("IRGN0", 9, 8, "lower half: inner cacheability of tables", _cacheable),
            Bit("EPD0", 7, "lower half: a miss in the TLB is a fault without a walk", _no),
            Reserved(6, 6),
            Special(FieldUnit.UnusedAddressBits, "T0SZ", 5, 0, "lower half: 64 less the size of addresses"),
        ]);

    private static readonly FieldLayout _mair = new(
        "MAIR_EL1",
        [.. Enumerable.Range(0, 8).Reverse().Select(i => Special(FieldUnit.MemoryAttribute, $"Attr{i}", (8 * i) + 7, 8 * i, $"memory type of leaves with AttrIndx {i}"))]);

    /// <summary>The registers' names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["tcr_el1", "ttbr0_el1", "ttbr1_el1", "mair_el1"];

    /// <summary>The fields of a register.</summary>
    /// <param name="name">One of <see cref="Names"/>; case does not matter.</param>
    /// <param name="has52">Whether output addresses have 52 bits: bits 5:2 of a TTBR are then bits 51:48 of the root's address.</param>
    /// <exception cref="InvalidInputException">There is no such register.</exception>
    public static FieldLayout Of(string name, bool has52)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.ToUpperInvariant() switch
        {
            "TCR_EL1" => _tcr,
            "MAIR_EL1" => _mair,
            "TTBR0_EL1" or "TTBR1_EL1" => Ttbr(name.ToUpperInvariant(), has52),
            _ => throw new InvalidInputException($"There is no register {Texts.TextFile.Quote(name)}; there are {string.Join(", ", Names)}."),
        };
    }

    private static FieldLayout Ttbr(string name, bool has52) => new(
        name,
        [
            Bits("ASID", 63, 48, "address space identifier"),
            .. has52
                ? (BitField[])[Address("BADDR", "the root table", new FieldPiece(47, 6, 6), new FieldPiece(5, 2, 48)), Reserved(1, 1)]
                : [Address("BADDR", "the root table", new FieldPiece(47, 1, 1))],
            Bit("CnP", 0, "common with other CPUs", _no),
        ]);
}
