using Ptewright.Addressing;
using Ptewright.Walking;

namespace Ptewright.Findings;

/// <summary>What a scan finds wrong with tables.</summary>
public static class TableFindings
{
    /// <summary>The finding of a problem.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="root">How the half is read in which it was found.</param>
    /// <param name="source">What was scanned.</param>
    public static Finding Of(TableProblem problem, TranslationRoot root, string source)
    {
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentNullException.ThrowIfNull(root);
        string reason = Reason(problem, root);
        return new Finding(
            Finding.RuleOf("table", problem.Kind),
            FindingSeverity.Error,
            problem.Path.Count == 0 ? $"{reason} (by way of the root)" : reason,
            source,
            problem.Address) { Path = problem.Path };
    }

    private static string Reason(TableProblem problem, TranslationRoot root)
    {
        PhysicalAddress target = problem.Path.Count == 0 ? root.Table : root.Format.Decode(problem.Path[^1].Entry);
        return problem.Kind switch
        {
            TableProblemKind.MissingMemory => $"the source has no memory at {target}, where a table should be",
            TableProblemKind.Loop => $"the table at {target} is one of those that lead to it, a loop, which is not followed",
            TableProblemKind.BadType => "the entry's type is 0b01, which is reserved at that level",
            TableProblemKind.AddressSize => $"{target} has more than {root.OutputBits} bits, the most that TCR_EL1 allows",
            TableProblemKind.BrokenRun when root.EntriesAt(problem.Path[^1].Level) < root.RunLength(problem.Path[^1].Level) =>
                $"a contiguous run has {root.RunLength(problem.Path[^1].Level)} entries there, and the root table only {root.RootEntries}",
            TableProblemKind.BrokenRun => "the entries of a contiguous run do not agree",
            _ => "there are more tables than are read of one half, so the rest is left out",
        };
    }
}
