using System.Numerics;

namespace Ptewright.Checking;

/// <summary>What every interleaving of one scenario comes to.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="States">How many different states the two writers and the memory can be in together.</param>
/// <param name="Interleavings">How many interleavings there are; one that goes wrong ends where it does.</param>
/// <param name="Findings">The ways in which it goes wrong, shortest first; none, if it is safe.</param>
internal sealed record RaceResult(RaceScenario Scenario, int States, BigInteger Interleavings, IReadOnlyList<RaceFinding> Findings)
{
    /// <summary>Whether no interleaving goes wrong.</summary>
    public bool IsSafe => Findings.Count == 0;

    /// <summary>How many interleavings go wrong.</summary>
    public BigInteger WrongInterleavings => Findings.Aggregate(BigInteger.Zero, (sum, finding) => sum + finding.Interleavings);
}
