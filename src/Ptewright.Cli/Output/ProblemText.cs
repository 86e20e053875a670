using Ptewright.Addressing;
using Ptewright.Walking;

namespace Ptewright.Cli.Output;

/// <summary>What is wrong with tables, as a sentence with the entries that lead there.</summary>
internal static class ProblemText
{
    /// <summary>The sentence.</summary>
    public static string Of(TableProblem problem, TranslationRoot root)
    {
        string path = problem.Path.Count == 0
            ? "the root"
            : string.Join(", ", problem.Path.Select(step => $"level {step.Level} [{step.Index}] at {step.Address} = {step.Entry}"));
        return $"{problem.Address}: {Reason(problem, root)} (by way of {path}).";
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
