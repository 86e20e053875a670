using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Tests.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Walking;

/// <summary>What keeps leaves from being one range, what tables above them restrict, and which contiguous runs are broken.</summary>
public sealed class ScannedRangesTests
{
    private const ulong Base = 0x4000_0000;
    private const ulong Usual = (5UL << 32) | (2UL << 30) | (16UL << 16) | 16;

    [Theory]
    [InlineData(59)]
    [InlineData(60)]
    [InlineData(61)]
    [InlineData(62)]
    [InlineData(63)]
    public void Leaves_below_tables_that_restrict_differently_are_two_ranges(int bit)
    {
        // Two level-3 tables side by side, all of their pages behind one another: one range, until one of the tables restricts.
        using HandmadeImage image = Pages();
        Assert.Single(Scan(image).Ranges);
        image[Base + 0x2008] |= 1UL << bit;
        Sink restricted = Scan(image);

        Assert.Equal([0UL, 1UL << bit], restricted.Ranges.Select(range => range.Attributes.Inherited));
        Assert.Equal([512UL << 12, 512UL << 12], restricted.Ranges.Select(range => range.Size));
        Assert.Equal(restricted.Ranges.Select(range => range.Attributes), restricted.Ranges.Select(range => image.WalkOnce(Root(Usual), range.Start).Attributes));
    }

    [Theory]
    [InlineData(59, 62)]
    [InlineData(63, 60)]
    public void Restrictions_of_all_levels_add_up(int upper, int lower)
    {
        using HandmadeImage image = Pages();
        image[Base] |= 1UL << upper;
        image[Base + 0x2000] |= 1UL << lower;
        image[Base + 0x2008] |= 1UL << lower;
        MappedRange range = Assert.Single(Scan(image).Ranges);

        Assert.Equal((1UL << upper) | (1UL << lower), range.Attributes.Inherited);
        Assert.Equal(range.Attributes, image.WalkOnce(Root(Usual), range.Start).Attributes);
    }

    [Fact]
    public void Bits_of_table_descriptors_that_restrict_nothing_are_not_inherited()
    {
        using HandmadeImage image = Pages();
        image[Base + 0x2000] |= 0x07f0_0000_0000_0ffc;
        Assert.Equal(0UL, Assert.Single(Scan(image).Ranges).Attributes.Inherited);
        Assert.Equal(0UL, image.WalkOnce(Root(Usual), Root(Usual).Start).Attributes.Inherited);
    }

    [Theory]
    [InlineData(AddressHalf.Lower, 0, true)]
    [InlineData(AddressHalf.Lower, 41, false)]
    [InlineData(AddressHalf.Lower, 42, true)]
    [InlineData(AddressHalf.Upper, 0, true)]
    [InlineData(AddressHalf.Upper, 41, true)]
    [InlineData(AddressHalf.Upper, 42, false)]
    public void With_HPD_of_its_half_tables_restrict_nothing(AddressHalf half, int bit, bool restricts)
    {
        using HandmadeImage image = Pages();
        image[Base] |= El1Regime.InheritedMask;
        image[Base + 0x2008] |= DescriptorBits.PxnTable;
        TranslationRoot root = Root(Usual | (bit == 0 ? 0 : 1UL << bit), half);
        MappedRange range = Assert.Single(Scan(image, root).Ranges);

        Assert.Equal(restricts ? El1Regime.InheritedMask : 0, range.Attributes.Inherited);
        Assert.Equal(range.Attributes, image.WalkOnce(root, root.Start).Attributes);
        Assert.Equal(range.Attributes, image.WalkOnce(root, range.Last).Attributes);
    }

    [Fact]
    public void Another_regime_is_a_struct_of_its_own()
    {
        using HandmadeImage image = Pages();
        image[Base] |= El1Regime.InheritedMask;
        TranslationRoot root = Root(Usual) with { Regime = new TranslationRegime.Of<OtherRegime>() };
        MappedRange range = Assert.Single(Scan(image, root).Ranges);

        Assert.Equal(OtherRegime.InheritedMask, range.Attributes.Inherited);
        Assert.Equal(new Permissions(AccessRights.Read, AccessRights.Execute), range.Attributes.Permissions);
        Assert.Equal(range.Attributes, new TableWalker(image, root).Walk(range.Start).Attributes);
        Assert.NotEqual(range.Attributes, range.Attributes with { Regime = TranslationRegime.El1 });
        Assert.Equal("another", range.Attributes.Regime.ToString());
        Assert.Equal("EL1&0", default(LeafAttributes).Regime.ToString());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(11)]
    [InlineData(50)]
    [InlineData(51)]
    [InlineData(53)]
    [InlineData(54)]
    public void Another_bit_that_the_CPU_heeds_ends_a_range(int bit)
    {
        using HandmadeImage image = Pages();
        image[Base + 0x3000 + (100 * 8)] ^= 1UL << bit;
        Assert.Equal([100UL, 1, 923], Scan(image).Ranges.Select(range => range.Size >> 12));
        Assert.Equal([100UL, 1, 923], Scan(image, isExact: true).Ranges.Select(range => range.Size >> 12));
    }

    [Theory]
    [InlineData(55)]
    [InlineData(56)]
    [InlineData(57)]
    [InlineData(58)]
    [InlineData(63)]
    public void Software_bits_end_a_range_only_where_all_bits_count(int bit)
    {
        using HandmadeImage image = Pages();
        image[Base + 0x3000 + (100 * 8)] ^= 1UL << bit;
        Assert.Equal([1024UL], Scan(image).Ranges.Select(range => range.Size >> 12));
        Assert.Equal([100UL, 1, 923], Scan(image, isExact: true).Ranges.Select(range => range.Size >> 12));
    }

    [Theory]
    [InlineData(12)]
    [InlineData(16)]
    [InlineData(20)]
    public void A_blocks_low_address_bits_count_only_where_all_bits_do(int bit)
    {
        using HandmadeImage image = new(Base, 3 << 12);
        image[Base] = (Base + 0x1000) | 3;
        image[Base + 0x1000] = (Base + 0x2000) | 3;
        image[Base + 0x2000] = 0x8000_0701;
        image[Base + 0x2008] = 0x8020_0701 | (1UL << bit);
        MappedRange whole = Assert.Single(Scan(image).Ranges);
        Assert.Equal((4UL << 20, 0x8000_0000UL, 0x701UL), (whole.Size, whole.Physical.Value, whole.Attributes.Bits));
        Assert.Equal([(0x8000_0000UL, 0x701UL), (0x8020_0000UL, 0x701UL | (1UL << bit))], Scan(image, isExact: true).Ranges.Select(range => (range.Physical.Value, range.Attributes.Bits)));
    }

    [Fact]
    public void Pages_and_blocks_behind_one_another_are_two_ranges()
    {
        using HandmadeImage image = Pages();
        image[Base + 0x2010] = 0x8040_0701;
        Assert.Equal([(3, 1024UL << 12), (2, 2UL << 20)], Scan(image).Ranges.Select(range => (range.Level, range.Size)));
    }

    [Theory]
    [InlineData(GranuleSize.Size4K, 3, 16)]
    [InlineData(GranuleSize.Size4K, 2, 16)]
    [InlineData(GranuleSize.Size4K, 1, 16)]
    [InlineData(GranuleSize.Size16K, 3, 128)]
    [InlineData(GranuleSize.Size16K, 2, 32)]
    [InlineData(GranuleSize.Size64K, 3, 32)]
    [InlineData(GranuleSize.Size64K, 2, 32)]
    public void A_contiguous_run_is_checked_at_each_of_its_entries(GranuleSize granule, int level, int length)
    {
        // A tree with one table of each level; the run is the table's second.
        int pageShift = (int)granule;
        int size = granule == GranuleSize.Size64K ? 22 : granule == GranuleSize.Size16K ? 17 : 16;
        ulong tcr = (5UL << 32) | ((granule switch { GranuleSize.Size4K => 2UL, GranuleSize.Size16K => 1UL, _ => 3UL }) << 30) | ((ulong)size << 16);
        TranslationRoot root = TranslationRoot.Of(new ImageRegisters(Ttbr1: Base, Tcr: tcr), AddressHalf.Upper);
        using HandmadeImage image = new(Base, 4 << pageShift);
        ulong table = Base;
        for (int above = root.RootLevel; above < level; above++)
        {
            image[table] = (table + (1UL << pageShift)) | 3;
            table += 1UL << pageShift;
        }

        ulong covered = 1UL << root.Shift(level);
        ulong physical = (covered * (ulong)length) << 4;
        ulong kind = level == 3 ? 0x703UL : 0x701;
        Fill();
        Assert.Empty(Scan(image, root).Problems);

        // Without its first entry's bit, its last one's, with another attribute, another place, a hole.
        foreach (int changed in new[] { 0, 1, length / 2, length - 1 })
        {
            foreach (ulong change in new[] { DescriptorBits.Contiguous, 0x80UL, covered, 1UL })
            {
                Fill();
                Entry(changed) ^= change;
                TableProblem[] problems = [.. Scan(image, root).Problems];
                Assert.NotEmpty(problems);
                Assert.All(problems, problem => Assert.Equal((TableProblemKind.BrokenRun, level), (problem.Kind, problem.Path[^1].Level)));
                Assert.All(problems, problem => Assert.InRange(problem.Path[^1].Index, length, (2 * length) - 1));
                Assert.Equal(changed == 0 && change is 0 or 1 or DescriptorBits.Contiguous ? length + 1 : length, problems[0].Path[^1].Index);
            }
        }

        // The neighbours without the bit are none of its business, and a run has to lie at a multiple of its size.
        Fill();
        Entry(-1) = 0;
        Entry(length) = (physical + (covered << 12)) | kind;
        Assert.Empty(Scan(image, root).Problems);
        physical += covered;
        Fill();
        Assert.Equal(TableProblemKind.BrokenRun, Scan(image, root).Problems[0].Kind);

        ref ulong Entry(int index) => ref image.At(table + ((ulong)(length + index) * 8));

        void Fill()
        {
            for (int i = 0; i < length; i++)
            {
                Entry(i) = (physical + ((ulong)i * covered)) | kind | DescriptorBits.Contiguous;
            }
        }
    }

    [Theory]
    [InlineData(0, 0x8000_0701, TableProblemKind.BadType)]
    [InlineData(3, 0x8000_0701, TableProblemKind.BadType)]
    [InlineData(0, 0x7000_0003, TableProblemKind.MissingMemory)]
    [InlineData(2, 0x7000_0003, TableProblemKind.MissingMemory)]
    [InlineData(0, 0x0000_1000_0000_0003, TableProblemKind.AddressSize)]
    [InlineData(1, 0x0000_1000_0000_0701, TableProblemKind.AddressSize)]
    [InlineData(2, 0x0000_1000_0000_0701, TableProblemKind.AddressSize)]
    [InlineData(3, 0x0000_1000_0000_0703, TableProblemKind.AddressSize)]
    public void What_is_wrong_is_reported_with_the_entries_that_a_walk_reads(int level, ulong raw, TableProblemKind kind)
    {
        // 44 bits of output address; the second entry of each table is wrong, the first one leads on.
        TranslationRoot root = Root((Usual & ~(7UL << 32)) | (4UL << 32));
        using HandmadeImage image = Pages();
        image[Base + ((ulong)level << 12) + 8] = raw;
        Sink sink = Scan(image, root);
        TableProblem problem = Assert.Single(sink.Problems);
        WalkStep[] steps = new WalkStep[TableWalker.MostSteps];
        WalkResult walked = image.WalkOnce(root, problem.Address, steps, out int count);

        Assert.Equal((kind, root.Start + (1UL << root.Shift(level))), (problem.Kind, problem.Address));
        Assert.Equal(kind switch { TableProblemKind.BadType => WalkFault.Translation, TableProblemKind.AddressSize => WalkFault.AddressSize, _ => WalkFault.MissingMemory }, walked.Fault);
        Assert.Equal(steps[..count], problem.Path);
    }

    [Fact]
    public void Nothing_is_scanned_where_the_last_address_lies_before_the_first()
    {
        using HandmadeImage image = Pages();
        Sink sink = new();
        TranslationRoot root = Root(Usual);
        _ = TableScanner.Scan(image, root, sink, root.Start + 0x2000, root.Start + 0x1fff);
        Assert.Empty(sink.Ranges);
        _ = TableScanner.Scan(image, root, sink, root.Start + 0x2000, root.Start + 0x2000);
        Assert.Equal((root.Start + 0x2000, 0x1000UL), (sink.Ranges[0].Start, sink.Ranges[0].Size));
    }

    private static Sink Scan(HandmadeImage image, TranslationRoot? root = null, bool isExact = false)
    {
        root ??= Root(Usual);
        Sink sink = new();
        VirtualAddress last = new(root.Start.Value + ((1UL << root.InputBits) - 1));
        _ = TableScanner.Scan(image, root, sink, root.Start, last, isExact: isExact);
        return sink;
    }

    private static TranslationRoot Root(ulong tcr, AddressHalf half = AddressHalf.Upper) => TranslationRoot.Of(new ImageRegisters(Base, Base, tcr), half);

    // 48 bits, 4K: root, level 1, level 2, and two tables of pages, 1024 of them behind one another.
    private static HandmadeImage Pages()
    {
        HandmadeImage image = new(Base, 5 << 12);
        image[Base] = (Base + 0x1000) | 3;
        image[Base + 0x1000] = (Base + 0x2000) | 3;
        image[Base + 0x2000] = (Base + 0x3000) | 3;
        image[Base + 0x2008] = (Base + 0x4000) | 3;
        for (ulong i = 0; i < 1024; i++)
        {
            image[Base + 0x3000 + (i * 8)] = (0x8000_0000 + (i << 12)) | 0x703;
        }

        return image;
    }

    private sealed class Sink : IRangeSink
    {
        public List<MappedRange> Ranges { get; } = [];

        public List<TableProblem> Problems { get; } = [];

        public void OnRange(in MappedRange range) => Ranges.Add(range);

        public void OnProblem(TableProblem problem) => Problems.Add(problem);
    }

    private readonly struct OtherRegime : IRegime
    {
        public static string Name => "another";

        public static ulong InheritedMask => 1UL << 62;

        public static Permissions PermissionsOf(ulong leaf, ulong inherited) =>
            new(AccessRights.Read, inherited == InheritedMask ? AccessRights.Execute : AccessRights.None);
    }
}
