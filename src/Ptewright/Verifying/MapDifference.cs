using Ptewright.Addressing;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Verifying;

/// <summary>What differs.</summary>
public enum MapDifferenceKind
{
    /// <summary>Predicted, but not mapped.</summary>
    Missing,

    /// <summary>Mapped, but not predicted.</summary>
    Extra,

    /// <summary>Mapped to other memory.</summary>
    Moved,

    /// <summary>Mapped by leaves of another level, or of the same level with other attributes.</summary>
    Changed,

    /// <summary>A table page lies elsewhere than predicted, or there is one where none was predicted, or none where one was.</summary>
    Table,

    /// <summary>The entry that leads to a table has other bits of its own: restrictions, the Access flag, bits that the CPU ignores.</summary>
    TableEntry,
}

/// <summary>Addresses where tables are not as predicted, all in the same way.</summary>
/// <param name="Kind">What differs.</param>
/// <param name="Start">The first address.</param>
/// <param name="Size">How many bytes.</param>
/// <param name="Predicted">What was predicted from <paramref name="Start"/> on; null for nothing.</param>
/// <param name="Found">What is there; null for nothing.</param>
/// <param name="Explanation">Which later step of the kernel made it so, and the evidence; null when none is known.</param>
public sealed record MapDifference(
    MapDifferenceKind Kind, VirtualAddress Start, ulong Size, MappedRange? Predicted, MappedRange? Found, string? Explanation)
{
    /// <summary>For a table: its level.</summary>
    public int? TableLevel { get; init; }

    /// <summary>For a table: where it was predicted.</summary>
    public PhysicalAddress? PredictedTable { get; init; }

    /// <summary>For a table: where it lies.</summary>
    public PhysicalAddress? FoundTable { get; init; }

    /// <summary>For an entry that leads to a table: the bits that were predicted, without the address.</summary>
    public Descriptor? PredictedEntry { get; init; }

    /// <summary>For an entry that leads to a table: the bits that it has, without the address.</summary>
    public Descriptor? FoundEntry { get; init; }
}
