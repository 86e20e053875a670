using Ptewright.Simulation;

namespace Ptewright.Strategies;

/// <summary>What a build costs in operations that cost time.</summary>
/// <param name="Windows">Window cycles: a slot mapped, unmapped and invalidated. A lazy flush of sixteen slots is one.</param>
/// <param name="Synchronisations">DSB ISHST and ISB pairs at level 3 that belong to no complete window cycle: one an entry where each is synchronised.</param>
/// <param name="Tables">Tables made: allocated, zeroed, filled.</param>
internal readonly record struct CostDrivers(double Windows, double Synchronisations, double Tables)
{
    /// <summary>The drivers of a build.</summary>
    /// <remarks>
    /// Each completed invalidation (DSB ISH) ends a window cycle: sixteen lazily closed slots share one. A lazily closed table still costs the pair of
    /// its mapping and the pair that makes its entries usable, a directly reached one the latter.
    /// </remarks>
    public static CostDrivers Of(StrategyOptions strategy, BuildResult result) => new(
        result.Counts.DsbIsh,
        strategy switch
        {
            { Synchronisation: Synchronisation.EachEntry } => result.Statistics.Pages,
            { Reach: Reach.Direct } => result.Statistics.PteVisits,
            { Closing: Closing.Lazy } => 2 * result.Statistics.PteVisits,
            _ => 0,
        },
        result.Statistics.Tables + result.TemporaryTables);
}

/// <summary>Three constants of a machine that turn counted operations into time.</summary>
/// <param name="WindowMicroseconds">One window cycle.</param>
/// <param name="EntryMicroseconds">One synchronised entry: its DSB ISHST and ISB.</param>
/// <param name="TableMicroseconds">The rest, for each table: allocate, zero, fill.</param>
internal sealed record CostModel(double WindowMicroseconds, double EntryMicroseconds, double TableMicroseconds)
{
    /// <summary>Solves the constants from three measured builds that differ in windows and in synchronisation.</summary>
    /// <param name="remapped">Many windows, synchronised entries (<c>baseline</c>), and its time in milliseconds.</param>
    /// <param name="mappedOnce">Few windows, synchronised entries (<c>map-once</c>).</param>
    /// <param name="batched">Few windows, no synchronised entries (<c>batch-barriers</c>).</param>
    /// <remarks>Three equations, three unknowns: the calibration columns are met exactly and nothing is left to fit.</remarks>
    /// <exception cref="ArgumentException">The drivers do not determine the constants.</exception>
    public static CostModel Calibrate(
        (CostDrivers Drivers, double Milliseconds) remapped,
        (CostDrivers Drivers, double Milliseconds) mappedOnce,
        (CostDrivers Drivers, double Milliseconds) batched)
    {
        double windows = remapped.Drivers.Windows - mappedOnce.Drivers.Windows;
        double entries = mappedOnce.Drivers.Synchronisations - batched.Drivers.Synchronisations;
        if (windows == 0 || entries == 0 || batched.Drivers.Tables == 0
            || remapped.Drivers.Synchronisations != mappedOnce.Drivers.Synchronisations
            || mappedOnce.Drivers.Windows != batched.Drivers.Windows)
        {
            throw new ArgumentException("The three builds must differ first in windows alone, then in synchronised entries alone.");
        }

        double window = (remapped.Milliseconds - mappedOnce.Milliseconds) / windows;
        double entry = (mappedOnce.Milliseconds - batched.Milliseconds) / entries;
        double table = (batched.Milliseconds - (batched.Drivers.Windows * window)) / batched.Drivers.Tables;
        return new CostModel(window * 1000, entry * 1000, table * 1000);
    }

    /// <summary>The time of a build, in milliseconds.</summary>
    public double Milliseconds(CostDrivers drivers) =>
        ((drivers.Windows * WindowMicroseconds) + (drivers.Synchronisations * EntryMicroseconds) + (drivers.Tables * TableMicroseconds)) / 1000;

    /// <summary>The same machine with another cost of the rest, so that <paramref name="drivers"/> take <paramref name="milliseconds"/>.</summary>
    public CostModel WithTableCostFrom(CostDrivers drivers, double milliseconds) => this with
    {
        TableMicroseconds = ((milliseconds * 1000) - (drivers.Windows * WindowMicroseconds) - (drivers.Synchronisations * EntryMicroseconds)) / drivers.Tables,
    };
}
