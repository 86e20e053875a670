using Ptewright.Addressing;
using Ptewright.Images;

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

    /// <summary>A table lies in memory that was left out of the source.</summary>
    ExcludedMemory,

    /// <summary>A table lies in memory that the source has, but that cannot be read.</summary>
    LostMemory,
}

/// <summary>Something wrong, and the entries that lead there.</summary>
/// <param name="Kind">What.</param>
/// <param name="Address">The first address that is affected.</param>
/// <param name="Path">The entries from the root's to the one in question.</param>
public sealed record TableProblem(TableProblemKind Kind, VirtualAddress Address, IReadOnlyList<WalkStep> Path)
{
    /// <summary>Whether it is probably none: the table was left out of a source that leaves out what is nothing but zeros (<see cref="MemoryImage.LeavesOutZeros"/>), so it is an empty one, as far as
    /// can be told. That is inferred, not read.</summary>
    public bool IsProbablyEmptyTable { get; init; }

    /// <summary>The problem with a table that is not there.</summary>
    /// <param name="presence">Why.</param>
    internal static TableProblemKind Without(MemoryPresence presence) => presence switch
    {
        MemoryPresence.Excluded => TableProblemKind.ExcludedMemory,
        MemoryPresence.Lost => TableProblemKind.LostMemory,
        _ => TableProblemKind.MissingMemory,
    };

    /// <summary>What is wrong, in words.</summary>
    /// <param name="root">How the half is read in which it was found.</param>
    internal string Reason(TranslationRoot root)
    {
        PhysicalAddress target = Path.Count == 0 ? root.Table : root.Format.Decode(Path[^1].Entry);
        return Kind switch
        {
            TableProblemKind.MissingMemory => $"the source has no memory at {target}, where a table should be",
            TableProblemKind.ExcludedMemory when IsProbablyEmptyTable =>
                $"the memory at {target}, where a table should be, was left out of the source, as pages of zeros are: an empty table, which is inferred",
            TableProblemKind.ExcludedMemory => $"the memory at {target}, where a table should be, was left out of the source",
            TableProblemKind.LostMemory => $"the memory at {target}, where a table should be, is in the source but cannot be read",
            TableProblemKind.Loop => $"the table at {target} is one of those that lead to it, a loop, which is not followed",
            TableProblemKind.BadType => "the entry's type is 0b01, which is reserved at that level",
            TableProblemKind.AddressSize => $"{target} has more than {root.OutputBits} bits, the most that TCR_EL1 allows",
            TableProblemKind.BrokenRun when root.EntriesAt(Path[^1].Level) < root.RunLength(Path[^1].Level) =>
                $"a contiguous run has {root.RunLength(Path[^1].Level)} entries there, and the root table only {root.RootEntries}",
            TableProblemKind.BrokenRun => "the entries of a contiguous run do not agree",
            _ => "there are more tables than are read of one half, so the rest is left out",
        };
    }
}
