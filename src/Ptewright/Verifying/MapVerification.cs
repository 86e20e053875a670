using Ptewright.Findings;

namespace Ptewright.Verifying;

/// <summary>How a kernel's linear map compares with its prediction.</summary>
/// <param name="LeavesPredicted">Leaves that were predicted.</param>
/// <param name="LeavesFound">Leaves that are there.</param>
/// <param name="TablePagesPredicted">Table pages that were predicted below the root.</param>
/// <param name="TablePagesAtPredictedAddress">Those of them that lie where they were predicted.</param>
/// <param name="Differences">Where the two differ, ascending.</param>
/// <param name="Problems">What is wrong with the tables themselves; a note is no problem, but worth knowing.</param>
public sealed record MapVerification(
    ulong LeavesPredicted,
    ulong LeavesFound,
    int TablePagesPredicted,
    int TablePagesAtPredictedAddress,
    IReadOnlyList<MapDifference> Differences,
    IReadOnlyList<Finding> Problems)
{
    /// <summary>All that is not as it should be: problems, and the differences that nothing explains.</summary>
    /// <param name="source">What was verified.</param>
    public IEnumerable<Finding> Findings(string source) =>
        [.. Problems, .. Differences.Where(difference => difference.Explanation is null).Select(difference => difference.ToFinding(source))];

    /// <summary>How many differences no later step of the kernel explains; a problem counts as one, a note does not.</summary>
    public int Unexplained => Differences.Count(difference => difference.Explanation is null) + Problems.Count(problem => problem.Severity != FindingSeverity.Note);
}
