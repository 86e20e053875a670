using Ptewright.Addressing;

namespace Ptewright.Comparing;

/// <summary>What became of a table.</summary>
public enum TableChangeKind
{
    /// <summary>There is one now, and there was none.</summary>
    Added,

    /// <summary>There was one, and there is none now.</summary>
    Removed,

    /// <summary>It lies elsewhere.</summary>
    Moved,

    /// <summary>It lies where it did, with other entries.</summary>
    Changed,
}

/// <summary>One table that is not as it was.</summary>
/// <param name="Kind">What became of it; a table that moved may have other entries as well.</param>
/// <param name="Level">Its level.</param>
/// <param name="Start">The first address that it translates.</param>
/// <param name="Before">Where it lay.</param>
/// <param name="After">Where it lies.</param>
/// <param name="Entries">How many entries differ, those aside that differ only in where the next table lies; in a table that was added or removed, how many are not 0.</param>
public sealed record TableChange(TableChangeKind Kind, int Level, VirtualAddress Start, PhysicalAddress? Before, PhysicalAddress? After, int Entries);

/// <summary>All tables that are not as they were: the first of them, and how many there are.</summary>
/// <param name="First">The first ones, parents before children, ascending.</param>
/// <param name="Added">How many were added, those that were not kept included.</param>
/// <param name="Removed">How many were removed.</param>
/// <param name="Moved">How many lie elsewhere.</param>
/// <param name="Changed">How many have other entries.</param>
/// <param name="Entries">How many entries differ in all of them.</param>
public sealed record TableChanges(IReadOnlyList<TableChange> First, ulong Added, ulong Removed, ulong Moved, ulong Changed, ulong Entries)
{
    /// <summary>How many tables there are.</summary>
    public ulong Count => Added + Removed + Moved + Changed;
}
