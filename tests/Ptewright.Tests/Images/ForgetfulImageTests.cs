using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Comparing;
using Ptewright.Findings;
using Ptewright.Firmware;
using Ptewright.Images;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Listing;
using Ptewright.Simulation;
using Ptewright.Translation;
using Ptewright.Verifying;
using Ptewright.Walking;

namespace Ptewright.Tests.Images;

/// <summary>Whatever reads tables keeps to what a source promises of its windows: one that forgets as soon as it may is read as any other; and what is not there is told by its kind.</summary>
public sealed class ForgetfulImageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;
    private readonly LinearMapSimulation _simulation;
    private readonly KernelMachine _machine;
    private readonly KernelPlan _plan;
    private readonly TableFolder _plain;
    private readonly ForgetfulImage _forgetful;
    private readonly TranslationRoot _root;

    public ForgetfulImageTests()
    {
        // Pages only: the table of level 2 leads to 384 others, far more than there are good windows.
        KernelProfile profile = KernelProfiles.Find("linux-6.12");
        _machine = new(MemorySpec.Parse("768M,!20M@0x50003000"), CpuModel.Parse("cortex-a72"), profile.ReadDefaultConfig(), KernelCommandLine.Parse("nokaslr rodata=full"));
        _plan = profile.Plan(_machine, KernelScope.MapMem);
        _simulation = new(_plan.Plan);
        _ = _simulation.Build(_plan.Strategy.Options);
        _ = TableFolder.Save(Path.Combine(_folder, "built"), _machine, _plan, _simulation);
        _plain = new TableFolder(Path.Combine(_folder, "built"));
        _forgetful = new ForgetfulImage(_plain);
        _root = TranslationRoot.Of(_plain.Registers, AddressHalf.Upper);
    }

    public void Dispose()
    {
        _forgetful.Dispose();
        _plain.Dispose();
        _simulation.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public unsafe void It_forgets_a_window_when_it_may_and_not_before()
    {
        using MemoryReader reader = _forgetful.OpenReader();
        MemoryWindow first = reader.WindowAt(_root.Table, 8);
        ulong* entry = (ulong*)first.At(_root.Table, 8);
        ulong before = *entry;
        for (int i = 0; i < MemoryReader.WindowsKept - 1; i++)
        {
            _ = reader.WindowAt(_root.Table, 4096);
        }

        Assert.Equal(before, *entry);
        _ = reader.WindowAt(_root.Table, 4096);
        Assert.Equal(ForgetfulImage.Spoilt, *entry);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_is_scanned_as_any_other(bool isExact)
    {
        Sink expected = Scan(_plain, isExact);
        Sink found = Scan(_forgetful, isExact);
        Assert.Empty(found.Problems);
        Assert.True(found.Tables.Count > 5 * MemoryReader.WindowsKept && found.Ranges.Count > 1);
        Assert.Equal(expected.Ranges, found.Ranges);
        Assert.Equal(expected.Tables, found.Tables);
        Assert.True(_forgetful.Windows >= found.Tables.Count);
    }

    // Without the end of the root, which is not in use, the root's entries are asked for one by one.
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Addresses_are_translated_as_any_others(bool rootIsCut, bool isWide)
    {
        using RawImage? cut = rootIsCut ? Cut() : null;
        using ForgetfulImage image = new(cut is null ? _plain : cut) { IsWide = isWide };
        TranslationRoot root = _root;
        Random random = new(1);
        VirtualAddress[] addresses = [.. Enumerable.Range(0, 5000).Select(_ => root.Start + (ulong)random.NextInt64(800 << 20))];
        PhysicalAddress[] expected = new PhysicalAddress[addresses.Length];
        PhysicalAddress[] found = new PhysicalAddress[addresses.Length];
        using TableWalker plain = new(_plain, root);
        using TableWalker walker = new(image, root);
        Assert.Equal(plain.Translate(addresses, expected), walker.Translate(addresses, found));
        Assert.Equal(expected, found);
        Assert.Contains(TableWalker.Nowhere, found);
        Assert.All(addresses.Take(500), address => Assert.Equal(plain.Walk(address), walker.Walk(address)));
    }

    [Fact]
    public void The_kernels_text_the_digest_and_the_leaves_are_those_of_any_other()
    {
        Assert.Equal(Listed(_plain), Listed(_forgetful));
        TranslationRoot built = _plain.Kernel!.Roots().First();
        Assert.Equal(_plain.Kernel.Digest, BuiltTables.Digest(_forgetful, built, out ulong tables));
        Assert.Equal((ulong)Scan(_plain).Tables.Count, tables);
        Assert.Equal(_simulation.Leaves(), BuiltTables.Leaves(_forgetful, built));
    }

    [Fact]
    public void It_is_compared_captured_and_verified_as_any_other()
    {
        Verifying.EditedImage edited = new(_plain);
        PhysicalAddress[] tables = [.. Scan(_plain).Tables.Select(table => table.Table)];
        foreach (int table in new[] { 5, 90, 200, 370 })
        {
            edited[tables[table] + 80] ^= 1UL << 54;
        }

        using ForgetfulImage forgetful = new(edited);
        Assert.Empty(TableComparison.Compare(_plain, _root, _forgetful, _root));
        IReadOnlyList<TableChange> changes = TableComparison.Compare(_plain, _root, edited, _root);
        Assert.Equal(4, changes.Count);
        Assert.Equal(changes, TableComparison.Compare(_forgetful, _root, forgetful, _root));
        Assert.Equal(
            MapComparison.Compare(_plain, _root, edited, _root, 100).First, MapComparison.Compare(_forgetful, _root, forgetful, _root, 100).First);

        _ = TableFolder.Capture(Path.Combine(_folder, "plain"), _plain, _plain.Registers, "test");
        _ = TableFolder.Capture(Path.Combine(_folder, "forgetful"), _forgetful, _plain.Registers, "test");
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "plain", TableFolder.PagesFile)), File.ReadAllBytes(Path.Combine(_folder, "forgetful", TableFolder.PagesFile)));

        Assert.NotEmpty(MapVerifier.Verify(edited, _plain.Registers, _machine, _plan).Differences);
        Assert.Equal(
            MapVerifier.Verify(edited, _plain.Registers, _machine, _plan).Differences, MapVerifier.Verify(forgetful, _plain.Registers, _machine, _plan).Differences);
    }

    [Theory]
    [InlineData(MemoryPresence.Missing, TableProblemKind.MissingMemory, WalkFault.MissingMemory, "missing-memory", "the source has no memory at ")]
    [InlineData(MemoryPresence.Excluded, TableProblemKind.ExcludedMemory, WalkFault.ExcludedMemory, "excluded-memory", ", where a table should be, was left out of the source")]
    [InlineData(MemoryPresence.Lost, TableProblemKind.LostMemory, WalkFault.LostMemory, "lost-memory", ", where a table should be, is in the source but cannot be read")]
    public void A_page_that_is_not_there_is_told_by_its_kind(MemoryPresence presence, TableProblemKind kind, WalkFault fault, string rule, string sentence)
    {
        (PhysicalAddress table, int level, VirtualAddress start) = Scan(_plain).Tables[100];
        Assert.Equal(3, level);
        string whole = Listed(_plain);
        _forgetful.Pages[table.Value] = presence;

        Sink found = Scan(_forgetful);
        TableProblem problem = Assert.Single(found.Problems);
        Assert.Equal((kind, start, 3), (problem.Kind, problem.Address, problem.Path.Count));
        Finding finding = TableFindings.Of(problem, _root, "dump");
        Assert.Equal($"table.{rule}", finding.Rule);
        Assert.Contains(sentence, finding.ToString(), StringComparison.Ordinal);
        Assert.Equal(Scan(_plain).Tables.Count - 1, found.Tables.Count);
        Assert.Equal(Scan(_plain).Ranges.Sum(range => (long)range.Size) - (2 << 20), found.Ranges.Sum(range => (long)range.Size));

        using TableWalker walker = new(_forgetful, _root);
        Assert.Equal((fault, 3), (walker.Walk(start).Fault, walker.Walk(start).Level));
        PhysicalAddress[] physical = new PhysicalAddress[2];
        Assert.Equal(1, walker.Translate([start, start + (2UL << 20)], physical));
        Assert.Equal(TableWalker.Nowhere, physical[0]);

        // In the kernel's text that is a hole; of a digest and of leaves half an answer would be none.
        Assert.Contains($"0x{start.Value:x16}-0x{start.Value + (2UL << 20):x16}           2M PMD\n", Listed(_forgetful), StringComparison.Ordinal);
        Assert.DoesNotContain($"0x{start.Value:x16}-", whole, StringComparison.Ordinal);
        TranslationRoot built = _plain.Kernel!.Roots().First();
        Assert.Contains(sentence, Assert.Throws<InvalidInputException>(() => BuiltTables.Digest(_forgetful, built, out _)).Message, StringComparison.Ordinal);
        Assert.Contains(sentence, Assert.Throws<InvalidInputException>(() => BuiltTables.Leaves(_forgetful, built)).Message, StringComparison.Ordinal);
        TableChange change = Assert.Single(TableComparison.Compare(_plain, _root, _forgetful, _root));
        Assert.Equal((TableChangeKind.Removed, start), (change.Kind, change.Start));

        _ = TableFolder.Capture(Path.Combine(_folder, "captured"), _forgetful, _plain.Registers, "test");
        using TableFolder captured = new(Path.Combine(_folder, "captured"));
        Assert.Equal(found.Ranges, Scan(captured).Ranges);
    }

    [Fact]
    public unsafe void A_source_that_shows_other_memory_than_was_asked_for_is_found_out()
    {
        byte* word = stackalloc byte[8];
        using MemoryReader reader = new((address, _) => new MemoryWindow(address, 7, word));
        Assert.Equal(MemoryPresence.Present, reader.WindowAt(new PhysicalAddress(8), 7).Presence);
        Assert.Throws<InvalidOperationException>(() => reader.WindowAt(new PhysicalAddress(8), 8).Presence);
        Assert.Throws<InvalidOperationException>(() => reader.TryRead(new PhysicalAddress(8), new byte[8]));
        Assert.Equal(MemoryPresence.Lost, MemoryWindow.Without(MemoryPresence.Lost).Presence);
        Assert.Equal(MemoryPresence.Missing, default(MemoryWindow).Presence);
    }

    [Fact]
    public void Several_threads_read_with_a_reader_each()
    {
        TranslationRoot built = _plain.Kernel!.Roots().First();
        Parallel.For(0, 8, _ => Assert.Equal(_plain.Kernel.Digest, BuiltTables.Digest(new ForgetfulImage(_plain), built, out ulong tables)));
    }

    private static string Listed(TableFolder image) => Listed(image, image);

    private string Listed(ForgetfulImage image) => Listed(image, _plain);

    private static string Listed(MemoryImage image, TableFolder folder)
    {
        using StringWriter text = new();
        ImageLister.List(text, image, TranslationRoot.Of(folder.Registers, AddressHalf.Upper), KernelProfiles.Find("linux-6.12"));
        return text.ToString();
    }

    // The same tables in files, of the root the entries in use alone.
    private RawImage Cut() => new([.. _plain.Segments.Select(segment =>
    {
        byte[] bytes = new byte[segment.Start == _root.Table ? 64 : (int)segment.Size];
        Assert.True(_plain.TryRead(segment.Start, bytes));
        string path = Path.Combine(_folder, $"{segment.Start.Value:x}");
        File.WriteAllBytes(path, bytes);
        return (path, segment.Start);
    })]);

    private Sink Scan(MemoryImage image, bool isExact = false)
    {
        Sink sink = new();
        _ = TableScanner.Scan(image, _root, sink, _root.Start, _root.Last, isExact: isExact);
        return sink;
    }

    private sealed class Sink : IRangeSink
    {
        public List<MappedRange> Ranges { get; } = [];

        public List<TableProblem> Problems { get; } = [];

        public List<(PhysicalAddress Table, int Level, VirtualAddress Start)> Tables { get; } = [];

        public void OnRange(in MappedRange range) => Ranges.Add(range);

        public void OnProblem(TableProblem problem) => Problems.Add(problem);

        public void OnTable(PhysicalAddress table, int level, VirtualAddress start, int bytes) => Tables.Add((table, level, start));
    }
}
