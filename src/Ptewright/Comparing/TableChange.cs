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
