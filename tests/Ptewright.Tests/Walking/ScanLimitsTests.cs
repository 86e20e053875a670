using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.LinearMap;
using Ptewright.Listing;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Walking;

/// <summary>Where a scan stops counting, and where addresses do not simply count up.</summary>
public sealed class ScanLimitsTests
{
    private const ulong Base = 0x4000_0000;

    // 4K, 39 bits: the root's 512 entries are of level 1.
    private const ulong Tcr = (5UL << 32) | (2UL << 30) | (25UL << 16) | 25;

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(63, 63, 0)]
    [InlineData(64, 64, 0)]
    [InlineData(65, 64, 1)]
    [InlineData(512, 64, 448)]
    public void Problems_are_counted_beyond_those_that_are_reported(int problems, int reported, int rest)
    {
        using HandmadeImage image = new(Base, 0x1000);
        for (ulong i = 0; i < (ulong)problems; i++)
        {
            image[Base + (i * 8)] = 0x7000_0003 + (i << 12); // A table where there is no memory.
        }

        Sink sink = new();
        TableScanner scan = TableScanner.Scan(image, Root(Tcr), sink);
        Assert.Equal((problems, reported, rest, 1), (scan.Problems, sink.Problems.Count, scan.Unreported, scan.Visits));
        Assert.All(sink.Problems, problem => Assert.Equal(TableProblemKind.MissingMemory, problem.Kind));
    }

    // IPS = 32 bits.
    [Theory]
    [InlineData(0x0_ffff_f000UL, TableProblemKind.MissingMemory)]
    [InlineData(0x1_0000_0000UL, TableProblemKind.AddressSize)]
    public void A_root_beyond_the_output_addresses_is_not_read(ulong table, TableProblemKind kind)
    {
        using HandmadeImage image = new(Base, 0x1000);
        Sink sink = new();
        TranslationRoot root = TranslationRoot.Of(new ImageRegisters(Ttbr1: table, Tcr: Tcr & ~(7UL << 32)), AddressHalf.Upper);
        TableScanner scan = TableScanner.Scan(image, root, sink);
        TableProblem problem = Assert.Single(sink.Problems);
        Assert.Equal((kind, root.Start, 1, 0), (problem.Kind, problem.Address, scan.Problems, scan.Visits));
        Assert.Equal(0UL, TableScanner.Scan(image, root with { IsDisabled = true }, sink).Visits == 0 ? 0UL : 1UL);
    }

    // Where bits 51:48 or 51:50 of an address lie elsewhere in the descriptor, the one behind the highest of the others is that plus a page, which is another bit and address 0.
    [Theory]
    [InlineData(GranuleSize.Size4K, 0x0003_ffff_ffff_f403UL, 0x0003_ffff_ffff_f000UL)]
    [InlineData(GranuleSize.Size16K, 0x0003_ffff_ffff_c403UL, 0x0003_ffff_ffff_c000UL)]
    [InlineData(GranuleSize.Size64K, 0x0000_ffff_ffff_0703UL, 0x0000_ffff_ffff_0000UL)]
    public void Pages_at_the_end_of_the_simple_part_of_the_address_are_two_ranges(GranuleSize granule, ulong highest, ulong physical)
    {
        // One table, of level 3, is the root: two pages.
        int pageShift = (int)granule;
        ulong page = 1UL << pageShift;
        int size = granule switch { GranuleSize.Size4K => 43, GranuleSize.Size16K => 39, _ => 35 };
        ulong field = granule switch { GranuleSize.Size4K => 2UL, GranuleSize.Size16K => 1UL, _ => 3UL };
        TranslationRoot root = TranslationRoot.Of(new ImageRegisters(Ttbr1: Base, Tcr: (1UL << 59) | (6UL << 32) | (field << 30) | ((ulong)size << 16)), AddressHalf.Upper);
        Assert.Equal((3, 52), (root.RootLevel, root.OutputBits));
        using HandmadeImage image = new(Base, 1 << pageShift);
        image[Base] = highest - page;
        image[Base + 8] = highest;
        image[Base + 16] = highest + page;
        Sink sink = new();
        _ = TableScanner.Scan(image, root, sink);

        Assert.Empty(sink.Problems);
        using TableWalker walker = new(image, root);
        Assert.Equal([physical - page, physical, 0UL], Enumerable.Range(0, 3).Select(i => walker.Walk(root.Start + ((ulong)i << pageShift)).Physical.Value));
        MappedRange[] pages = [.. sink.Ranges.SelectMany(range => Enumerable.Range(0, (int)(range.Size >> pageShift)).Select(i =>
            range with { Start = range.Start + ((ulong)i << pageShift), Size = page, Physical = range.Physical + ((ulong)i << pageShift) }))];
        Assert.Equal([physical - page, physical, 0UL], pages.Select(range => range.Physical.Value));
        Assert.Equal([root.Start, root.Start + page, root.Start + (2 * page)], pages.Select(range => range.Start));
    }

    // IPS = 32 bits: the third page lies at 4 GiB, though its entry is the one before plus a page.
    [Fact]
    public void A_range_ends_where_output_addresses_do()
    {
        using HandmadeImage image = new(Base, 0x1000);
        for (ulong i = 0; i < 40; i++)
        {
            image[Base + (i * 8)] = 0xffff_e403 + (i << 12);
        }

        TranslationRoot root = Root((2UL << 30) | (43UL << 16));
        Assert.Equal((3, 32), (root.RootLevel, root.OutputBits));
        Sink sink = new();
        _ = TableScanner.Scan(image, root, sink);
        MappedRange range = Assert.Single(sink.Ranges);
        Assert.Equal((0xffff_e000UL, 0x2000UL), (range.Physical.Value, range.Size));
        Assert.Equal(38, sink.Problems.Count);
        Assert.All(sink.Problems, problem => Assert.Equal(TableProblemKind.AddressSize, problem.Kind));
        Assert.Equal(root.Start + 0x2000, sink.Problems[0].Address);
    }

    // Two tables whose pages lie behind one another, in either order in memory, from an entry on; a bit that changes at an entry, or in one entry alone.
    [Theory]
    [InlineData(0x1000, 0x2000, 0)]
    [InlineData(0x2000, 0x1000, 0)]
    [InlineData(0x2000, 0x1000, 1)]
    [InlineData(0x2000, 0x1000, 3)]
    [InlineData(0x2000, 0x1000, 6)]
    [InlineData(0x2000, 0x1000, 17)]
    [InlineData(0x1000, 0x2000, 17)]
    [InlineData(0x1000, 0x2000, 511)]
    public void A_range_ends_at_every_entry_that_differs(ulong firstTable, ulong secondTable, int first)
    {
        const ulong ReadOnly = 1UL << 7;
        using HandmadeImage image = new(Base, 0x3000);
        TranslationRoot root = Root((5UL << 32) | (2UL << 30) | (34UL << 16));
        Assert.Equal(2, root.RootLevel);
        image[Base] = (Base + firstTable) | 3;
        image[Base + 8] = (Base + secondTable) | 3;
        ulong At(int i) => Base + (i < 512 ? firstTable : secondTable) + ((ulong)(i & 511) * 8);
        for (int i = first; i < 1024; i++)
        {
            image[At(i)] = 0x8000_0703 + ((ulong)i << 12);
        }

        Assert.Equal([1024 - first], Sizes());
        for (int i = 1023; i > first; i--)
        {
            image[At(i)] ^= ReadOnly;
            Assert.Equal([i - first, 1024 - i], Sizes());
        }

        for (int i = first + 1; i < 1023; i++)
        {
            // From here on all of them have the bit, but for one.
            image[At(i)] ^= ReadOnly;
            Assert.Equal(i == first + 1 ? [2, 1022 - first] : [1, i - first - 1, 1, 1023 - i], Sizes());
            image[At(i)] ^= ReadOnly;
        }

        int[] Sizes()
        {
            Sink sink = new();
            _ = TableScanner.Scan(image, root, sink);
            return [.. sink.Ranges.Select(range => (int)(range.Size >> 12))];
        }
    }

    [Theory]
    [InlineData(2, 2, true)]
    [InlineData(2, 3, true)]
    [InlineData(0, 0, true)]
    [InlineData(2, 1, false)]
    public void Results_of_many_walks_need_room(int addresses, int room, bool isEnough)
    {
        using HandmadeImage image = new(Base, 0x1000);
        using TableWalker walker = new(image, Root(Tcr));
        PhysicalAddress[] physical = new PhysicalAddress[room];
        if (isEnough)
        {
            Assert.Equal(0, walker.Translate(new VirtualAddress[addresses], physical));
            Assert.All(physical.Take(addresses), found => Assert.Equal(TableWalker.Nowhere, found));
        }
        else
        {
            Assert.Equal("physical", Assert.Throws<ArgumentException>(() => walker.Translate(new VirtualAddress[addresses], physical)).ParamName);
        }
    }

    // A root in use that is smaller than the one that was built would be read beyond its page.
    [Theory]
    [InlineData(0x4000_0000UL, true)]
    [InlineData(0x4000_0080UL, false)]
    [InlineData(0x4000_0f80UL, false)]
    public void A_root_as_built_lies_in_one_page(ulong table, bool fits)
    {
        TranslationRoot root = TranslationRoot.Of(new ImageRegisters(Ttbr1: table, Tcr: (5UL << 32) | (2UL << 30) | (48UL << 16)), AddressHalf.Upper);
        Assert.Equal(table, root.Table.Value);
        Assert.True(TableGeometry.TryCreate(GranuleSize.Size4K, 48, 48, out TableGeometry geometry));
        Exception? refusal = Record.Exception(() => ImageLister.RefuseMisplaced(root, geometry));
        Assert.Equal(fits ? null : $"The root table at 0x{table:x} does not lie in one page, as kernels have it.", (refusal as InvalidInputException)?.Message);
    }

    private static TranslationRoot Root(ulong tcr) => TranslationRoot.Of(new ImageRegisters(Ttbr1: Base, Tcr: tcr), AddressHalf.Upper);

    private sealed class Sink : IRangeSink
    {
        public List<MappedRange> Ranges { get; } = [];

        public List<TableProblem> Problems { get; } = [];

        public void OnRange(in MappedRange range) => Ranges.Add(range);

        public void OnProblem(TableProblem problem) => Problems.Add(problem);
    }
}
