using System.Buffers.Binary;
using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Discovery;
using Ptewright.Findings;
using Ptewright.Fuzz;
using Ptewright.Images;
using Ptewright.Tests.Discovery;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Images;

/// <summary>What each format has not: how much, where and why; and what becomes of tables that lay there.</summary>
public sealed class MissingMemoryTests : IDisposable
{
    private const ulong First = KdumpFiles.FirstPage;
    private const ulong Piece = LimeRange.AvmlPiece;

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_dump_tells_what_was_left_out_what_is_lost_and_what_never_was()
    {
        KdumpWriter writer = new() { Stored = KdumpFiles.Memory(4096), Excluded = [First + 7, First + 8, First + 20], DumpLevel = 0b10101 };
        byte[] file = writer.Build();

        // The second page was not written any more, the third lies behind the end.
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(writer.DescriptorOffset + KdumpWriter.DescriptorSize), 0);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(writer.DescriptorOffset + (2 * KdumpWriter.DescriptorSize)), file.Length);
        using KdumpImage dump = new(Write("dump", file));
        IReadOnlyList<MissingMemory> missing = dump.FindMissing(CancellationToken.None);
        Assert.Equal(
            [(MissingKind.Absent, 11UL << 12, 1UL, null), (MissingKind.LeftOut, 3UL << 12, 2UL, "dump level 21: pages of these kinds: zeros, cache in use, free"), (MissingKind.Lost, 2UL << 12, 1UL, (string?)null)],
            missing.Select(gone => (gone.Kind, gone.Bytes, gone.Count, gone.Why)));
        Assert.Equal([(First + 9, 11UL)], Pages(missing[0]));
        Assert.Equal([(First + 7, 2UL), (First + 20, 1UL)], Pages(missing[1]));
        Assert.Equal([(First + 1, 2UL)], Pages(missing[2]));
    }

    [Fact]
    public void The_pages_of_a_file_that_is_not_there_are_lost()
    {
        KdumpWriter writer = new() { Stored = KdumpFiles.Memory(4096), Part = (First + 2, First + 5) };
        using KdumpImage dump = new(Write("dump", writer.Build()));
        Assert.Equal([(First, 2UL), (First + 5, 2UL)], Pages(Assert.Single(dump.FindMissing(CancellationToken.None))));
    }

    [Fact]
    public void Descriptors_behind_the_end_are_those_of_lost_pages()
    {
        KdumpWriter writer = new() { Stored = KdumpFiles.Memory(4096) };
        using KdumpImage dump = new(Write("dump", writer.Build()[..(writer.DescriptorOffset + (5 * KdumpWriter.DescriptorSize) + 3)]));
        MissingMemory gone = Assert.Single(dump.FindMissing(CancellationToken.None));
        Assert.Equal((MissingKind.Lost, 7UL << 12), (gone.Kind, gone.Bytes));
    }

    // Descriptors are read 4,096 at once: what an earlier block left behind is not one of a page behind the end.
    [Fact]
    public void Descriptors_behind_the_end_do_not_repeat_earlier_ones()
    {
        SortedDictionary<ulong, byte[]> memory = [];
        for (ulong page = 0; page < 5000; page++)
        {
            memory.Add(page, new byte[4096]);
        }

        KdumpWriter writer = new() { Stored = memory, Pages = 5000, SharesZeros = true };
        byte[] file = writer.Build();

        // The one page of zeros lies in front of the descriptors, so that all but the last ones lead to it.
        for (int i = 0; i < 5000; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(writer.DescriptorOffset + (i * KdumpWriter.DescriptorSize)), 4096);
        }

        using KdumpImage dump = new(Write("dump", file[..(writer.DescriptorOffset + (4990 * KdumpWriter.DescriptorSize))]));
        Assert.Equal([(4990UL, 10UL)], Pages(Assert.Single(dump.FindMissing(CancellationToken.None))));
    }

    [Fact]
    public void A_reader_of_everything_passes_over_what_was_left_out()
    {
        KdumpWriter writer = new() { Stored = KdumpFiles.Memory(4096), Excluded = [First + 7, First + 8, First + 20] };
        using KdumpImage dump = new(Write("dump", writer.Build()));
        Assert.Equal(
            [First << 12, (First << 12) + 8, ((First + 6) << 12) + 4095, writer.Pages << 12, writer.Pages << 12],
            new[] { First << 12, (First << 12) + 8, ((First + 6) << 12) + 4095, (First + 7) << 12, (First + 20) << 12 }.Select(at => dump.NextPresent(new PhysicalAddress(at)).Value));
        SweepFindings found = MemorySweep.Run(dump, new MemoryRanges(dump.Segments), default);
        Assert.Equal((7UL << 12, 0UL), (found.BytesRead, found.BytesOfHoles));
    }

    [Theory]
    [InlineData("lime")]
    [InlineData("avml")]
    public void Ranges_have_gaps_of_three_kinds(string form)
    {
        (ulong Start, byte[] Bytes)[] ranges = [(0x4000_0000UL, new byte[Piece]), (0x4000_0000UL + (3 * Piece), new byte[0x1000]), (0x8000_0000UL, DumpFiles.Pattern(0x1_8000))];
        byte[] file = form == "avml" ? DumpFiles.Avml(ranges) : DumpFiles.Lime(ranges);
        using MemoryImage image = MemorySource.Open(Write(form, file[..^200]));
        IReadOnlyList<MissingMemory> missing = image.FindMissing(CancellationToken.None);
        Assert.Equal([MissingKind.Absent, MissingKind.Zeros, MissingKind.Lost], missing.Select(gone => gone.Kind));
        Assert.Equal([(0x4000_1000UL + (3 * Piece), 0x8000_0000UL - 0x4000_1000 - (3 * Piece))], Ranges(missing[0]));
        Assert.Equal([(0x4000_0000UL + Piece, 2 * Piece)], Ranges(missing[1]));
        MemorySegment last = image.Segments[^1];
        Assert.Equal([(last.End.Value, 0x8001_8000UL - last.End.Value)], Ranges(missing[2]));
        Assert.True(image.LeavesOutZeros);
        Assert.True(missing[2].Bytes > 0);
    }

    [Fact]
    public void Raw_memory_has_nothing_but_gaps()
    {
        string path = Write("raw", new byte[0x3000]);
        using RawImage image = new((path, new PhysicalAddress(0x1000)), (Write("other", new byte[16]), new PhysicalAddress(0x8000)));
        MissingMemory gone = Assert.Single(image.FindMissing(CancellationToken.None));
        Assert.Equal((MissingKind.Absent, 0x4000UL, 1UL), (gone.Kind, gone.Bytes, gone.Count));
        Assert.False(image.LeavesOutZeros);
    }

    // Held against a table with a line for each of 64 addresses.
    [Fact]
    public void Gaps_are_what_neither_ranges_nor_known_gaps_have()
    {
        Random random = new(11);
        for (int round = 0; round < 2000; round++)
        {
            MissingKind?[] expected = new MissingKind?[64];
            bool[] has = new bool[64];
            List<MemorySegment> segments = [];
            for (ulong at = (ulong)random.Next(20); at < 60;)
            {
                ulong size = (ulong)random.Next(1, 9);
                size = Math.Min(size, 64 - at);
                segments.Add(new MemorySegment(new PhysicalAddress(at), size));
                has.AsSpan((int)at, (int)size).Fill(true);
                at += size + (ulong)random.Next(0, 16);
            }

            // Known gaps do not overlap each other; they may reach into a range, which counts.
            MemoryGaps gaps = new();
            for (int at = random.Next(10); at < 60;)
            {
                int last = Math.Min(63, at + random.Next(0, 6));
                MissingKind kind = (MissingKind)random.Next(1, 4);
                int end = Enumerable.Range(at, last - at + 1).TakeWhile(i => !has[i]).Count();
                expected.AsSpan(at, end).Fill(kind);
                gaps.Add((ulong)at, (ulong)last, kind);
                at = last + 1 + random.Next(0, 12);
            }

            bool[] any = [.. has.Select((there, i) => there || expected[i] is not null)];
            int lowest = Array.IndexOf(any, true);
            int highest = Array.LastIndexOf(any, true);
            for (int i = Math.Max(lowest, 0); i < highest; i++)
            {
                expected[i] ??= has[i] ? null : MissingKind.Absent;
            }

            gaps.Complete(segments);
            MissingKind?[] found = new MissingKind?[64];
            foreach (MissingMemory kind in gaps.ByKind())
            {
                Assert.Equal(kind.Bytes, kind.Ranges.Aggregate(0UL, (sum, range) => sum + range.Size));
                foreach (MemorySegment range in kind.Ranges)
                {
                    found.AsSpan((int)range.Start.Value, (int)range.Size).Fill(kind.Kind);
                }
            }

            Assert.Equal(expected, found);
            for (int i = 0; i < 64; i++)
            {
                if (!has[i])
                {
                    Assert.Equal(
                        expected[i] switch { MissingKind.Lost => MemoryPresence.Lost, MissingKind.LeftOut or MissingKind.Zeros => MemoryPresence.Excluded, _ => MemoryPresence.Missing },
                        gaps.WhyNot(new PhysicalAddress((ulong)i)));
                }
            }
        }
    }

    [Fact]
    public void Of_very_many_ranges_the_first_are_kept_and_all_are_counted()
    {
        MissingMemory missing = new(MissingKind.LeftOut);
        for (ulong i = 0; i < MissingMemory.MostRanges + 5; i++)
        {
            missing.Add(i << 13, 4096);
            missing.Add((i << 13) + 4096, 1);
        }

        Assert.Equal((MissingMemory.MostRanges + 5UL, MissingMemory.MostRanges, 4097UL), (missing.Count, missing.Ranges.Count, missing.Ranges[^1].Size));
        Assert.Equal((MissingMemory.MostRanges + 5UL) * 4097, missing.Bytes);
    }

    // makedumpfile leaves out an empty table as it does any page of zeros: with -d 31 a walk into it is a translation fault, and that is inferred.
    [Theory]
    [InlineData(31, true)]
    [InlineData(1, true)]
    [InlineData(30, false)]
    public void A_table_that_was_left_out_where_zeros_are_is_probably_empty(int level, bool isEmpty)
    {
        using SyntheticKernel kernel = new(Shapes.Make(GranuleSize.Size4K, 48, 48), size: 16 << 20, hasCoreInfo: true);
        ulong victim = SyntheticDumps.LeafTables(kernel)[2].Table.Value;
        using KdumpImage dump = new(SyntheticDumps.Kdump(_folder, kernel, level, excluded: [victim]));
        Assert.Equal(isEmpty, dump.LeavesOutZeros);
        TranslationRoot root = TranslationRoot.Of(dump.Registers, AddressHalf.Upper);
        Problems problems = new();
        TableScanner scan = TableScanner.Scan(dump, root, problems);
        TableProblem problem = Assert.Single(problems.All);
        Assert.Equal((TableProblemKind.ExcludedMemory, isEmpty), (problem.Kind, problem.IsProbablyEmptyTable));
        Assert.Equal(isEmpty ? (0, 1) : (1, 0), (scan.Problems, scan.EmptyTables));
        Finding finding = TableFindings.Of(problem, root, "dump");
        Assert.Equal(isEmpty ? FindingSeverity.Note : FindingSeverity.Error, finding.Severity);
        Assert.Equal(isEmpty, finding.Sentence.Contains("an empty table, which is inferred", StringComparison.Ordinal));
        Assert.Equal(victim, root.Format.Decode(problem.Path[^1].Entry).Value);

        // So a dump without empty tables is no worse than one with them.
        Assert.Equal(isEmpty, KernelDiscovery.Find(dump).Kernel is { IsProven: true });
    }

    [Theory]
    [InlineData(MemoryPresence.Lost, TableProblemKind.LostMemory)]
    [InlineData(MemoryPresence.Missing, TableProblemKind.MissingMemory)]
    public void A_table_that_is_lost_or_missing_is_never_taken_for_an_empty_one(MemoryPresence presence, TableProblemKind kind)
    {
        using SyntheticKernel kernel = new(Shapes.Make(GranuleSize.Size4K, 48, 48), size: 16 << 20, hasCoreInfo: true);
        ulong victim = SyntheticDumps.LeafTables(kernel)[2].Table.Value;
        using KdumpImage dump = new(SyntheticDumps.Kdump(_folder, kernel, 31, lost: presence == MemoryPresence.Lost ? [victim] : [], missing: presence == MemoryPresence.Missing ? [victim] : []));
        Problems problems = new();
        TableScanner scan = TableScanner.Scan(dump, TranslationRoot.Of(dump.Registers, AddressHalf.Upper), problems);
        Assert.Equal((kind, false), (Assert.Single(problems.All).Kind, problems.All[0].IsProbablyEmptyTable));
        Assert.Equal((1, 0), (scan.Problems, scan.EmptyTables));
    }

    private static IEnumerable<(ulong Page, ulong Pages)> Pages(MissingMemory missing) => missing.Ranges.Select(range => (range.Start.Value >> 12, range.Size >> 12));

    private static IEnumerable<(ulong Start, ulong Size)> Ranges(MissingMemory missing) => missing.Ranges.Select(range => (range.Start.Value, range.Size));

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private sealed class Problems : IRangeSink
    {
        public List<TableProblem> All { get; } = [];

        public void OnRange(in MappedRange range)
        {
        }

        public void OnProblem(TableProblem problem) => All.Add(problem);

        public void OnTable(PhysicalAddress table, int level, VirtualAddress start, int bytes)
        {
        }
    }
}
