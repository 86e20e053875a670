using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Firmware;
using Ptewright.Images;
using Ptewright.Kernels.Planning;
using Ptewright.Simulation;
using Ptewright.Tests.Images;
using Ptewright.Tests.Kernels;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Walking;

/// <summary>The scanner finds every leaf once, merges what belongs together, and says what is wrong.</summary>
public sealed class TableScannerTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("6.12-cloud", "cortex-a72", "nokaslr")]
    [InlineData("6.12-cloud", "max", "nokaslr")]
    [InlineData("6.12-cloud", "max", "nokaslr rodata=on kfence.sample_interval=100")]
    [InlineData("6.12-16k", "max", "nokaslr rodata=on kfence.sample_interval=100")]
    [InlineData("6.12-16k", "cortex-a76", "nokaslr")]
    [InlineData("6.1-cloud", "cortex-a72", "nokaslr rodata=on")]
    public void Ranges_are_the_leaves_merged(string kernel, string cpu, string commandLine)
    {
        using TableFolder image = Build(kernel, cpu, commandLine, "768M,!20M@0x50003000");
        Ranges found = new();
        TableScanner scan = TableScanner.Scan(image, TranslationRoot.Of(image.Registers, AddressHalf.Upper), found);

        Assert.Empty(found.Problems);
        Assert.Equal(Merged(image), found.Found.Select(range => (range.Start, range.Size, range.Physical, range.Level, range.Attributes.Bits)));
        Assert.Equal(image.Segments.Sum(segment => (long)(segment.Size / image.Kernel!.Geometry.PageSize)), found.Tables.Distinct().Count() + (image.Kernel!.IdentityRoot is null ? 0 : 1));
        Assert.Equal(scan.Visits, found.Tables.Count);
    }

    [Theory]
    [InlineData(0x0020_0000, 0x0040_1fff)]
    [InlineData(0x0000_1234, 0x2fff_ffff)]
    [InlineData(0x0fff_f000, 0x1000_0000)]
    public void A_part_is_what_lies_in_it(ulong from, ulong last)
    {
        using TableFolder image = Build("6.12-cloud", "cortex-a72", "nokaslr", "768M");
        TranslationRoot root = TranslationRoot.Of(image.Registers, AddressHalf.Upper);
        VirtualAddress start = root.Start + from;
        VirtualAddress end = root.Start + last;
        Ranges all = new();
        Ranges part = new();
        _ = TableScanner.Scan(image, root, all);
        _ = TableScanner.Scan(image, root, part, start, end);
        using TableWalker walker = new(image, root);

        // Page by page: in the part exactly when it touches it (blocks are reported whole).
        Assert.All(part.Found, range => Assert.True(range.Last >= start && range.Start <= end));
        for (ulong page = from & ~0xfffUL; page <= last; page += 4096)
        {
            VirtualAddress address = root.Start + page;
            MappedRange? range = part.Found.Where(item => item.Start <= address && address <= item.Last).Cast<MappedRange?>().SingleOrDefault();
            WalkResult walked = walker.Walk(address);
            Assert.Equal(walked.IsMapped, range is not null);
            Assert.Equal(walked.IsMapped ? walked.Physical : default, range is { } found ? found.Physical + (address - found.Start.Value).Value : default);
        }

        Assert.True(part.Found.Sum(range => (long)range.Size) < all.Found.Sum(range => (long)range.Size));
    }

    [Fact]
    public void A_table_that_leads_to_itself_is_reported_with_its_path()
    {
        using TestTables tables = new();
        tables.Set(0, 3, tables.Table(1));
        tables.Set(1, 5, tables.Table(0));
        Ranges found = tables.Scan();

        TableProblem loop = Assert.Single(found.Problems);
        Assert.Equal(TableProblemKind.Loop, loop.Kind);
        Assert.Equal([(0, 3), (1, 5)], loop.Path.Select(step => (step.Level, step.Index)));
        Assert.Equal(0xffff_0000_0000_0000 + (3UL << 39) + (5UL << 30), loop.Address.Value);
    }

    [Fact]
    public void A_table_outside_memory_is_reported()
    {
        using TestTables tables = new();
        tables.Set(0, 0, tables.Table(1));
        tables.Set(1, 0, 0x1234_5000 | 3);
        TableProblem problem = Assert.Single(tables.Scan().Problems);

        Assert.Equal((TableProblemKind.MissingMemory, 2), (problem.Kind, problem.Path.Count));
    }

    [Fact]
    public void Entries_of_a_type_that_is_none_are_reported_and_the_rest_is_read()
    {
        using TestTables tables = new();
        tables.Set(0, 0, 0x8000_0701);
        tables.Set(0, 1, tables.Table(1));
        tables.Set(1, 0, tables.Table(2));
        tables.Set(2, 0, tables.Table(3));
        tables.Set(3, 0, 0x8000_0701);
        tables.Set(3, 1, 0x8000_0703);
        Ranges found = tables.Scan();

        Assert.Equal([(TableProblemKind.BadType, 1), (TableProblemKind.BadType, 4)], found.Problems.Select(problem => (problem.Kind, problem.Path.Count)));
        Assert.Equal(0x8000_0000UL, Assert.Single(found.Found).Physical.Value);
    }

    [Theory]
    [InlineData(3, 0x8000_0703, 0x1000)]
    [InlineData(2, 0x8000_0701, 0x20_0000)]
    public void A_run_whose_entries_disagree_is_reported_once_and_a_good_one_is_not(int level, ulong first, ulong size)
    {
        using TestTables tables = new();
        tables.Set(0, 0, tables.Table(1));
        tables.Set(1, 0, tables.Table(2));
        tables.Set(2, 100, tables.Table(3));
        int at = level == 3 ? 32 : 16;
        for (int i = 0; i < 32; i++)
        {
            tables.Set(level, at + i, (first + ((ulong)i * size)) | DescriptorBits.Contiguous);
        }

        Assert.Empty(tables.Scan().Problems);
        tables.Set(level, at + 21, first + (21 * size));
        TableProblem problem = Assert.Single(tables.Scan().Problems);
        Assert.Equal((TableProblemKind.BrokenRun, at + 16), (problem.Kind, problem.Path[^1].Index));
    }

    [Fact]
    public void Restrictions_of_tables_are_part_of_a_range()
    {
        using TestTables tables = new();
        tables.Set(0, 0, tables.Table(1) | DescriptorBits.PxnTable);
        tables.Set(0, 1, tables.Table(1) | (1UL << 62));
        tables.Set(1, 0, 0x4000_0000 | 0x701 | DescriptorBits.User);
        Ranges found = tables.Scan();

        Assert.Equal([(false, false), (true, true)], found.Found.Select(range => (range.Attributes.IsReadOnly, range.Attributes.IsKernelExecutable)));
    }

    [Theory]
    [InlineData(4, 3)]
    [InlineData(3, 4)]
    public void Runs_end_where_they_do_whichever_way_tables_lie_in_memory(int firstTable, int secondTable)
    {
        _ = Directory.CreateDirectory(_folder);
        string path = Path.Combine(_folder, "raw");
        Random random = new(20_251_126);
        for (int round = 0; round < 300; round++)
        {
            ulong[] image = new ulong[5 * 512];
            image[0] = 0x4000_1003;
            image[512] = 0x4000_2003;
            image[1024] = 0x4000_0003 + ((ulong)firstTable << 12);
            image[1025] = 0x4000_0003 + ((ulong)secondTable << 12);
            for (int i = 0; i < 1024; i++)
            {
                image[((i < 512 ? firstTable : secondTable) * 512) + (i & 511)] = (0x8000_0000 + ((ulong)i << 12)) | 0x703;
            }

            int changed = random.Next(512);
            image[(firstTable * 512) + changed] = random.Next(2) == 0 ? 0 : image[(firstTable * 512) + changed] ^ 0x80;
            File.WriteAllBytes(path, [.. image.SelectMany(BitConverter.GetBytes)]);
            using RawImage raw = new((path, new PhysicalAddress(0x4000_0000)));
            TranslationRoot root = TranslationRoot.Of(new ImageRegisters(Ttbr1: 0x4000_0000, Tcr: (16UL << 16) | (2UL << 30) | (5UL << 32)), AddressHalf.Upper);
            int first = random.Next(512);
            int end = random.Next(513, 1025);
            Ranges found = new();
            _ = TableScanner.Scan(raw, root, found, root.Start + ((ulong)first << 12), root.Start + (((ulong)end << 12) - 1));

            using TableWalker walker = new(raw, root);
            Assert.InRange(found.Found.Count, 1, 3);
            for (int i = first; i < end; i++)
            {
                VirtualAddress address = root.Start + ((ulong)i << 12);
                WalkResult walked = walker.Walk(address);
                MappedRange[] inside = [.. found.Found.Where(range => range.Start <= address && address <= range.Last)];
                Assert.Equal(walked.IsMapped ? 1 : 0, inside.Length);
                Assert.All(inside, range => Assert.Equal((walked.Attributes.Bits, walked.Physical), (range.Attributes.Bits, range.Physical + (address - range.Start.Value).Value)));
            }
        }
    }

    [Fact]
    public void Tables_that_multiply_are_left_after_the_limit()
    {
        using TestTables tables = new();
        for (int i = 0; i < 512; i++)
        {
            tables.Set(0, i, tables.Table(1));
            tables.Set(1, i, tables.Table(2));
            tables.Set(2, i, tables.Table(3));
        }

        Ranges found = tables.Scan(100_000);
        Assert.Equal(TableProblemKind.TooMany, Assert.Single(found.Problems).Kind);
        Assert.Equal(100_000, found.Tables.Count);
    }

    private static List<(VirtualAddress Start, ulong Size, PhysicalAddress Physical, int Level, ulong Bits)> Merged(TableFolder image)
    {
        List<(VirtualAddress Start, ulong Size, PhysicalAddress Physical, int Level, ulong Bits)> merged = [];
        foreach (Leaf leaf in image.Leaves())
        {
            ulong bits = image.Kernel!.Format.AttributesOf(leaf.Entry);
            if (merged.Count > 0 && merged[^1] is var open && open.Level == leaf.Level && open.Bits == bits && open.Start + open.Size == leaf.Start
                && open.Physical + open.Size == leaf.Physical && !IsOtherTable(image, open.Start, leaf.Start))
            {
                merged[^1] = open with { Size = open.Size + leaf.Size };
            }
            else
            {
                merged.Add((leaf.Start, leaf.Size, leaf.Physical, leaf.Level, bits));
            }
        }

        return merged;
    }

    // Whether the tables above two leaves restrict them differently: the alias is linked without PXNTable where it has tables of its own.
    private static bool IsOtherTable(TableFolder image, VirtualAddress first, VirtualAddress second)
    {
        using TableWalker walker = new(image, TranslationRoot.Of(image.Registers, AddressHalf.Upper));
        return walker.Walk(first).Attributes.Inherited != walker.Walk(second).Attributes.Inherited;
    }

    private TableFolder Build(string kernel, string cpu, string commandLine, string memory)
    {
        KernelMachine machine = SampleKernels.Machine(kernel, cpu, MemorySpec.Parse(memory), commandLine);
        KernelPlan plan = SampleKernels.Profile(kernel).Plan(machine, KernelScope.MapMem);
        using LinearMapSimulation simulation = new(plan.Plan);
        _ = simulation.Build(plan.Strategy.Options);
        _ = TableFolder.Save(_folder, machine, plan, simulation);
        return new TableFolder(_folder);
    }

    private sealed class Ranges : IRangeSink
    {
        public List<MappedRange> Found { get; } = [];

        public List<TableProblem> Problems { get; } = [];

        public List<PhysicalAddress> Tables { get; } = [];

        public void OnRange(in MappedRange range) => Found.Add(range);

        public void OnProblem(TableProblem problem) => Problems.Add(problem);

        public void OnTable(PhysicalAddress table, int level, VirtualAddress start, int bytes) => Tables.Add(table);
    }

    /// <summary>Four tables of 4K pages with 48-bit addresses, one for each level, written by hand.</summary>
    private sealed unsafe class TestTables : MemoryImage
    {
        private const ulong Base = 0x4000_0000;
        private readonly ulong[] _entries = GC.AllocateArray<ulong>(4 * 512, pinned: true);

        public override string Name => "test";

        public override IReadOnlyList<MemorySegment> Segments => [new(new PhysicalAddress(Base), 4 * 4096)];

        public ulong Table(int level) => (Base + ((ulong)level * 4096)) | 3;

        public void Set(int level, int index, ulong entry) => _entries[(level * 512) + index] = entry;

        public Ranges Scan(long mostVisits = TableScanner.UsualVisits)
        {
            Ranges found = new();
            TranslationRoot root = TranslationRoot.Of(new ImageRegisters(Ttbr1: Base, Tcr: (16UL << 16) | (2UL << 30) | (5UL << 32)), AddressHalf.Upper);
            _ = TableScanner.Scan(this, root, found, root.Start, new VirtualAddress(ulong.MaxValue), mostVisits);
            return found;
        }

        public override MemoryReader OpenReader() => new((address, bytes) =>
        {
            fixed (ulong* entries = _entries)
            {
                MemoryWindow all = new(new PhysicalAddress(Base), 4 * 4096, (byte*)entries);
                return all.At(address, (ulong)bytes) == null ? default : all;
            }
        });

        protected override void Dispose(bool disposing)
        {
        }
    }
}
