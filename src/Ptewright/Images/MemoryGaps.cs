using System.Globalization;
using Ptewright.Addressing;

namespace Ptewright.Images;

/// <summary>Memory that a source of ranges has not: between them, cut off, left out by whoever wrote it.</summary>
internal sealed class MemoryGaps
{
    private readonly List<(ulong Start, ulong Last, MissingKind Kind)> _known = [];
    private (ulong Start, ulong Last, MissingKind Kind)[] _all = [];

    /// <summary>Whether some of it was left out because it was zero, as far as can be told.</summary>
    public bool HasZeros => _known.Exists(gap => gap.Kind == MissingKind.Zeros);

    /// <summary>Adds memory that is gone for a reason.</summary>
    public void Add(ulong start, ulong last, MissingKind kind) => _known.Add((start, last, kind));

    /// <summary>Adds what lies between the source's ranges and is not known otherwise, when all others are added.</summary>
    /// <param name="segments">The ranges, ascending, without overlaps.</param>
    public void Complete(IReadOnlyList<MemorySegment> segments)
    {
        List<(ulong Start, ulong Last, MissingKind? Kind)> pieces = [.. segments.Select(segment => (segment.Start.Value, segment.Start.Value + (segment.Size - 1), (MissingKind?)null))];
        int next = 0;
        foreach ((ulong start, ulong last, MissingKind kind) in _known.OrderBy(gap => gap.Start))
        {
            while (next < segments.Count && pieces[next].Last < start)
            {
                next++;
            }

            // What a file both has and has not, it has.
            if (next == segments.Count || start < pieces[next].Start)
            {
                pieces.Add((start, next == segments.Count ? last : Math.Min(last, pieces[next].Start - 1), kind));
            }
        }

        List<(ulong Start, ulong Last, MissingKind Kind)> all = [];
        ulong at = 0;
        bool isFirst = true;
        foreach ((ulong start, ulong last, MissingKind? kind) in pieces.OrderBy(piece => piece.Start))
        {
            ulong from = isFirst ? start : Math.Max(start, at);
            if (last < from || (at == 0 && !isFirst))
            {
                continue; // All of it was passed already, up to the end of all addresses perhaps.
            }

            if (from > at && !isFirst)
            {
                all.Add((at, from - 1, MissingKind.Absent));
            }

            if (kind is { } why)
            {
                all.Add((from, last, why));
            }

            (at, isFirst) = (last + 1, false);
        }

        _all = [.. all];
    }

    /// <summary>Why some memory is not there.</summary>
    /// <param name="address">A byte that is not.</param>
    public MemoryPresence WhyNot(PhysicalAddress address)
    {
        int low = 0;
        int high = _all.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_all[middle].Start <= address.Value)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low == 0 || address.Value > _all[low - 1].Last ? MemoryPresence.Missing : _all[low - 1].Kind switch
        {
            MissingKind.Absent => MemoryPresence.Missing,
            MissingKind.Lost => MemoryPresence.Lost,
            _ => MemoryPresence.Excluded,
        };
    }

    /// <summary>All of it by its kind.</summary>
    /// <param name="why">What is to be said of a kind; null for nothing.</param>
    public IReadOnlyList<MissingMemory> ByKind(Func<MissingKind, string?>? why = null)
    {
        MissingMemory[] kinds = [.. Enum.GetValues<MissingKind>().Select(kind => new MissingMemory(kind, why?.Invoke(kind)))];
        foreach ((ulong start, ulong last, MissingKind kind) in _all)
        {
            kinds[(int)kind].Add(start, last - start + 1);
        }

        return [.. kinds.Where(kind => kind.Count > 0)];
    }

    /// <summary>Adds the gaps that AVML may have made.</summary>
    /// <param name="ranges">All ranges of a file.</param>
    /// <returns>A remark about them; null when there are none.</returns>
    /// <remarks>Behind a whole piece of 16 MiB, so many such pieces that another range follows: what AVML left out because it was zero looks like this, and so does a hole in memory.</remarks>
    public string? AddLeftOut(IReadOnlyList<LimeRange> ranges)
    {
        if (ranges.Any(range => range.SizeLessOne >= LimeRange.AvmlPiece))
        {
            return null; // Not AVML's.
        }

        LimeRange[] sorted = [.. ranges.OrderBy(range => range.Start)];
        int found = 0;
        ulong bytes = 0;
        for (int i = 1; i < sorted.Length; i++)
        {
            ulong from = sorted[i - 1].Last + 1;
            ulong gap = sorted[i].Start - from;
            if (sorted[i].Start > from && sorted[i - 1].SizeLessOne == LimeRange.AvmlPiece - 1 && gap % LimeRange.AvmlPiece == 0)
            {
                Add(from, sorted[i].Start - 1, MissingKind.Zeros);
                found++;
                bytes += gap;
            }
        }

        return found == 0 ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{found} gaps of {bytes >> 20} MiB between its ranges are whole pieces of 16 MiB: AVML leaves out such pieces of nothing but zeros, and a hole in memory looks the same.");
    }
}
