using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Walking;

namespace Ptewright.Comparing;

/// <summary>What a part of the addresses maps, as long as it can be held: beyond that, ranges are only counted.</summary>
internal sealed class RangeWindow : IRangeSink
{
    /// <summary>How many ranges are held: some 40 MB. A level-3 table, the least part that can be asked for, has 8,192 at most.</summary>
    public const ulong Most = 1 << 19;

    private readonly MemoryImage _image;
    private readonly TranslationRoot _root;
    private readonly ulong _from;
    private readonly ulong _last;
    private readonly Action<TranslationRoot, TableProblem>? _onProblem;

    private RangeWindow(MemoryImage image, TranslationRoot root, ulong from, ulong last, Action<TranslationRoot, TableProblem>? onProblem)
    {
        _image = image;
        _root = root;
        _from = from;
        _last = last;
        _onProblem = onProblem;
    }

    /// <summary>The ranges, ascending, cut to the part; all of them unless <see cref="Count"/> is more than <see cref="Most"/>.</summary>
    public List<MappedRange> Ranges { get; } = [];

    /// <summary>How many there are.</summary>
    public ulong Count { get; private set; }

    /// <summary>Reads a part.</summary>
    /// <param name="image">Where the tables lie.</param>
    /// <param name="root">How they are read.</param>
    /// <param name="from">The first address.</param>
    /// <param name="last">The last one.</param>
    /// <param name="onProblem">Told what is wrong; may be null.</param>
    /// <param name="watch">Who is told of the work, and may end it.</param>
    /// <exception cref="InvalidInputException">Tables are entered so often that the scan stopped.</exception>
    public static RangeWindow Read(
        MemoryImage image, TranslationRoot root, ulong from, ulong last, Action<TranslationRoot, TableProblem>? onProblem, WorkWatch watch = default)
    {
        ulong low = Math.Max(from, root.Start.Value);
        ulong high = Math.Min(last, root.Last.Value);
        RangeWindow window = new(image, root, low, high, onProblem);
        if (low <= high)
        {
            _ = TableScanner.Scan(image, root, window, new VirtualAddress(low), new VirtualAddress(high), progress: watch.Progress, stop: watch.Stop);
        }

        return window;
    }

    /// <inheritdoc/>
    public void OnRange(in MappedRange range)
    {
        if (++Count > Most)
        {
            return;
        }

        // A block that reaches over an end is reported whole.
        ulong start = Math.Max(range.Start.Value, _from);
        ulong last = Math.Min(range.Last.Value, _last);
        Ranges.Add(range with { Start = new VirtualAddress(start), Size = last - start + 1, Physical = range.Physical + (start - range.Start.Value) });
    }

    /// <inheritdoc/>
    public void OnProblem(TableProblem problem)
    {
        if (problem.Kind == TableProblemKind.TooMany)
        {
            throw Texts.TextFile.Error(_image.Name, FormattableString.Invariant($"its tables are entered more than {TableScanner.UsualVisits:N0} times, which is more than is compared"));
        }

        _onProblem?.Invoke(_root, problem);
    }
}
