using Ptewright.Addressing;
using Ptewright.Walking;

namespace Ptewright.Comparing;

/// <summary>What became of addresses from one set of tables to another; several may be true at once.</summary>
[Flags]
public enum MapChangeKinds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Mapped now, and not before.</summary>
    Added = 1,

    /// <summary>Mapped before, and not now.</summary>
    Removed = 2,

    /// <summary>They lead to other memory.</summary>
    Moved = 4,

    /// <summary>The kernel or programs may do other things there.</summary>
    Permission = 8,

    /// <summary>It is another type of memory, or of another shareability.</summary>
    Memory = 16,

    /// <summary>Another bit that the CPU heeds: Access flag, nG, GP, DBM.</summary>
    Flags = 32,

    /// <summary>The same through smaller leaves, or without the contiguous bit.</summary>
    Split = 64,

    /// <summary>The same through larger leaves, or with the contiguous bit.</summary>
    Merged = 128,
}

/// <summary>One change.</summary>
/// <param name="Kinds">What changed.</param>
/// <param name="Start">The first address.</param>
/// <param name="Size">How many bytes; 0 stands for 2^64.</param>
/// <param name="Before">What was mapped: the same addresses, cut to them; null when nothing was.</param>
/// <param name="After">What is mapped; null when nothing is.</param>
public sealed record MapChange(MapChangeKinds Kinds, VirtualAddress Start, ulong Size, MappedRange? Before, MappedRange? After);

/// <summary>All changes: the first of them, and how many there are.</summary>
/// <param name="First">The first ones, ascending.</param>
/// <param name="Count">How many there are, those that were not kept included.</param>
public sealed record MapChanges(IReadOnlyList<MapChange> First, ulong Count);
