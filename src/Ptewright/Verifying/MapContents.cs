using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Walking;

namespace Ptewright.Verifying;

/// <summary>What a part of the address space holds: ranges merged by every bit, tables by what they translate.</summary>
internal sealed class MapContents : IRangeSink
{
    private MapContents()
    {
    }

    /// <summary>The ranges, ascending.</summary>
    public List<MappedRange> Ranges { get; } = [];

    /// <summary>The tables below the root: level and first address, and where each lies.</summary>
    public Dictionary<(int Level, ulong Start), PhysicalAddress> Tables { get; } = [];

    /// <summary>What is wrong.</summary>
    public List<TableProblem> Problems { get; } = [];

    private int RootLevel { get; init; }

    /// <summary>Reads a part of a half.</summary>
    public static MapContents Read(MemoryImage image, TranslationRoot root, VirtualAddress from, VirtualAddress last)
    {
        MapContents contents = new() { RootLevel = root.RootLevel };
        _ = TableScanner.Scan(image, root, contents, from, last, isExact: true);
        return contents;
    }

    /// <inheritdoc/>
    public void OnRange(in MappedRange range) => Ranges.Add(range);

    /// <inheritdoc/>
    public void OnProblem(TableProblem problem) => Problems.Add(problem);

    /// <inheritdoc/>
    public void OnTable(PhysicalAddress table, int level, VirtualAddress start, int bytes)
    {
        if (level != RootLevel)
        {
            Tables[(level, start.Value)] = table;
        }
    }

    /// <summary>How many leaves the ranges consist of.</summary>
    public ulong CountLeaves(TranslationRoot root) => Ranges.Aggregate(0UL, (sum, range) => sum + (range.Size >> root.Shift(range.Level)));
}
