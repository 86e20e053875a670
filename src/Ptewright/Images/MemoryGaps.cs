using System.Globalization;
using Ptewright.Addressing;

namespace Ptewright.Images;

/// <summary>Memory that a source of ranges has not, though it is known why: cut off, or left out by AVML.</summary>
internal sealed class MemoryGaps
{
    private readonly List<(ulong Start, ulong Last, MemoryPresence Why)> _gaps = [];

    /// <summary>Adds memory that is gone.</summary>
    public void Add(ulong start, ulong last, MemoryPresence why) => _gaps.Add((start, last, why));

    /// <summary>Why some memory is not there.</summary>
    /// <param name="address">A byte that is not.</param>
    public MemoryPresence WhyNot(PhysicalAddress address)
    {
        foreach ((ulong start, ulong last, MemoryPresence why) in _gaps)
        {
            if (address.Value >= start && address.Value <= last)
            {
                return why;
            }
        }

        return MemoryPresence.Missing;
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
                Add(from, sorted[i].Start - 1, MemoryPresence.Excluded);
                found++;
                bytes += gap;
            }
        }

        return found == 0 ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{found} gaps of {bytes >> 20} MiB between its ranges are whole pieces of 16 MiB: AVML leaves out such pieces of nothing but zeros, and a hole in memory looks the same.");
    }
}
