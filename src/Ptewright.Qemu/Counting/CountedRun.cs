namespace Ptewright.Counting;

/// <summary>A machine that ran under the counting plugin.</summary>
/// <param name="Passes">What was executed in the region, each time that it was run through.</param>
/// <param name="Console">What the machine wrote to its console until it was stopped.</param>
public sealed record CountedRun(IReadOnlyList<ExecutedCounts> Passes, IReadOnlyList<string> Console);
