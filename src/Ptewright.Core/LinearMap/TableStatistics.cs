using System.Runtime.CompilerServices;

namespace Ptewright.LinearMap;

/// <summary>What was built, or taken away: tables and visits by level, entries, blocks, contiguous runs. The root is not counted as a table.</summary>
/// <remarks>Of a removal only what was cleared and freed counts: leaves and tables.</remarks>
public struct TableStatistics
{
    /// <summary>Tables of level 3 made.</summary>
    public ulong PteTables { get; set; }

    /// <summary>Tables of level 2 made.</summary>
    public ulong PmdTables { get; set; }

    /// <summary>Tables of level 1 made.</summary>
    public ulong PudTables { get; set; }

    /// <summary>Tables of level 0 made.</summary>
    public ulong P4dTables { get; set; }

    /// <summary>How often a table of level 3 was entered; more than its tables when a later range comes back to one.</summary>
    public ulong PteVisits { get; set; }

    /// <summary>How often a table of level 2 was entered.</summary>
    public ulong PmdVisits { get; set; }

    /// <summary>How often a table of level 1 was entered.</summary>
    public ulong PudVisits { get; set; }

    /// <summary>How often a table of level 0 was entered.</summary>
    public ulong P4dVisits { get; set; }

    /// <summary>Level-3 entries written.</summary>
    public ulong Pages { get; set; }

    /// <summary>Level-2 blocks written.</summary>
    public ulong PmdBlocks { get; set; }

    /// <summary>Level-1 blocks written.</summary>
    public ulong PudBlocks { get; set; }

    /// <summary>Stretches of level 3 of at most one contiguous run, whether the bit was set or not.</summary>
    public ulong PteChunks { get; set; }

    /// <summary>Stretches of level 2 of at most one contiguous run, whether the bit was set or not.</summary>
    public ulong PmdChunks { get; set; }

    /// <summary>Level-3 entries that carry the contiguous bit.</summary>
    public ulong ContiguousPages { get; set; }

    /// <summary>Level-2 blocks that carry the contiguous bit.</summary>
    public ulong ContiguousPmdBlocks { get; set; }

    /// <summary>Tables made, all levels.</summary>
    public readonly ulong Tables => PteTables + PmdTables + PudTables + P4dTables;

    /// <summary>Visits, all levels.</summary>
    public readonly ulong Visits => PteVisits + PmdVisits + PudVisits + P4dVisits;

    /// <summary>Blocks, both levels.</summary>
    public readonly ulong Blocks => PmdBlocks + PudBlocks;

    /// <summary>Leaves, all levels.</summary>
    public readonly ulong Leaves => Pages + Blocks;

    internal void AddLeaf(int level)
    {
        switch (level)
        {
            case 3:
                Pages++;
                break;
            case 2:
                PmdBlocks++;
                break;
            default:
                PudBlocks++;
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void AddTable(int level)
    {
        switch (level)
        {
            case 3:
                PteTables++;
                break;
            case 2:
                PmdTables++;
                break;
            case 1:
                PudTables++;
                break;
            default:
                P4dTables++;
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void AddVisit(int level)
    {
        switch (level)
        {
            case 3:
                PteVisits++;
                break;
            case 2:
                PmdVisits++;
                break;
            case 1:
                PudVisits++;
                break;
            default:
                P4dVisits++;
                break;
        }
    }
}
