using Ptewright.Addressing;
using Ptewright.Comparing;
using Ptewright.Images;
using Ptewright.Tests.Walking;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Comparing;

/// <summary>What a part of the addresses maps, and the comparison of more ranges than are held at once.</summary>
public sealed class RangeWindowTests
{
    // 39 bits, 4K, in both halves: a level-1 root at 0x1000, level 2 at 0x2000, level 3 at 0x3000.
    private const ulong Tcr = (5UL << 32) | (2UL << 30) | (25UL << 16) | 25;
    private const ulong Upper = 0xffff_ff80_0000_0000;
    private const ulong Block = 0x0060_0000_8000_0701;
    private const ulong Giant = 1UL << 30;

    // Two blocks of 2 MiB behind one another at the beginning of the half: one range of 4 MiB.
    [Theory]
    [InlineData(0x000000, 0x3fffff, 0x000000, 0x400000)]
    [InlineData(0x000001, 0x3ffffe, 0x000001, 0x3ffffe)]
    [InlineData(0x001000, 0x2fffff, 0x001000, 0x2ff000)]
    [InlineData(0x001234, 0x001234, 0x001234, 1)] // One byte.
    [InlineData(0x3fffff, 0x3fffff, 0x3fffff, 1)]
    [InlineData(0x3ff000, 0x7fffff, 0x3ff000, 0x1000)]
    [InlineData(0x000000, 0x7f_ffff_ffff, 0x000000, 0x400000)]
    public void A_range_is_cut_to_the_part_that_was_asked_for(ulong from, ulong last, ulong start, ulong size)
    {
        using HandmadeImage image = Blocks(2);
        foreach (AddressHalf half in new[] { AddressHalf.Lower, AddressHalf.Upper })
        {
            TranslationRoot root = Root(half);
            RangeWindow window = RangeWindow.Read(image, root, root.Start.Value + from, root.Start.Value + last, null);

            MappedRange range = Assert.Single(window.Ranges);
            Assert.Equal((root.Start + start, size, new PhysicalAddress(0x8000_0000 + start), 1UL), (range.Start, range.Size, range.Physical, window.Count));
        }
    }

    [Theory]
    [InlineData(AddressHalf.Upper, 0UL, Upper - 1, 0)]
    [InlineData(AddressHalf.Upper, 0UL, Upper, 1)]
    [InlineData(AddressHalf.Upper, 0UL, ulong.MaxValue, 0x400000)]
    [InlineData(AddressHalf.Upper, Upper + 0x400000, ulong.MaxValue, 0)]
    [InlineData(AddressHalf.Lower, 0UL, ulong.MaxValue, 0x400000)]
    [InlineData(AddressHalf.Lower, 1UL << 39, ulong.MaxValue, 0)]
    public void What_lies_outside_the_half_is_not_in_it(AddressHalf half, ulong from, ulong last, ulong size)
    {
        using HandmadeImage image = Blocks(2);
        Assert.Equal(size, RangeWindow.Read(image, Root(half), from, last, null).Ranges.Aggregate(0UL, (sum, range) => sum + range.Size));
    }

    [Fact]
    public void The_last_address_of_a_half_is_the_one_below_the_next()
    {
        Assert.Equal(0x0000_007f_ffff_ffffUL, Root(AddressHalf.Lower).Last.Value);
        Assert.Equal(ulong.MaxValue, Root(AddressHalf.Upper).Last.Value);
    }

    [Fact]
    public void What_is_wrong_is_told_with_the_root_and_endless_tables_are_a_sentence()
    {
        using HandmadeImage image = Blocks(2);
        image[0x1008] = 0x7000_0003; // A table where there is no memory.
        TranslationRoot root = Root(AddressHalf.Upper);
        List<(TranslationRoot, TableProblemKind)> told = [];
        RangeWindow window = RangeWindow.Read(image, root, 0, ulong.MaxValue, (of, problem) => told.Add((of, problem.Kind)));
        Assert.Equal([(root, TableProblemKind.MissingMemory)], told);
        Assert.Equal(1UL, RangeWindow.Read(image, root, 0, ulong.MaxValue, null).Count);

        window.OnProblem(new TableProblem(TableProblemKind.Loop, root.Start, []));
        Assert.Equal((root, TableProblemKind.Loop), told[^1]);
        string message = Assert.Throws<InvalidInputException>(() => window.OnProblem(new TableProblem(TableProblemKind.TooMany, root.Start, []))).Message;
        Assert.Equal($"handmade: its tables are entered more than {16_777_216:N0} times, which is more than is compared.", message);
        Assert.Equal(2, told.Count);
    }

    [Fact]
    public void More_ranges_than_can_be_held_are_counted()
    {
        using HandmadeImage image = Blocks(2);
        RangeWindow window = RangeWindow.Read(image, Root(AddressHalf.Upper), Upper, Upper, null);
        MappedRange range = Assert.Single(window.Ranges);
        for (int i = 1; i < (1 << 19) + 3; i++)
        {
            window.OnRange(range);
        }

        Assert.Equal((1 << 19, (1UL << 19) + 3), (window.Ranges.Count, window.Count));
    }

    // Every page of three times 1 GiB maps the same memory, so each is a range of its own: 3 x 2^18 of them, and 2^19 are held at once.
    [Theory]
    [InlineData(3, 3, 0UL, 3UL << 18, "Permission")]
    [InlineData(3, 2, 2 * Giant, 1UL << 18, "Removed")]
    [InlineData(1, 3, Giant, 2UL << 18, "Added")]
    public void So_many_ranges_that_they_are_not_held_at_once_are_compared_all_the_same(int before, int after, ulong first, ulong changes, string kind)
    {
        using HandmadeImage old = Pages(before, 0x8000_0703);
        using HandmadeImage now = Pages(after, kind == "Permission" ? 0x8000_0783UL : 0x8000_0703);
        TranslationRoot root = Root(AddressHalf.Upper);
        int problems = 0;
        MapChanges found = MapComparison.Compare(old, root, now, root, 5, (_, _) => problems++);

        Assert.Equal(changes, found.Count);
        Assert.Equal(
            Enumerable.Range(0, 5).Select(i => (kind, Upper + first + ((ulong)i << 12), 0x1000UL)),
            found.First.Select(change => (change.Kinds.ToString(), change.Start.Value, change.Size)));
        Assert.Equal(2, problems); // Each side's once, however often the tables are read.
    }

    [Fact]
    public void Halves_of_two_sizes_are_compared_from_the_lower_start_to_the_higher_end()
    {
        // The same level-2 table below a root of 39 and one of 38 bits: the larger half begins lower.
        using HandmadeImage image = Blocks(2);
        TranslationRoot large = Root(AddressHalf.Upper);
        TranslationRoot small = TranslationRoot.Of(new ImageRegisters(Ttbr1: 0x1000, Tcr: Tcr + (1 << 16)), AddressHalf.Upper);
        string Changes(TranslationRoot before, TranslationRoot after) => string.Join(
            '|', MapComparison.Compare(image, before, image, after, 9).First.Select(change => $"{change.Kinds} {change.Start.Value:x}+{change.Size:x}"));

        Assert.Equal("Removed ffffff8000000000+400000|Added ffffffc000000000+400000", Changes(large, small));
        Assert.Equal("Added ffffff8000000000+400000|Removed ffffffc000000000+400000", Changes(small, large));
        Assert.Equal("", Changes(small, small));

        TranslationRoot lower = Root(AddressHalf.Lower);
        TranslationRoot lowerSmall = TranslationRoot.Of(new ImageRegisters(Ttbr0: 0x1000, Tcr: Tcr + 1), AddressHalf.Lower);
        image[0x1800] = 0x2003; // Entry 256, of 512 or of 256.
        Assert.Equal("Removed 4000000000+400000", Changes(lower, lowerSmall));
        Assert.Equal("Added 4000000000+400000", Changes(lowerSmall, lower));
    }

    private static TranslationRoot Root(AddressHalf half) => TranslationRoot.Of(new ImageRegisters(0x1000, 0x1000, Tcr), half);

    private static HandmadeImage Blocks(int count)
    {
        HandmadeImage image = new(0x1000, 0x3000);
        image[0x1000] = 0x2003;
        for (ulong i = 0; i < (ulong)count; i++)
        {
            image[0x2000 + (i * 8)] = Block + (i << 21);
        }

        return image;
    }

    private static HandmadeImage Pages(int gigabytes, ulong leaf)
    {
        HandmadeImage image = new(0x1000, 0x3000);
        for (ulong i = 0; i < 512; i++)
        {
            image[0x2000 + (i * 8)] = 0x3003;
            image[0x3000 + (i * 8)] = leaf;
        }

        for (ulong i = 0; i < (ulong)gigabytes; i++)
        {
            image[0x1000 + (i * 8)] = 0x2003;
        }

        image[0x1ff8] = 0x7000_0003; // A table where there is no memory.
        return image;
    }
}
