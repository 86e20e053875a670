using System.Runtime.InteropServices;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Walking;

namespace Ptewright.Discovery;

/// <summary>What a tree of tables maps, put together by the distance from physical to virtual addresses.</summary>
internal sealed class TreeSummary : IRangeSink
{
    private const int MostDistances = 1 << 16;
    private const int MostRanges = 1 << 18;
    private const int MostTables = 1 << 18;

    private readonly MemoryRanges _memory;
    private readonly ulong _leastRange;
    private readonly Dictionary<ulong, Weight> _distances = [];
    private readonly List<MappedRange> _ranges = [];
    private readonly List<ulong> _leafTables = [];

    private TreeSummary(MemoryRanges memory, TranslationRoot root)
    {
        _memory = memory;
        _leastRange = Math.Max(1UL << root.PageShift, 32 << 10);
        Root = root;
    }

    /// <summary>How it was read.</summary>
    public TranslationRoot Root { get; }

    /// <summary>How many tables there are.</summary>
    public long Tables { get; private set; }

    /// <summary>How many entries are wrong.</summary>
    public long Problems { get; private set; }

    /// <summary>Whether there are more tables than were read.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Whether a quarter of what either half maps is mapped at one distance, and not most of the entries are wrong.</summary>
    public bool MayHaveLinearMap { get; private set; }

    /// <summary>Tables above level 3, the root aside.</summary>
    public HashSet<ulong> UpperTables { get; } = [];

    /// <summary>Tables of level 3; not all of very many.</summary>
    public IReadOnlyList<ulong> LeafTables => _leafTables;

    /// <summary>The ranges of 32 KiB and more, ascending.</summary>
    public IReadOnlyList<MappedRange> Ranges => _ranges;

    /// <summary>How many bytes of memory each distance has, and how many of them the kernel may execute.</summary>
    public IReadOnlyDictionary<ulong, Weight> Distances => _distances;

    /// <summary>Reads a tree.</summary>
    /// <param name="image">Where it lies.</param>
    /// <param name="root">How it is read.</param>
    /// <param name="memory">The memory that there is.</param>
    /// <param name="mostVisits">So many tables are read of each part.</param>
    /// <param name="stop">Ends the work.</param>
    public static TreeSummary Read(MemoryImage image, TranslationRoot root, MemoryRanges memory, long mostVisits, CancellationToken stop)
    {
        // The linear map is in one half of a kernel's addresses, the image in the other; between them may lie what visits very many tables, a shadow of KASAN's.
        TreeSummary summary = new(memory, root);
        ulong middle = root.Start.Value + (1UL << (root.InputBits - 1));
        summary.Scan(image, root.Start, new VirtualAddress(middle - 1), mostVisits, stop);
        summary.Scan(image, new VirtualAddress(middle), root.Last, mostVisits, stop);
        return summary;
    }

    /// <inheritdoc/>
    public void OnRange(in MappedRange range)
    {
        ulong bytes = _memory.CountIn(range.Physical.Value, range.Size);
        if (bytes == 0)
        {
            return;
        }

        if (_distances.Count >= MostDistances)
        {
            Forget();
        }

        ref Weight weight = ref CollectionsMarshal.GetValueRefOrAddDefault(_distances, range.Start.Value - range.Physical.Value, out _);
        weight = new Weight(weight.Bytes + bytes, weight.Executable + (range.Attributes.IsKernelExecutable ? bytes : 0));
        if (range.Size >= _leastRange && _ranges.Count < MostRanges)
        {
            _ranges.Add(range);
        }
    }

    /// <inheritdoc/>
    public void OnProblem(TableProblem problem)
    {
    }

    /// <inheritdoc/>
    public void OnTable(PhysicalAddress table, int level, VirtualAddress start, int bytes)
    {
        if (level == 3)
        {
            if (_leafTables.Count < MostTables)
            {
                _leafTables.Add(table.Value);
            }
        }
        else if (table != Root.Table && UpperTables.Count < MostTables)
        {
            _ = UpperTables.Add(table.Value);
        }
    }

    private void Scan(MemoryImage image, VirtualAddress from, VirtualAddress last, long mostVisits, CancellationToken stop)
    {
        TableScanner scan = TableScanner.Scan(image, Root, this, from, last, mostVisits, stop: stop);
        bool isCut = scan.Visits > mostVisits;
        ulong mapped = 0;
        ulong most = 0;
        foreach (Weight weight in _distances.Values)
        {
            mapped += weight.Bytes;
            most = Math.Max(most, weight.Bytes);
        }

        MayHaveLinearMap |= most > mapped / 4 && scan.Problems <= scan.Visits;
        Tables += scan.Visits;
        Problems += scan.Problems - (isCut ? 1 : 0);
        IsCut |= isCut;
    }

    // What is scattered, as vmalloc's pages are, makes very many distances of one page each.
    private void Forget()
    {
        ulong least = 1UL << Root.PageShift;
        while (_distances.Count >= MostDistances / 2)
        {
            foreach ((ulong distance, Weight weight) in _distances)
            {
                if (weight.Bytes <= least)
                {
                    _ = _distances.Remove(distance);
                }
            }

            least *= 2;
        }
    }

    /// <summary>What is mapped at one distance.</summary>
    /// <param name="Bytes">How many bytes of memory.</param>
    /// <param name="Executable">How many of them the kernel may execute.</param>
    internal readonly record struct Weight(ulong Bytes, ulong Executable);
}
