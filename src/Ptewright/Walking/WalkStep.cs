using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Walking;

/// <summary>What an entry is, at the level where it stands.</summary>
public enum EntryKind
{
    /// <summary>Bit 0 is clear.</summary>
    Invalid,

    /// <summary>It leads to a table of the next level.</summary>
    Table,

    /// <summary>It maps a block.</summary>
    Block,

    /// <summary>It maps a page.</summary>
    Page,

    /// <summary>Its type is reserved at that level: treated as invalid by CPUs.</summary>
    BadType,
}

/// <summary>One entry that a walk read.</summary>
/// <param name="Level">Its level, -1 to 3.</param>
/// <param name="Address">Where it lies.</param>
/// <param name="Index">Its index in its table.</param>
/// <param name="Entry">The entry.</param>
/// <param name="Kind">What it is.</param>
public readonly record struct WalkStep(int Level, PhysicalAddress Address, int Index, Descriptor Entry, EntryKind Kind);
