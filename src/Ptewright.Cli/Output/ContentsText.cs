using Ptewright.LinearMap;

namespace Ptewright.Cli.Output;

/// <summary>What builds made, in words.</summary>
internal static class ContentsText
{
    /// <summary>What a build made, in one line.</summary>
    public static string Of(TableStatistics made)
    {
        (ulong Count, string Name)[] entries = [(made.Pages, "page"), (made.PmdBlocks, "PMD block"), (made.PudBlocks, "PUD block")];
        (ulong Count, string Name)[] tables = [(made.PteTables, "PTE"), (made.PmdTables, "PMD"), (made.PudTables, "PUD"), (made.P4dTables, "P4D")];
        string mapped = string.Join(" + ", entries.Where(part => part.Count > 0).Select(part => Numbers.Of(part.Count, part.Name)));
        string levels = string.Join(" + ", tables.Where(part => part.Count > 0).Select(part => $"{Numbers.Count(part.Count)} {part.Name}"));
        return $"{mapped} in {Numbers.Of(made.Tables, "table")}{(levels.Length == 0 ? string.Empty : $" ({levels})")} and the root";
    }
}
