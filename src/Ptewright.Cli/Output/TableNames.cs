using Ptewright.Cpu;

namespace Ptewright.Cli.Output;

/// <summary>Linux's names of tables and fixmap slots.</summary>
internal static class TableNames
{
    /// <summary>The slot: <c>FIX_PTE</c>.</summary>
    public static string Of(TableSlot slot) => slot switch
    {
        TableSlot.Pte => "FIX_PTE",
        TableSlot.Pmd => "FIX_PMD",
        TableSlot.Pud => "FIX_PUD",
        TableSlot.P4d => "FIX_P4D",
        _ => "FIX_PGD",
    };

    /// <summary>A table of a level; the root is the PGD, whichever level it is.</summary>
    public static string Of(int level, int rootLevel) => level == rootLevel ? "PGD" : level switch
    {
        3 => "PTE",
        2 => "PMD",
        1 => "PUD",
        _ => "P4D",
    };
}
