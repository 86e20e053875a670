using Ptewright.Simulation;
using Ptewright.Strategies;

namespace Ptewright.Cli.Commands.Compare;

/// <summary>How much a strategy changes the modelled time of the one it was derived from. Published changes are not touched here.</summary>
internal static class ModelChange
{
    /// <summary>The change in percent, or null when the strategy it was derived from was not run or cannot be had with the same constants.</summary>
    public static double? Percent(PublishedMeasurements published, MachineComparison machine, StrategyOutcome outcome) =>
        BeforeMilliseconds(published, machine, outcome) is { } before ? (outcome.ModelMilliseconds / before * 100) - 100 : null;

    private static double? BeforeMilliseconds(PublishedMeasurements published, MachineComparison machine, StrategyOutcome outcome)
    {
        StrategyOutcome? before = outcome.Strategy.Before is { } derivedFrom ? Find(machine, derivedFrom) : null;
        if (before is null || outcome.Strategy.Options.Closing == before.Strategy.Options.Closing)
        {
            return before?.ModelMilliseconds;
        }

        // lazy-unmap has constants of its own: only with those does the strategy before it compare, and they need the measured configuration.
        MachineProfile profile = published.Machines.First(candidate => candidate.Id == machine.CostsOf);
        StrategyPreset[] needed = [StrategyPresets.Baseline, StrategyPresets.MapOnce, StrategyPresets.BatchBarriers, StrategyPresets.SingleMap];
        return needed.All(preset => Find(machine, preset)?.Published is not null)
            ? MachineCosts.Calibrate(published, profile, preset => Drivers(Find(machine, preset)!)).Lazy.Milliseconds(Drivers(before))
            : null;
    }

    private static StrategyOutcome? Find(MachineComparison machine, StrategyPreset strategy) =>
        machine.Outcomes.FirstOrDefault(outcome => outcome.Strategy == strategy);

    private static CostDrivers Drivers(StrategyOutcome outcome) => CostDrivers.Of(outcome.Strategy.Options, outcome.Result);
}
