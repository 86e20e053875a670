using Ptewright.Addressing;

namespace Ptewright.Walking;

/// <summary>What can be wrong with tables.</summary>
public enum TableProblemKind
{
    /// <summary>A table does not lie in the memory that the source has.</summary>
    MissingMemory,

    /// <summary>A table leads to itself or to one above it.</summary>
    Loop,

    /// <summary>An entry's type is reserved at its level.</summary>
    BadType,

    /// <summary>An entry leads beyond the output address size.</summary>
    AddressSize,

    /// <summary>The entries of a contiguous run do not agree: in the bit, in their attributes, or in where they lead; or the root table has fewer entries than a run.</summary>
    BrokenRun,

    /// <summary>The tables have more visits than were allowed: the rest is not read.</summary>
    TooMany,
}

/// <summary>Something wrong, and the entries that lead there.</summary>
/// <param name="Kind">What.</param>
/// <param name="Address">The first address that is affected.</param>
/// <param name="Path">The entries from the root's to the one in question.</param>
public sealed record TableProblem(TableProblemKind Kind, VirtualAddress Address, IReadOnlyList<WalkStep> Path);
