using Ptewright.Simulation;

namespace Ptewright.Strategies;

/// <summary>Whether a modelled time was used to make the model.</summary>
public enum EstimateKind
{
    /// <summary>One of the columns that the constants were solved from: it agrees by construction.</summary>
    Calibration,

    /// <summary>Computed from constants that know nothing of it.</summary>
    Prediction,
}

/// <summary>The cost models of one published machine.</summary>
/// <remarks>
/// <para>The merged series' columns base, patch 1 and patch 2 (v3) give the three constants. The seed's column, and everything else, is predicted.</para>
/// <para><c>lazy-unmap</c> was only ever measured with v2, whose patch 3 differs from the merged one. Its model takes window and entry from v2's columns base, patch 1 and
/// patch 2, and the rest per table from v2's no-alloc-remap, on which lazy-unmap was put; its own column is predicted.</para>
/// </remarks>
internal sealed class MachineCosts
{
    /// <summary>The version of the series that <c>lazy-unmap</c> was measured with.</summary>
    public const string LazySeries = "v2";

    private readonly CostModel _merged;

    private MachineCosts(CostModel merged, CostModel lazy)
    {
        _merged = merged;
        Lazy = lazy;
    }

    /// <summary>The constants for <c>lazy-unmap</c>.</summary>
    public CostModel Lazy { get; }

    /// <summary>Whether a strategy's published column is one that the constants come from.</summary>
    public static EstimateKind KindOf(StrategyPreset strategy)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        return strategy.IsCalibration ? EstimateKind.Calibration : EstimateKind.Prediction;
    }

    /// <summary>The published figure that a strategy is set against, or null.</summary>
    public static PublishedFigure? PublishedFor(PublishedMeasurements published, string machine, StrategyPreset strategy)
    {
        ArgumentNullException.ThrowIfNull(published);
        ArgumentNullException.ThrowIfNull(strategy);
        return published.Find(strategy.Options.Closing == Closing.Lazy ? LazySeries : published.SeedSeries, machine, strategy.Name);
    }

    /// <summary>Solves the constants of a machine.</summary>
    /// <param name="published">The published columns.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="drivers">The operations of the strategy with this name on this machine, all memory in 4K pages, as the columns were measured.</param>
    public static MachineCosts Calibrate(PublishedMeasurements published, MachineProfile machine, Func<StrategyPreset, CostDrivers> drivers)
    {
        CostModel merged = Solve(published.SeedSeries);
        (CostDrivers Drivers, double Milliseconds) single = Column(LazySeries, StrategyPresets.SingleMap);
        CostModel lazy = Solve(LazySeries).WithTableCostFrom(single.Drivers, single.Milliseconds);
        return new MachineCosts(merged, lazy);

        CostModel Solve(string series) => CostModel.Calibrate(
            Column(series, StrategyPresets.Baseline),
            Column(series, StrategyPresets.MapOnce),
            Column(series, StrategyPresets.BatchBarriers));

        (CostDrivers Drivers, double Milliseconds) Column(string series, StrategyPreset preset) =>
            (drivers(preset), published.Find(series, machine.Id, preset.Name)!.Milliseconds);
    }

    /// <summary>The modelled time of a build, in milliseconds.</summary>
    public double Milliseconds(StrategyOptions strategy, BuildResult result) =>
        (strategy.Closing == Closing.Lazy ? Lazy : _merged).Milliseconds(CostDrivers.Of(strategy, result));
}
