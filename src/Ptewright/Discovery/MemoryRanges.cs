using Ptewright.Images;

namespace Ptewright.Discovery;

/// <summary>Which physical memory a source has; one that does not say it, as a gdbstub, may have any.</summary>
/// <param name="segments">Its segments, ascending.</param>
internal sealed class MemoryRanges(IReadOnlyList<MemorySegment> segments)
{
    private readonly ulong[] _starts = [.. segments.Select(segment => segment.Start.Value)];
    private readonly ulong[] _sizes = [.. segments.Select(segment => segment.Size)];

    /// <summary>Whether the source says it.</summary>
    public bool IsKnown => _starts.Length > 0;

    /// <summary>How many bytes there are; 0 where that is not known.</summary>
    public ulong Bytes { get; } = segments.Aggregate(0UL, (sum, segment) => sum + segment.Size);

    /// <summary>Whether there is a byte.</summary>
    public bool Has(ulong address)
    {
        int index = IndexOf(address);
        return !IsKnown || (index >= 0 && address - _starts[index] < _sizes[index]);
    }

    /// <summary>How many bytes of a range there are.</summary>
    public ulong CountIn(ulong start, ulong size)
    {
        if (!IsKnown)
        {
            return size;
        }

        ulong sum = 0;
        ulong end = start + Math.Min(size, ulong.MaxValue - start);
        for (int i = Math.Max(IndexOf(start), 0); i < _starts.Length && _starts[i] < end; i++)
        {
            ulong low = Math.Max(start, _starts[i]);
            ulong high = Math.Min(end, _starts[i] + _sizes[i]);
            sum += high > low ? high - low : 0;
        }

        return sum;
    }

    // The last segment that begins at or before an address; -1 when there is none.
    private int IndexOf(ulong address)
    {
        int index = Array.BinarySearch(_starts, address);
        return index >= 0 ? index : ~index - 1;
    }
}
