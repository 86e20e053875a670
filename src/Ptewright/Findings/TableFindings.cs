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
        string reason = problem.Reason(root);
        return new Finding(
            Finding.RuleOf("table", problem.Kind),
            problem.IsProbablyEmptyTable ? FindingSeverity.Note : FindingSeverity.Error,
            problem.Path.Count == 0 ? $"{reason} (by way of the root)" : reason,
            source,
            problem.Address) { Path = problem.Path };
    }
}
