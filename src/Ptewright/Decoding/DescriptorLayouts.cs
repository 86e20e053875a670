using Ptewright.Translation;
using Ptewright.Walking;
using static Ptewright.Decoding.FieldLayout;

namespace Ptewright.Decoding;

/// <summary>The fields of stage 1 EL1&amp;0 descriptors.</summary>
/// <remarks>Arm ARM D8.3.1 (table descriptors), D8.3.2 (block and page descriptors), D8.4 (permissions), D8.6 (memory types). 64-bit descriptors (VMSAv8-64), direct permissions.</remarks>
public static class DescriptorLayouts
{
    private static readonly string[] _no = ["no", "yes"];

    private static readonly BitField _valid = Bit("Valid", 0, "takes part in translation", _no);

    private static readonly BitField _type = Bit("Type", 1, "table or page, not block", "block", "table or page");

    private static readonly BitField[] _leafTop =
    [
        Ignored(63, 63),
        Bits("PBHA", 62, 59, "page-based hardware attributes (FEAT_HPDS2), else ignored"),
        Bits("SW", 58, 55, "for software"),
        Bit("UXN", 54, "EL0 may not execute", _no),
        Bit("PXN", 53, "EL1 may not execute", _no),
        Bit("Contiguous", 52, "one of a contiguous run", _no),
        Bit("DBM", 51, "the CPU may make it writable when it is written (FEAT_HAFDBS)", _no),
        Bit("GP", 50, "guarded page (FEAT_BTI)", _no),
    ];

    private static readonly BitField[] _leafBottom =
    [
        Bits("AP", 7, 6, "access permissions, AP[2:1]", "EL1 read and write", "EL1 and EL0 read and write", "EL1 read", "EL1 and EL0 read"),
        Bit("NS", 5, "non-secure, in secure state only", _no),
        Bits("AttrIndx", 4, 2, "which byte of MAIR_EL1 is the memory type", "Attr0", "Attr1", "Attr2", "Attr3", "Attr4", "Attr5", "Attr6", "Attr7"),
        _type,
        _valid,
    ];

    private static readonly BitField _shareability =
        Bits("SH", 9, 8, "shareability", "not shareable", "reserved", "outer shareable", "inner shareable");

    private static readonly BitField[] _tableTop =
    [
        Bit("NSTable", 63, "non-secure below, in secure state only", _no),
        Bits("APTable", 62, 61, "restricts what is below", "nothing forbidden", "no EL0", "no writes", "no EL0 and no writes"),
        Bit("UXNTable", 60, "EL0 may not execute anything below", _no),
        Bit("PXNTable", 59, "EL1 may not execute anything below", _no),
        Ignored(58, 51),
    ];

    /// <summary>What an entry is at a level.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="level">-1 to 3.</param>
    /// <param name="granule">The granule.</param>
    /// <param name="format">Where descriptors keep their address.</param>
    public static EntryKind KindOf(Descriptor entry, int level, GranuleSize granule, in OutputAddressFormat format) =>
        !entry.IsValid ? EntryKind.Invalid
        : entry.IsTableOrPage ? (level == 3 ? EntryKind.Page : EntryKind.Table)
        : TableShape.HasBlocks(level, granule, format) ? EntryKind.Block : EntryKind.BadType;

    /// <summary>The fields of a kind of entry.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="level">Its level, -1 to 3.</param>
    /// <param name="granule">The granule.</param>
    /// <param name="format">Where descriptors keep their address.</param>
    public static FieldLayout Of(EntryKind kind, int level, GranuleSize granule, in OutputAddressFormat format) => kind switch
    {
        EntryKind.Invalid => new FieldLayout("invalid entry", [Ignored(63, 1), _valid]),
        EntryKind.BadType => new FieldLayout("reserved entry", [Ignored(63, 2), _type, _valid]),
        EntryKind.Table => new FieldLayout("table", [.. _tableTop, .. TableMiddle((int)granule, format), _type, _valid]),
        EntryKind.Page => new FieldLayout("page", [.. _leafTop, .. LeafMiddle((int)granule, (int)granule, format), .. _leafBottom]),
        _ => new FieldLayout("block", [.. _leafTop, .. LeafMiddle((int)granule, (int)granule + ((3 - level) * ((int)granule - 3)), format), .. _leafBottom]),
    };

    // Bits 49:8: the address, what its alignment leaves, nG, AF, and SH or two bits of address.
    private static IEnumerable<BitField> LeafMiddle(int pageShift, int shift, OutputAddressFormat format)
    {
        if (!format.IsLpa2)
        {
            yield return Reserved(49, 48);
        }

        yield return OutputAddress("OA", "the memory that it leads to", shift, pageShift, format);
        bool isBlock = shift > pageShift;
        if (isBlock)
        {
            yield return Reserved(shift - 1, 17);
            yield return Bit("nT", 16, "no TLB entry may conflict while the size changes (FEAT_BBM)", _no);
        }

        int lowest = isBlock ? 16 : shift;
        if (lowest > 12 && !HasMoved64K(pageShift, format))
        {
            yield return Reserved(lowest - 1, 12);
        }

        yield return Bit("nG", 11, "not global: belongs to one ASID", _no);
        yield return Bit("AF", 10, "the Access flag: it was accessed", _no);
        if (!format.IsLpa2)
        {
            yield return _shareability;
        }
    }

    private static IEnumerable<BitField> TableMiddle(int pageShift, OutputAddressFormat format)
    {
        yield return format.IsLpa2 ? Reserved(50, 50) : Reserved(50, 48);
        yield return OutputAddress("NLTA", "the next-level table", pageShift, pageShift, format);
        if (pageShift > 12 && !HasMoved64K(pageShift, format))
        {
            yield return Reserved(pageShift - 1, 12);
        }

        yield return Ignored(11, 11);
        yield return Bit("AF", 10, "the Access flag of the table (FEAT_HAFT), else ignored", _no);
        yield return format.IsLpa2 ? Ignored(7, 2) : Ignored(9, 2);
    }

    private static BitField OutputAddress(string name, string meaning, int shift, int pageShift, OutputAddressFormat format) =>
        format.IsLpa2 ? Address(name, meaning, new FieldPiece(49, shift, shift), new FieldPiece(9, 8, 50))
        : HasMoved64K(pageShift, format) ? Address(name, meaning, new FieldPiece(47, shift, shift), new FieldPiece(15, 12, 48))
        : Address(name, meaning, new FieldPiece(47, shift, shift));

    private static bool HasMoved64K(int pageShift, OutputAddressFormat format) => pageShift == 16 && format.AddressBits == 52;
}
