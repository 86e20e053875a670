using System.Numerics;
using Ptewright.Addressing;
using Ptewright.Findings;
using Ptewright.Translation;

namespace Ptewright.Checking;

/// <summary>What all scenarios of one kernel come to.</summary>
/// <param name="Options">What was checked.</param>
/// <param name="Geometry">The shape of its tables.</param>
/// <param name="Format">The address format of its descriptors.</param>
/// <param name="Root">Where the kernel's root table lies.</param>
public sealed record RaceReport(RaceOptions Options, TableGeometry Geometry, OutputAddressFormat Format, PhysicalAddress Root)
{
    /// <summary>The scenarios, in order.</summary>
    internal IReadOnlyList<RaceResult> Results { get; init; } = [];

    /// <summary>Whether no interleaving of any scenario goes wrong.</summary>
    public bool IsSafe => Results.All(result => result.IsSafe);

    /// <summary>What goes wrong, in all scenarios.</summary>
    public IEnumerable<Finding> Findings => Results.SelectMany(result => result.Findings.Select(finding => new Finding(
        Finding.RuleOf("race", finding.Kind), FindingSeverity.Error, finding.Message.TrimEnd('.'), result.Scenario.Name)));

    /// <summary>States of all scenarios.</summary>
    public int States => Results.Sum(result => result.States);

    /// <summary>Interleavings of all scenarios.</summary>
    public BigInteger Interleavings => Results.Aggregate(BigInteger.Zero, (sum, result) => sum + result.Interleavings);

    /// <summary>The result with the shortest run that goes wrong (the first of several), or null.</summary>
    internal RaceResult? Worst => Results.Where(result => !result.IsSafe).MinBy(result => result.Findings[0].Steps.Count);
}
