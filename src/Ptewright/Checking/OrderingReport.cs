using Ptewright.Findings;
using Ptewright.Kernels.Versions;
using Ptewright.Simulation;

namespace Ptewright.Checking;

/// <summary>One sequence of operations under every behaviour of memory and table walkers.</summary>
/// <param name="Name"><c>boot</c>, <c>hot-add</c> or <c>hot-remove</c>.</param>
/// <param name="Summary">What is done in it, in one sentence.</param>
/// <param name="Events">How many operations it has: stores, accesses, barriers, invalidations.</param>
/// <param name="Tables">How many tables are made or freed.</param>
/// <param name="Violation">The shortest run that breaks a rule with every barrier in place; null when the sequence is safe.</param>
/// <param name="Places">Each barrier and invalidation, in the order of its first execution; empty when the sequence itself is not safe.</param>
internal sealed record OrderingScenario(
    string Name,
    string Summary,
    int Events,
    int Tables,
    OrderingRun? Violation,
    IReadOnlyList<OrderingPlace> Places);

/// <summary>Whether a kernel's barriers and invalidations suffice, and which of them do.</summary>
/// <param name="Profile">The kernel.</param>
/// <param name="Strategy">How it writes tables.</param>
public sealed record OrderingReport(KernelProfile Profile, StrategyPreset Strategy)
{
    /// <summary>What was looked at.</summary>
    internal IReadOnlyList<OrderingScenario> Scenarios { get; init; } = [];

    /// <summary>What can go wrong, in all scenarios: the last step of each shortest run that breaks a rule.</summary>
    public IEnumerable<Finding> Findings => Scenarios.Where(scenario => scenario.Violation is not null).Select(scenario => new Finding(
        Finding.RuleOf("ordering", scenario.Violation!.Rule), FindingSeverity.Error, scenario.Violation.Steps[^1].Text.TrimEnd('.'), scenario.Name));

    /// <summary>Whether no rule can be broken.</summary>
    public bool IsSafe => Scenarios.All(scenario => scenario.Violation is null);
}
