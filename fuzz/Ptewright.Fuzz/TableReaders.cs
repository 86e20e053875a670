using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Comparing;
using Ptewright.Images;
using Ptewright.Kernels.Versions;
using Ptewright.Listing;
using Ptewright.Translation;
using Ptewright.Walking;
using static Ptewright.Fuzz.FuzzTarget;

namespace Ptewright.Fuzz;

/// <summary>Everything that reads tables, over one source; what two of them say of the same tables must agree.</summary>
internal static class TableReaders
{
    private const long MostVisits = 2000;
    private const int MostRanges = 24;
    private const int Batch = 24;

    /// <summary>Scans, walks, lists, compares and captures the tables of both halves.</summary>
    /// <param name="image">Where they lie.</param>
    /// <param name="registers">How they are read.</param>
    /// <param name="options">Which kernel's listing, and whether there is a capture.</param>
    /// <exception cref="InvalidInputException">No half can be read.</exception>
    public static void Check(MemoryImage image, ImageRegisters registers, ulong options)
    {
        TranslationRoot? upper = RootOf(registers, AddressHalf.Upper, out InvalidInputException? refusal);
        TranslationRoot? lower = RootOf(registers, AddressHalf.Lower, out _);
        if (upper is null && lower is null)
        {
            throw refusal!;
        }

        foreach (TranslationRoot root in new[] { upper, lower }.OfType<TranslationRoot>())
        {
            Found found = Scan(image, root);
            Walk(image, root, found, options);
            Compare(image, root, found, upper, lower);
        }

        if (upper is not null)
        {
            List(image, upper, options);
        }

        if ((options >> 16) % 16 == 0)
        {
            Capture(image, registers);
        }
    }

    /// <summary>Options for an input that brings none: some kernel's listing, and no capture.</summary>
    public static ulong OptionsFor(ReadOnlySpan<byte> input) => 0x1_0001 | ((((ulong)input.Length * 0x9e37_79b9) & 0xff) << 8);

    private static TranslationRoot? RootOf(ImageRegisters registers, AddressHalf half, out InvalidInputException? refusal)
    {
        refusal = null;
        try
        {
            return TranslationRoot.Of(registers, half);
        }
        catch (InvalidInputException why)
        {
            refusal = why;
            return null;
        }
    }

    private static Found Scan(MemoryImage image, TranslationRoot root)
    {
        Found found = new();
        _ = TableScanner.Scan(image, root, found, root.Start, root.Last, MostVisits);
        ulong at = root.Start.Value;
        bool isFull = false;
        foreach (MappedRange range in found.Ranges)
        {
            Require(!isFull && range.Start.Value >= at && range.Last >= range.Start && root.Covers(range.Start) && root.Covers(range.Last), "ranges overlap or leave their half");
            at = range.End.Value;
            isFull = at == 0;
        }

        return found;
    }

    private static void Walk(MemoryImage image, TranslationRoot root, Found found, ulong options)
    {
        using TableWalker walker = new(image, root);
        List<VirtualAddress> addresses = [.. found.Ranges.Take(MostRanges).Select(range => range.Start), .. found.Ranges.Take(MostRanges).Select(range => range.Last)];
        foreach (MappedRange range in found.Ranges.Take(MostRanges))
        {
            WalkResult first = walker.Walk(range.Start);
            WalkResult last = walker.Walk(range.Last);
            Require(first.Fault == WalkFault.AccessFlag || first.Physical == range.Physical, "the walker finds another start of a range");
            Require(last.Fault == WalkFault.AccessFlag || last.Physical.Value == range.Physical.Value + (range.Size - 1), "the walker finds another end of a range");
        }

        for (int i = 0; i < Batch; i++)
        {
            addresses.Add(new VirtualAddress(root.Start.Value + (options * (ulong)((2 * i) + 1) >> (64 - root.InputBits))));
        }

        Span<WalkStep> steps = new WalkStep[TableWalker.MostSteps];
        PhysicalAddress[] physical = new PhysicalAddress[addresses.Count];
        int mapped = walker.Translate(addresses.ToArray(), physical);
        for (int i = 0; i < physical.Length; i++)
        {
            WalkResult one = walker.Walk(addresses[i], steps, out int count);
            Require(one.IsMapped ? one.Physical == physical[i] && count > 0 : physical[i] == TableWalker.Nowhere, "one walk says other than many");
            mapped -= one.IsMapped ? 1 : 0;
        }

        Require(mapped == 0, "the number of translations is wrong");
    }

    private static void Compare(MemoryImage image, TranslationRoot root, Found found, TranslationRoot? upper, TranslationRoot? lower)
    {
        Require(MapComparison.Compare(found.Ranges, found.Ranges).Count == 0, "tables differ from themselves");
        Require(TableComparison.Compare(image, root, image, root).Count == 0, "tables differ from themselves, one by one");

        // Other tables in the same memory: the next ones, and as far as that is possible those of the other half.
        TranslationRoot next = root with { Table = root.Table + (1UL << root.PageShift) };
        Found other = Scan(image, next);
        Require(MapComparison.Compare(found.Ranges, other.Ranges).Count <= 2 * (found.Ranges.Count + other.Ranges.Count) + 1, "there are more changes than ranges");
        _ = TableComparison.Compare(image, root, image, next);
        if (upper is not null && lower is not null && TableComparison.IsPossible(upper, lower))
        {
            _ = TableComparison.Compare(image, upper, image, lower);
        }
    }

    private static void List(MemoryImage image, TranslationRoot root, ulong options)
    {
        KernelProfile profile = KernelProfiles.All[(int)((options >> 8) % (ulong)KernelProfiles.All.Count)];
        int? bits = ((options >> 12) % 3) switch { 0 => null, 1 => 52, _ => root.InputBits };
        try
        {
            ImageLister.List(TextWriter.Null, image, root, profile, bits);
        }
        catch (InvalidInputException)
        {
            // That kernel has no such tables.
        }
    }

    private static void Capture(MemoryImage image, ImageRegisters registers)
    {
        string folder = Scratch.Path("captured");
        try
        {
            _ = TableFolder.Capture(folder, image, registers, "fuzz");
        }
        catch (InvalidInputException)
        {
            return; // Nothing to capture.
        }

        using TableFolder capture = new(folder);
        foreach (AddressHalf half in Enum.GetValues<AddressHalf>())
        {
            if (RootOf(registers, half, out _) is { } root)
            {
                // What lies in whole pages is captured; a source that ends within a page has a little more.
                Found before = Scan(image, root);
                Found after = Scan(capture, root);
                bool isWhole = before.Problems.TrueForAll(problem => problem.Kind != TableProblemKind.MissingMemory) && before.Tables.TrueForAll(table => HasPages(image, root, table));
                Require(!isWhole || before.Ranges.SequenceEqual(after.Ranges), "a capture maps other than what was captured");
            }
        }
    }

    private static bool HasPages(MemoryImage image, TranslationRoot root, PhysicalAddress table)
    {
        Span<byte> page = new byte[1 << root.PageShift];
        return image.TryRead(table.AlignDown(1UL << root.PageShift), page);
    }

    private sealed class Found : IRangeSink
    {
        public List<MappedRange> Ranges { get; } = [];

        public List<TableProblem> Problems { get; } = [];

        public List<PhysicalAddress> Tables { get; } = [];

        public void OnRange(in MappedRange range) => Ranges.Add(range);

        public void OnProblem(TableProblem problem) => Problems.Add(problem);

        public void OnTable(PhysicalAddress table, int level, VirtualAddress start, int bytes) => Tables.Add(table);
    }
}
