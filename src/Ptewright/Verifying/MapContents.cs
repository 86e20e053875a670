using System.Runtime.InteropServices;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Texts;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Verifying;

/// <summary>What a part of the address space holds: ranges merged by every bit, tables by what they translate.</summary>
internal sealed class MapContents : IRangeSink
{
    // A linear map has some thousands of ranges, and as many tables as were predicted, or nearly. A few KiB of tables that lead to one another can have 2^27.
    private const int MostRanges = 1 << 20;
    private const int MostMoreTables = 1 << 16;

    private readonly MemoryReader _reader;
    private readonly TranslationRoot _root;

    // The table of each level that the scan is in; level n at n + 1.
    private readonly PhysicalAddress[] _path = new PhysicalAddress[TableWalker.MostSteps];
    private readonly int _mostTables;
    private readonly ulong _last;
    private ulong _ranges;
    private ulong _tables;

    private MapContents(MemoryReader reader, TranslationRoot root, VirtualAddress last, int mostTables)
    {
        _reader = reader;
        _root = root;
        _last = last.Value;
        _mostTables = mostTables;
    }

    /// <summary>The ranges, ascending.</summary>
    public List<MappedRange> Ranges { get; } = [];

    /// <summary>The tables below the root: level and first address, and the entry that leads to each.</summary>
    public Dictionary<(int Level, ulong Start), TableLink> Tables { get; } = [];

    /// <summary>What is wrong.</summary>
    public List<TableProblem> Problems { get; } = [];

    /// <summary>Reads a part of a half.</summary>
    /// <param name="image">Where the tables lie.</param>
    /// <param name="root">How they are read.</param>
    /// <param name="from">The first address.</param>
    /// <param name="last">The last address.</param>
    /// <param name="expected">What they are to be compared with; null when there is nothing yet.</param>
    /// <param name="watch">Who is told of the work, and may end it.</param>
    /// <exception cref="InvalidInputException">They are so many that they cannot be what was expected.</exception>
    public static MapContents Read(
        MemoryImage image, TranslationRoot root, VirtualAddress from, VirtualAddress last, MapContents? expected = null, WorkWatch watch = default)
    {
        using MemoryReader reader = image.OpenReader();
        MapContents contents = new(reader, root, last, expected is null ? int.MaxValue : (expected.Tables.Count * 2) + MostMoreTables);
        _ = TableScanner.Scan(image, root, contents, from, last, isExact: true, progress: watch.Progress, stop: watch.Stop);
        return contents._ranges > MostRanges || contents._tables > (ulong)contents._mostTables
            ? throw TextFile.Error(image.Name, FormattableString.Invariant(
                $"its linear map has {contents._ranges:N0} ranges through {contents._tables:N0} tables; with more than {MostRanges:N0} ranges or {contents._mostTables:N0} tables it is not compared"))
            : contents;
    }

    /// <inheritdoc/>
    public void OnRange(in MappedRange range)
    {
        if (++_ranges <= MostRanges)
        {
            Ranges.Add(range);
        }
    }

    /// <inheritdoc/>
    public void OnProblem(TableProblem problem) => Problems.Add(problem);

    /// <inheritdoc/>
    public void OnTable(PhysicalAddress table, int level, VirtualAddress start, int bytes)
    {
        _path[level + 1] = table;
        if (level == _root.RootLevel || ++_tables > (ulong)_mostTables)
        {
            return;
        }

        ulong index = (start.Value >> _root.Shift(level - 1)) & (ulong)(_root.EntriesAt(level - 1) - 1);
        ulong raw = 0;
        _ = _reader.TryRead(_path[level] + (index * sizeof(ulong)), MemoryMarshal.AsBytes(new Span<ulong>(ref raw)));
        Tables[(level, start.Value)] = new TableLink(table, new Descriptor(_root.Format.AttributesOf(new Descriptor(raw))));
    }

    /// <summary>Whether a table translates nothing but this part: one that reaches over its end is there for what lies behind.</summary>
    public bool IsOwn((int Level, ulong Start) table) => _last - table.Start >= (1UL << _root.Shift(table.Level - 1)) - 1;

    /// <summary>How many leaves the ranges consist of.</summary>
    public ulong CountLeaves(TranslationRoot root) => Ranges.Aggregate(0UL, (sum, range) => sum + (range.Size >> root.Shift(range.Level)));
}

/// <summary>What leads to a table.</summary>
/// <param name="Table">Where the table lies.</param>
/// <param name="Entry">The entry's own bits, without the address.</param>
internal readonly record struct TableLink(PhysicalAddress Table, Descriptor Entry);
