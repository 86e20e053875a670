namespace Ptewright.Checking;

/// <summary>What becomes of a scenario without one kind of barrier or invalidation.</summary>
internal enum OrderingVerdict
{
    /// <summary>Leaving out one of them, at some place, breaks a rule.</summary>
    Needed,

    /// <summary>Any single one can be left out, because another does its work; all of them together cannot.</summary>
    NeededTogether,

    /// <summary>All of them can be left out of this scenario at once.</summary>
    NotNeeded,
}

/// <summary>All barriers or invalidations of a scenario that stand for the same line of a kernel.</summary>
/// <param name="Function">The kernel's function; where no kernel has it, what it belongs to.</param>
/// <param name="Instruction">The instruction: <c>DSB ISHST</c>.</param>
/// <param name="Occurrences">How often it is executed in the scenario.</param>
/// <param name="Needed">At how many of them leaving out that one alone breaks a rule.</param>
/// <param name="BreaksTogether">Whether leaving out all of them at once breaks a rule.</param>
/// <param name="ShortestRun">The shortest run that breaks a rule: of those with one left out, or else of all left out; null when none does.</param>
/// <param name="Omitted">The events that are left out in <paramref name="ShortestRun"/>, numbered from 1 on.</param>
/// <param name="CoveredBy">What does the work of those that are not needed, the most frequent first.</param>
internal sealed record OrderingPlace(
    string Function,
    string Instruction,
    int Occurrences,
    int Needed,
    bool BreaksTogether,
    OrderingRun? ShortestRun,
    IReadOnlyList<int> Omitted,
    IReadOnlyList<OrderingCover> CoveredBy)
{
    /// <summary>The verdict.</summary>
    public OrderingVerdict Verdict =>
        Needed > 0 ? OrderingVerdict.Needed : BreaksTogether ? OrderingVerdict.NeededTogether : OrderingVerdict.NotNeeded;
}

/// <summary>Why some occurrences are not needed alone: up to this later one nothing relies on them, and it does all that they do.</summary>
/// <param name="By">Function and instruction; null when nothing later in the scenario does and nothing relies on it.</param>
/// <param name="Count">For how many occurrences.</param>
internal sealed record OrderingCover(string? By, int Count);
