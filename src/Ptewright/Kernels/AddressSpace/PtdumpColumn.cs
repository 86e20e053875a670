using Ptewright.Translation;

namespace Ptewright.Kernels.AddressSpace;

/// <summary>One column of attributes: what is printed, behind a blank, when some bits have a value, and what otherwise.</summary>
/// <param name="Mask">The bits.</param>
/// <param name="Value">Their value.</param>
/// <param name="Set">Printed when they have it.</param>
/// <param name="Clear">Printed when not; null for nothing, not even the blank.</param>
internal readonly record struct PtdumpColumn(ulong Mask, ulong Value, string Set, string? Clear)
{
    /// <summary>The columns of a kernel for which a block is what has bit 1 clear.</summary>
    public static PtdumpColumn[] BlockByOneBit { get; } = Columns(Bit(DescriptorBits.TableOrPage, "   ", "BLK"));

    /// <summary>The columns of a kernel for which a block is what has the type of one. Valid entries look the same, and so does every text.</summary>
    public static PtdumpColumn[] BlockByType { get; } = Columns(new(DescriptorBits.TypeMask, DescriptorBits.TypeBlock, "BLK", "   "));

    /// <summary>The columns of <see cref="BlockByOneBit"/> where memory types have the numbers that they had until 5.11: write-through is 3, and device types come behind it.</summary>
    public static PtdumpColumn[] EarlierTypes { get; } =
    [
        .. BlockByOneBit.Where(column => column.Clear is not null),
        Type((MemoryType)4, "DEVICE/nGnRnE"),
        Type((MemoryType)5, "DEVICE/nGnRE"),
        Type((MemoryType)6, "DEVICE/GRE"),
        .. BlockByOneBit.Where(column => column.Clear is null && column.Set.StartsWith("MEM/", StringComparison.Ordinal)),
    ];

    private static PtdumpColumn[] Columns(PtdumpColumn block) =>
    [
        Bit(DescriptorBits.Valid, " ", "F"),
        Bit(DescriptorBits.User, "USR", "   "),
        Bit(DescriptorBits.ReadOnly, "ro", "RW"),
        Bit(DescriptorBits.PrivilegedExecuteNever, "NX", "x "),
        Bit(DescriptorBits.InnerShareable, "SHD", "   "),
        Bit(DescriptorBits.AccessFlag, "AF", "  "),
        Bit(DescriptorBits.NotGlobal, "NG", "  "),
        Bit(DescriptorBits.Contiguous, "CON", "   "),
        block,
        Bit(DescriptorBits.UserExecuteNever, "UXN", "   "),
        Bit(DescriptorBits.Guarded, "GP", "  "),
        Type(MemoryType.DeviceNGnRnE, "DEVICE/nGnRnE"),
        Type(MemoryType.DeviceNGnRE, "DEVICE/nGnRE"),
        Type(MemoryType.NormalNonCacheable, "MEM/NORMAL-NC"),
        Type(MemoryType.Normal, "MEM/NORMAL"),
        Type(MemoryType.NormalTagged, "MEM/NORMAL-TAGGED"),
    ];

    // All bits of the mask set: SH counts only as Inner Shareable.
    private static PtdumpColumn Bit(ulong mask, string set, string clear) => new(mask, mask, set, clear);

    private static PtdumpColumn Type(MemoryType type, string name) =>
        new(DescriptorBits.AttrIndexMask, (ulong)type << DescriptorBits.AttrIndexShift, name, null);
}
