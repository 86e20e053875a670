using Ptewright.Addressing;

namespace Ptewright.Images;

/// <summary>Why memory is not in a source.</summary>
internal enum MissingKind
{
    /// <summary>The source knows of none between what it has: there was none, or nobody says so.</summary>
    Absent,

    /// <summary>Whoever made the source left it out.</summary>
    LeftOut,

    /// <summary>It was left out because it was nothing but zeros, as far as can be told.</summary>
    Zeros,

    /// <summary>It should be there, and is not, or cannot be read.</summary>
    Lost,
}

/// <summary>All memory that a source has not for one reason.</summary>
/// <param name="kind">The reason.</param>
/// <param name="why">More of it in words; null where there is nothing to add.</param>
internal sealed class MissingMemory(MissingKind kind, string? why = null)
{
    /// <summary>So many ranges are kept, the first ones; the others are only counted.</summary>
    public const int MostRanges = 1 << 14;

    private readonly List<MemorySegment> _ranges = [];
    private ulong _end;

    /// <summary>The reason.</summary>
    public MissingKind Kind => kind;

    /// <summary>More of it in words; null where there is nothing to add.</summary>
    public string? Why => why;

    /// <summary>How many bytes.</summary>
    public ulong Bytes { get; private set; }

    /// <summary>How many ranges.</summary>
    public ulong Count { get; private set; }

    /// <summary>The first <see cref="MostRanges"/> of them.</summary>
    public IReadOnlyList<MemorySegment> Ranges => _ranges;

    /// <summary>Adds memory; what touches the last range makes it longer.</summary>
    /// <param name="start">Its first address: not before the last range's end.</param>
    /// <param name="size">Its bytes, at least 1.</param>
    public void Add(ulong start, ulong size)
    {
        Bytes += size;
        if (Count > 0 && start == _end)
        {
            if (Count <= MostRanges)
            {
                _ranges[^1] = _ranges[^1] with { Size = _ranges[^1].Size + size };
            }
        }
        else
        {
            Count++;
            if (Count <= MostRanges)
            {
                _ranges.Add(new MemorySegment(new PhysicalAddress(start), size));
            }
        }

        _end = start + size;
    }
}
