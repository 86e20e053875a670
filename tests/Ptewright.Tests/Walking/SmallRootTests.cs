using System.Buffers.Binary;
using Ptewright.Addressing;
using Ptewright.Comparing;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Walking;

/// <summary>A root table may have fewer entries than a contiguous run, and may be the last thing in memory: what lies behind it is none of its business.</summary>
public sealed class SmallRootTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    // TCR, level of the root, entries of it, entries of a run, log2 of the page, log2 of what an entry covers.
    public static TheoryData<ulong, int, int, int, int, int> Roots => new()
    {
        { 0x5_8021_0021, 1, 2, 16, 12, 30 },
        { 0x5_8028_0028, 2, 8, 16, 12, 21 },
        { 0x5_4030_0030, 3, 4, 128, 14, 14 },
        { 0x5_4026_0026, 2, 2, 32, 14, 25 },
        { 0x5_c02f_002f, 3, 2, 32, 16, 16 },
        { 0x5_c021_0021, 2, 4, 32, 16, 29 },
    };

    [Theory]
    [MemberData(nameof(Roots))]
    public void A_run_that_goes_on_behind_its_root_is_reported_whatever_lies_there(ulong tcr, int level, int entries, int run, int page, int shift)
    {
        // Memory behind the root goes on as the run would: before its end was looked at, that made the run whole.
        byte[] memory = new byte[2 << page];
        int root = 1 << page;
        for (int i = 0; i < run; i++)
        {
            Put(memory, root + (8 * i), Leaf(level, (ulong)i << shift));
        }

        using RawImage image = Load(memory);
        (TranslationRoot read, Found found) = Scan(image, tcr, (ulong)root);
        Assert.Equal((level, entries, run), (read.RootLevel, read.RootEntries, read.RunLength(level)));
        TableProblem problem = Assert.Single(found.Problems);
        Assert.Equal((TableProblemKind.BrokenRun, read.Start), (problem.Kind, problem.Address));
        Assert.Equal((read.Start, (ulong)entries << shift, 0UL), Assert.Single(found.Ranges.Select(range => (range.Start, range.Size, range.Physical.Value))));
    }

    [Theory]
    [MemberData(nameof(Roots))]
    public void A_root_at_the_very_end_of_memory_is_read_by_everything(ulong tcr, int level, int entries, int run, int page, int shift)
    {
        byte[] memory = new byte[1 << page];
        int root = memory.Length - (8 * entries);
        for (int i = 0; i < entries; i++)
        {
            Put(memory, root + (8 * i), Leaf(level, (ulong)i << shift));
        }

        using RawImage image = Load(memory);
        (TranslationRoot read, Found found) = Scan(image, tcr, (ulong)root);
        Assert.Equal(run, read.RunLength(level));
        Assert.Equal(TableProblemKind.BrokenRun, Assert.Single(found.Problems).Kind);
        Assert.Empty(TableComparison.Compare(image, read, image, read));
        using TableWalker walker = new(image, read);
        PhysicalAddress[] physical = new PhysicalAddress[2];
        VirtualAddress last = read.Start + (((ulong)entries << shift) - 1);
        Assert.Equal(2, walker.Translate([read.Start, last], physical));
        Assert.Equal([new PhysicalAddress(0), new PhysicalAddress(((ulong)entries << shift) - 1)], physical);
        Assert.Equal(physical[1], walker.Walk(last).Physical);
    }

    [Fact]
    public void A_run_that_its_root_has_room_for_is_whole()
    {
        byte[] memory = new byte[4096];
        for (int i = 0; i < 16; i++)
        {
            Put(memory, 4096 - 128 + (8 * i), Leaf(3, (ulong)i << 12));
        }

        using RawImage image = Load(memory);
        (TranslationRoot read, Found found) = Scan(image, 0x5_8030_0030, 4096 - 128);
        Assert.Equal(16, read.RootEntries);
        Assert.Empty(found.Problems);
    }

    [Theory]
    [InlineData(0, 0xfff)]
    [InlineData(0xffff_0000_0000_0000, 0xffff_ffff_7fff_ffff)]
    public void A_part_outside_the_half_has_nothing_in_it(ulong from, ulong last)
    {
        byte[] memory = new byte[4096];
        Put(memory, 4096 - 16, Leaf(1, 0));
        using RawImage image = Load(memory);
        TranslationRoot root = TranslationRoot.Of(new ImageRegisters(Ttbr1: 0xff0, Tcr: 0x5_8021_0021), AddressHalf.Upper);
        Found found = new();
        Assert.Equal(0, TableScanner.Scan(image, root, found, new VirtualAddress(from), new VirtualAddress(last)).Visits);
        Assert.Empty(found.Ranges);
    }

    // Inner shareable, accessed, contiguous.
    private static ulong Leaf(int level, ulong output) => output | 0x0010_0000_0000_0700 | (level == 3 ? 3UL : 1UL);

    private static void Put(byte[] memory, int at, ulong entry) => BinaryPrimitives.WriteUInt64LittleEndian(memory.AsSpan(at), entry);

    private static (TranslationRoot Root, Found Found) Scan(MemoryImage image, ulong tcr, ulong ttbr1)
    {
        TranslationRoot root = TranslationRoot.Of(new ImageRegisters(Ttbr1: ttbr1, Tcr: tcr), AddressHalf.Upper);
        Found found = new();
        _ = TableScanner.Scan(image, root, found);
        return (root, found);
    }

    private RawImage Load(byte[] memory)
    {
        File.WriteAllBytes(_file, memory);
        return new RawImage((_file, default));
    }

    private sealed class Found : IRangeSink
    {
        public List<MappedRange> Ranges { get; } = [];

        public List<TableProblem> Problems { get; } = [];

        public void OnRange(in MappedRange range) => Ranges.Add(range);

        public void OnProblem(TableProblem problem) => Problems.Add(problem);
    }
}
