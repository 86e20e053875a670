using Ptewright.Addressing;

namespace Ptewright.Walking;

/// <summary>Does something with each table that a <see cref="TableReader"/> goes into, parents before children, ascending.</summary>
internal interface ITableVisitor
{
    /// <summary>Whether entries above level 3 that are not valid are told as well.</summary>
    bool SeesInvalid => false;

    /// <summary>A table is entered; one that several entries lead to is entered for each.</summary>
    void OnTable(in TableView table);

    /// <summary>An entry above level 3 that leads to no table, in whatever way: a block, one of a reserved type, one that is not valid.</summary>
    /// <param name="table">The table.</param>
    /// <param name="index">The entry's index.</param>
    /// <param name="address">The first address that it translates.</param>
    void OnEntry(in TableView table, int index, ulong address)
    {
    }

    /// <summary>The entries of a table of level 3.</summary>
    /// <param name="table">The table.</param>
    /// <param name="first">The first entry within the addresses that are read.</param>
    /// <param name="end">The first one behind them.</param>
    void OnPages(in TableView table, int first, int end)
    {
    }

    /// <summary>A table that is not entered.</summary>
    /// <param name="path">The entries that lead to it.</param>
    /// <param name="why">Why; <see cref="TableProblemKind.TooMany"/> for each of them.</param>
    /// <param name="level">With a loop or an address that is too large the level of the entry that leads to it; otherwise its own.</param>
    /// <param name="address">The first address that it translates.</param>
    /// <param name="depth">How many entries lead to it: none to the root.</param>
    void OnRefused(TablePath path, TableProblemKind why, int level, ulong address, int depth);
}

/// <summary>A table that is being visited; good until the call returns.</summary>
internal unsafe struct TableView
{
    /// <summary>The way to it, with the entry that is looked at.</summary>
    public required TablePath Path;

    /// <summary>Where it lies.</summary>
    public required PhysicalAddress Table;

    /// <summary>Its level.</summary>
    public required int Level;

    /// <summary>How many tables lead to it.</summary>
    public required int Depth;

    /// <summary>The first address that it translates.</summary>
    public required ulong Start;

    /// <summary>Bits 63:59 of the entries that lead to it, together; 0 where they do not count.</summary>
    public required ulong Inherited;

    /// <summary>Its entries.</summary>
    public required ulong* Entries;

    /// <summary>How many there are.</summary>
    public required int Count;

    /// <summary>Of a table of level 3 the one that comes next, if it is at hand, to be fetched ahead; otherwise null.</summary>
    public required ulong* Ahead;
}
