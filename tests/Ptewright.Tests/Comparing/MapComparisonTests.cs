using Ptewright.Comparing;
using Ptewright.Walking;

namespace Ptewright.Tests.Comparing;

/// <summary>What became of mappings: each kind of change alone, each address once, and neighbours that changed alike together.</summary>
public sealed class MapComparisonTests
{
    private const ulong Page = 0x0060_0000_0000_0703;

    [Theory]
    [InlineData(6, "Permission")] // AP[1]
    [InlineData(7, "Permission")] // AP[2]
    [InlineData(53, "Permission")] // PXN
    [InlineData(54, "Permission")] // UXN
    [InlineData(2, "Memory")] // AttrIndx
    [InlineData(4, "Memory")]
    [InlineData(8, "Memory")] // SH
    [InlineData(9, "Memory")]
    [InlineData(10, "Flags")] // AF
    [InlineData(11, "Flags")] // nG
    [InlineData(50, "Flags")] // GP
    [InlineData(51, "Flags")] // DBM
    [InlineData(52, "Merged")] // Contiguous
    [InlineData(55, "None")] // Software's.
    [InlineData(58, "None")]
    public void Each_bit_of_a_leaf_is_a_kind_of_change(int bit, string kind)
    {
        MappedRange without = Range(Page & ~(1UL << bit));
        MappedRange with = Range(Page | (1UL << bit));
        Assert.Equal(kind, MapComparison.KindsOf(without, with).ToString());
        Assert.Equal(bit == 52 ? "Split" : kind, MapComparison.KindsOf(with, without).ToString());
        Assert.Equal("None", MapComparison.KindsOf(with, with).ToString());
    }

    [Theory]
    [InlineData(59, "Permission")] // PXNTable
    [InlineData(60, "Permission")] // UXNTable
    [InlineData(61, "Permission")] // APTable[0]
    [InlineData(62, "Permission")] // APTable[1]
    [InlineData(63, "None")] // NSTable, which only the secure world reads.
    public void What_tables_forbid_is_a_permission(int bit, string kind)
    {
        // Something that programs may do everything with: what can be forbidden, is.
        MappedRange free = Range(0x743);
        MappedRange restricted = free with { Attributes = free.Attributes with { Inherited = 1UL << bit } };
        kind = bit == 59 ? "None" : kind; // The kernel may not execute what programs can write anyway.
        Assert.Equal(kind, MapComparison.KindsOf(free, restricted).ToString());
        Assert.Equal(bit == 59 ? "Permission" : bit == 61 ? "None" : kind, MapComparison.KindsOf(Range(0x703), Range(0x703) with { Attributes = restricted.Attributes with { Bits = 0x703 } }).ToString());
    }

    [Fact]
    public void A_restriction_that_changes_nothing_is_no_change()
    {
        MappedRange leaf = Range(Page | 0x80);
        Assert.Equal(MapChangeKinds.None, MapComparison.KindsOf(leaf, leaf with { Attributes = leaf.Attributes with { Inherited = 0xf800_0000_0000_0000 } }));
    }

    [Theory]
    [InlineData(0xff00UL, 0xff00UL, 0, 0, true)]
    [InlineData(0xff00UL, 0x00ffUL, 0, 1, true)] // Another index, the same type.
    [InlineData(0xff00UL, 0x00ffUL, 0, 0, false)] // The same index, another type.
    [InlineData(0xff00UL, null, 0, 0, true)] // Without MAIR the index is all there is.
    [InlineData(0xffffUL, null, 0, 1, false)]
    [InlineData(null, null, 1, 1, true)]
    [InlineData(null, null, 0, 1, false)]
    public void Memory_types_are_compared_where_they_are_known(ulong? before, ulong? after, ulong index, ulong otherIndex, bool isSame)
    {
        MappedRange old = Range((index << 2) | 0x703, mair: before);
        MappedRange now = Range((otherIndex << 2) | 0x703, mair: after);
        Assert.Equal(isSame ? MapChangeKinds.None : MapChangeKinds.Memory, MapComparison.KindsOf(old, now));
    }

    [Fact]
    public void Shareability_that_comes_from_TCR_on_one_side_is_not_compared()
    {
        MappedRange wide = Range(0x403, isLpa2: true);
        Assert.Equal(MapChangeKinds.None, MapComparison.KindsOf(wide, Range(0x403)));
        Assert.Equal(MapChangeKinds.None, MapComparison.KindsOf(Range(0x703), wide));
        Assert.Equal(MapChangeKinds.Memory, MapComparison.KindsOf(Range(0x703), Range(0x403)));
    }

    [Fact]
    public void Several_kinds_come_together()
    {
        MappedRange before = Range(Page);
        MappedRange after = before with { Physical = new(0x9000), Level = 2, Attributes = before.Attributes with { Bits = 0x0008_0000_0000_0b85 } };
        Assert.Equal("Moved, Permission, Memory, Flags, Merged", MapComparison.KindsOf(before, after).ToString());
        Assert.Equal("Moved, Permission, Memory, Flags, Split", MapComparison.KindsOf(after, before).ToString());
    }

    /// <summary>Ranges are written START+SIZE>PHYSICAL:BITS, all hexadecimal; changes KIND START+SIZE.</summary>
    [Theory]
    [InlineData("", "", "")]
    [InlineData("1000+1000>5000:703", "1000+1000>5000:703", "")]
    [InlineData("1000+2000>5000:703", "1000+1000>5000:703 2000+1000>6000:703", "")]
    [InlineData("1000+1000>5000:703", "", "Removed 1000+1000")]
    [InlineData("", "1000+1000>5000:703", "Added 1000+1000")]
    [InlineData("1000+1000>5000:703", "3000+1000>5000:703", "Removed 1000+1000|Added 3000+1000")]
    [InlineData("3000+1000>5000:703", "1000+1000>5000:703", "Added 1000+1000|Removed 3000+1000")]
    [InlineData("1000+3000>5000:703", "2000+1000>6000:783", "Removed 1000+1000|Permission 2000+1000|Removed 3000+1000")]
    [InlineData("2000+1000>6000:703", "1000+3000>5000:783", "Added 1000+1000|Permission 2000+1000|Added 3000+1000")]
    [InlineData("1000+1000>5000:703 2000+1000>6000:703", "", "Removed 1000+2000")]
    [InlineData("1000+1000>5000:703 2000+1000>8000:703", "", "Removed 1000+1000|Removed 2000+1000")]
    [InlineData("1000+1000>5000:703 2000+1000>6000:783", "", "Removed 1000+1000|Removed 2000+1000")]
    [InlineData("1000+1000>5000:703 3000+1000>7000:703", "", "Removed 1000+1000|Removed 3000+1000")]
    [InlineData("1000+2000>5000:703", "1000+1000>5000:783 2000+1000>6000:783", "Permission 1000+2000")]
    [InlineData("1000+2000>5000:703", "1000+1000>5000:783 2000+1000>6000:7c3", "Permission 1000+1000|Permission 2000+1000")]
    [InlineData("1000+2000>5000:703", "1000+1000>5000:783 2000+1000>6000:303", "Permission 1000+1000|Flags 2000+1000")]
    [InlineData("1000+2000>5000:703", "1000+1000>9000:703 2000+1000>a000:703", "Moved 1000+2000")]
    [InlineData("1000+2000>5000:703", "1000+1000>a000:703 2000+1000>9000:703", "Moved 1000+1000|Moved 2000+1000")]
    [InlineData("1000+4000>5000:703", "1000+1000>5000:703 4000+1000>8000:703", "Removed 2000+2000")]
    [InlineData("ffffffffffff0000+10000>5000:703", "ffffffffffff0000+8000>5000:703", "Removed ffffffffffff8000+8000")]
    [InlineData("ffffffffffff0000+8000>5000:703", "ffffffffffff0000+10000>5000:703", "Added ffffffffffff8000+8000")]
    [InlineData("ffffffffffff0000+10000>5000:703", "ffffffffffff0000+10000>5000:783", "Permission ffffffffffff0000+10000")]
    public void Changes_are_found_piece_by_piece(string before, string after, string changes) => Assert.Equal(
        changes,
        string.Join('|', MapComparison.Compare(Ranges(before), Ranges(after)).Select(change => $"{change.Kinds} {change.Start.Value:x}+{change.Size:x}")));

    [Fact]
    public void A_change_says_what_there_was_and_is_cut_to_it()
    {
        MapChange change = MapComparison.Compare(Ranges("1000+8000>105000:703"), Ranges("1000+2000>105000:703 3000+1000>107000:783 4000+1000>108000:783 5000+4000>109000:703")).Single();
        Assert.Equal(new MapChange(MapChangeKinds.Permission, new(0x3000), 0x2000, Ranges("3000+2000>107000:703")[0], Ranges("3000+2000>107000:783")[0]), change);
    }

    private static MappedRange Range(ulong bits, bool isLpa2 = false, ulong? mair = null) => new(new(0x1000), 0x1000, new(0x5000), 3, new LeafAttributes(bits, 0, isLpa2, mair));

    private static MappedRange[] Ranges(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word =>
    {
        ulong[] numbers = [.. word.Split('+', '>', ':').Select(number => Convert.ToUInt64(number, 16))];
        return new MappedRange(new(numbers[0]), numbers[1], new(numbers[2]), 3, new LeafAttributes(numbers[3], 0, false, null));
    })];
}
