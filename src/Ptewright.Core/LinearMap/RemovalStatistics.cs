namespace Ptewright.LinearMap;

/// <summary>What was removed: leaves cleared and tables freed, by level.</summary>
public struct RemovalStatistics
{
    /// <summary>Level-3 entries cleared.</summary>
    public ulong Pages { get; set; }

    /// <summary>Level-2 blocks cleared.</summary>
    public ulong PmdBlocks { get; set; }

    /// <summary>Level-1 blocks cleared.</summary>
    public ulong PudBlocks { get; set; }

    /// <summary>Tables of level 3 freed.</summary>
    public ulong PteTables { get; set; }

    /// <summary>Tables of level 2 freed.</summary>
    public ulong PmdTables { get; set; }

    /// <summary>Tables of level 1 freed.</summary>
    public ulong PudTables { get; set; }

    /// <summary>Tables of level 0 freed.</summary>
    public ulong P4dTables { get; set; }

    /// <summary>Leaves cleared, all levels.</summary>
    public readonly ulong Leaves => Pages + PmdBlocks + PudBlocks;

    /// <summary>Tables freed, all levels.</summary>
    public readonly ulong Tables => PteTables + PmdTables + PudTables + P4dTables;

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
}
