using Ptewright.Comparing;
using Ptewright.Images;
using Ptewright.Tests.Walking;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Comparing;

/// <summary>Tables are held against each other one by one: their places, and how many of their own entries differ.</summary>
public sealed class TableComparisonTests
{
    // 39 bits, 4K: a level-1 root at 0x1000, level 2 at 0x2000, level 3 at 0x3000; room for two more.
    private const ulong Tcr = (5UL << 32) | (2UL << 30) | (25UL << 16) | 25;
    private const ulong Leaf = 0x0060_0000_8000_0703;

    [Fact]
    public void Equal_tables_have_no_change() => Assert.Equal("", Changes(_ => { }));

    [Fact]
    public void All_kinds_of_changes_are_counted_together() => Assert.Equal(1234UL, new TableChanges([], 1000, 200, 30, 4, 77).Count);

    [Fact]
    public void Only_the_entries_that_differ_are_counted() => Assert.Equal("Changed 3 ffffff8000000000 3000 3000 2", Changes(image =>
    {
        image[0x3000] |= 0x80;
        image[0x3ff8] = Leaf;
    }));

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(47)]
    [InlineData(48)]
    [InlineData(55)]
    [InlineData(63)]
    public void Each_bit_of_a_leaf_counts(int bit) => Assert.Equal("Changed 3 ffffff8000000000 3000 3000 1", Changes(image => image[0x3000] ^= 1UL << bit));

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(59)]
    [InlineData(63)]
    public void Each_bit_of_a_tables_own_entry_counts(int bit) => Assert.Equal("Changed 2 ffffff8000000000 2000 2000 1", Changes(image => image[0x2000] ^= 1UL << bit));

    [Fact]
    public void An_entry_that_leads_to_the_same_table_elsewhere_does_not_count() => Assert.Equal("Moved 3 ffffff8000000000 3000 4000 0", Changes(image => Move(image, 0x2000)));

    [Fact]
    public void A_table_that_moved_may_have_other_entries_too() => Assert.Equal("Moved 3 ffffff8000000000 3000 4000 1", Changes(image =>
    {
        Move(image, 0x2000);
        image[0x4008] = 0;
    }));

    [Fact]
    public void An_invalid_entry_that_keeps_other_bits_counts() => Assert.Equal("Changed 3 ffffff8000000000 3000 3000 1", Changes(image => image[0x3000] &= ~1UL));

    [Fact]
    public void A_new_table_counts_what_is_in_it()
    {
        // A second level-3 table behind the first.
        Assert.Equal("Changed 2 ffffff8000000000 2000 2000 1|Added 3 ffffff8000200000 - 4000 2", Changes(Grow));
        Assert.Equal("Changed 2 ffffff8000000000 2000 2000 1|Removed 3 ffffff8000200000 4000 - 2", Changes(_ => { }, Grow));

        static void Grow(HandmadeImage image)
        {
            image[0x2008] = 0x4003;
            image[0x4000] = Leaf;
            image[0x4010] = Leaf + 0x1000;
        }
    }

    [Fact]
    public void Parents_come_before_children_in_ascending_order() => Assert.Equal(
        "Changed 1 ffffff8000000000 1000 1000 1|Added 2 ffffffc000000000 - 4000 1|Added 3 ffffffc000000000 - 5000 1",
        Changes(image =>
        {
            image[0x1800] = 0x4003;
            image[0x4000] = 0x5003;
            image[0x5000] = Leaf;
        }));

    [Fact]
    public void Loops_are_not_followed_and_tables_outside_memory_are_no_tables()
    {
        Assert.Equal("Changed 2 ffffff8000000000 2000 2000 1", Changes(image => image[0x2008] = 0x1003));
        Assert.Equal("Changed 2 ffffff8000000000 2000 2000 1", Changes(image => image[0x2008] = 0x7000_0003));
        Assert.Equal("Changed 2 ffffff8000000000 2000 2000 1", Changes(image => image[0x2008] = (1UL << 45) | 3, tcr: (Tcr & ~(7UL << 32)) | (4UL << 32)));
        Assert.Equal("Changed 2 ffffff8000000000 2000 2000 1", Changes(image => image[0x2008] = 0x4001)); // A block is no table.
    }

    [Fact]
    public void A_half_without_walks_has_no_tables() => Assert.Equal(
        "Removed 1 ffffff8000000000 1000 - 1|Removed 2 ffffff8000000000 2000 - 1|Removed 3 ffffff8000000000 3000 - 2", Changes(_ => { }, otherTcr: Tcr | (1UL << 23)));

    [Fact]
    public void Roots_of_different_shapes_are_refused()
    {
        using HandmadeImage image = Tables(_ => { });
        TranslationRoot root = Root(Tcr);
        TranslationRoot shorter = Root((Tcr & ~(63UL << 16)) | (26UL << 16));
        TranslationRoot other = Root((Tcr & ~(3UL << 30)) | (1UL << 30));
        TranslationRoot lower = TranslationRoot.Of(new ImageRegisters(0x1000, 0x1000, Tcr), AddressHalf.Lower);
        Assert.True(TableComparison.IsPossible(root, root with { Table = new(0x2000) }));
        Assert.All([shorter, other, lower], different =>
        {
            Assert.False(TableComparison.IsPossible(root, different));
            _ = Assert.Throws<ArgumentException>(() => TableComparison.Compare(image, root, image, different));
        });
    }

    // One table changed, one moved, one is gone, one is new; of all four entries of them, and only the first are kept.
    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "Changed 1")]
    [InlineData(3, "Changed 1|Changed 2|Moved 3")]
    [InlineData(9, "Changed 1|Changed 2|Moved 3|Removed 3|Added 2")]
    public void Each_kind_is_counted_whether_or_not_it_is_kept(int most, string kept)
    {
        using HandmadeImage old = Tables(image =>
        {
            image[0x2008] = 0x5003;
            image[0x5000] = Leaf;
        });
        using HandmadeImage now = Tables(image =>
        {
            Move(image, 0x2000);
            image[0x1008] = 0x5003;
            image[0x5008] = Leaf;
        });
        TableChanges changes = TableComparison.Compare(old, Root(Tcr), now, Root(Tcr), most);

        Assert.Equal(kept, string.Join('|', changes.First.Select(change => $"{change.Kind} {change.Level}")));
        Assert.Equal((1UL, 1UL, 1UL, 2UL, 5UL), (changes.Added, changes.Removed, changes.Moved, changes.Changed, changes.Count));

        // An entry of level 1 and one of level 2, the leaf of the table that is gone, the block or leaf of the new one.
        Assert.Equal(4UL, changes.Entries);
    }

    // Bits 9:8 are shareability, or with DS address bits 51:50; what is the same word is then another leaf.
    [Fact]
    public void The_same_words_in_another_format_are_other_entries()
    {
        const ulong Wide = (Tcr & ~(7UL << 32)) | (6UL << 32) | (1UL << 59);
        Assert.Equal("Changed 3 ffffff8000000000 3000 3000 2", Changes(_ => { }, tcr: Tcr, otherTcr: Wide));
        Assert.Equal("", Changes(_ => { }, tcr: Wide, otherTcr: Wide));
        Assert.Equal("Changed 3 ffffff8000000000 3000 3000 1", Changes(image => image[0x3000] ^= 0x100, tcr: Wide, otherTcr: Wide));
    }

    [Fact]
    public void A_loop_is_not_followed_from_the_root_or_from_below_and_pages_lead_nowhere()
    {
        Assert.Equal("Changed 1 ffffff8000000000 1000 1000 1", Changes(image => image[0x1008] = 0x1003));
        Assert.Equal("Changed 2 ffffff8000000000 2000 2000 1", Changes(image => image[0x2008] = 0x2003));

        // A page that lies where a table does is no table.
        Assert.Equal("Changed 3 ffffff8000000000 3000 3000 1", Changes(image => image[0x3010] = 0x4703));
    }

    private static void Move(HandmadeImage image, ulong entry)
    {
        for (ulong i = 0; i < 4096; i += 8)
        {
            image[0x4000 + i] = image[0x3000 + i];
        }

        image[entry] = (image[entry] & ~0xf000UL) | 0x4000;
    }

    private static string Changes(Action<HandmadeImage> after, Action<HandmadeImage>? before = null, ulong tcr = Tcr, ulong? otherTcr = null)
    {
        using HandmadeImage old = Tables(before ?? (_ => { }));
        using HandmadeImage now = Tables(after);
        return string.Join('|', TableComparison.Compare(old, Root(tcr), now, Root(otherTcr ?? tcr)).Select(change =>
            $"{change.Kind} {change.Level} {change.Start.Value:x} {change.Before?.Value.ToString("x", null) ?? "-"} {change.After?.Value.ToString("x", null) ?? "-"} {change.Entries}"));
    }

    private static TranslationRoot Root(ulong tcr) => TranslationRoot.Of(new ImageRegisters(0x1000, 0x1000, tcr), AddressHalf.Upper);

    private static HandmadeImage Tables(Action<HandmadeImage> change)
    {
        HandmadeImage image = new(0x1000, 5 << 12);
        image[0x1000] = 0x2003;
        image[0x2000] = 0x3003;
        image[0x3000] = Leaf;
        image[0x3008] = Leaf + 0x1000;
        change(image);
        return image;
    }
}
