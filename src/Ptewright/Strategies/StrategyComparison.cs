using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Strategies;

/// <summary>One strategy on one machine: what it executed, what it would cost, what was published.</summary>
/// <param name="Strategy">The strategy.</param>
/// <param name="Result">What the build did and made.</param>
/// <param name="Digest">The digest of its tables.</param>
/// <param name="ModelMilliseconds">The modelled time.</param>
/// <param name="Published">The published figure it is set against, or null.</param>
/// <param name="Kind">Whether that figure was used to make the model.</param>
public sealed record StrategyOutcome(
    StrategyPreset Strategy,
    BuildResult Result,
    TableDigest Digest,
    double ModelMilliseconds,
    PublishedFigure? Published,
    EstimateKind Kind);

/// <summary>All strategies on one machine.</summary>
/// <param name="Id">The machine's id, or <c>custom</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="MemoryBytes">The memory that is mapped.</param>
/// <param name="CostsOf">The machine whose constants the modelled times use.</param>
/// <param name="Outcomes">The strategies, in the order asked for.</param>
public sealed record MachineComparison(string Id, string Name, ulong MemoryBytes, string CostsOf, IReadOnlyList<StrategyOutcome> Outcomes)
{
    /// <summary>What the kernel does whose plan was built; null where memory alone was.</summary>
    public KernelPlan? Kernel { get; init; }

    /// <summary>The CPU that the kernel runs on; null where memory alone was built.</summary>
    public CpuModel? Cpu { get; init; }

    /// <summary>Whether every strategy left the same table pages, byte for byte and in the same places.</summary>
    public bool IdenticalTables => Outcomes.All(outcome => outcome.Digest == Outcomes[0].Digest && outcome.Result.Statistics.Tables == Outcomes[0].Result.Statistics.Tables);
}

/// <summary>Builds the same linear map with several strategies and sets counts, modelled and published times side by side.</summary>
/// <param name="published">The published figures.</param>
/// <param name="progress">Told, before each build, what is about to be built; may be null.</param>
/// <param name="stop">Ends the work between two builds, with an <see cref="OperationCanceledException"/>.</param>
public sealed class StrategyComparer(PublishedMeasurements published, IProgress<WorkProgress>? progress = null, CancellationToken stop = default)
{
    private readonly Dictionary<string, MachineCosts> _costs = [];

    /// <summary>Compares on a published machine: one range of memory, aligned to 1 GiB.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="geometry">The shape of the tables; published figures are only set against 4K pages with 48 bits.</param>
    /// <param name="wideAddresses">Whether descriptors hold 52-bit addresses.</param>
    /// <param name="flags">What is forbidden.</param>
    /// <param name="strategies">The strategies.</param>
    public MachineComparison Compare(
        MachineProfile machine, TableGeometry geometry, bool wideAddresses, MapFlags flags, IReadOnlyList<StrategyPreset> strategies)
    {
        bool asMeasured = geometry.Granule == GranuleSize.Size4K && geometry.VirtualAddressBits == 48 && !wideAddresses && flags == LinearMapPlanner.PagesOnly;
        LinearMapPlan plan = LinearMapPlan.ForMemory(MemoryOf(machine), geometry, wideAddresses, flags);
        Dictionary<string, BuildResult> built = [];
        List<(StrategyPreset Strategy, BuildResult Result, TableDigest Digest)> builds = Build(machine.Name, plan, strategies, digest: true);
        foreach ((StrategyPreset strategy, BuildResult result, _) in builds)
        {
            if (asMeasured)
            {
                built[strategy.Name] = result;
            }
        }

        MachineCosts costs = CostsOf(machine, built);
        IEnumerable<StrategyOutcome> outcomes = builds.Select(build => new StrategyOutcome(
            build.Strategy,
            build.Result,
            build.Digest,
            costs.Milliseconds(build.Strategy.Options, build.Result),
            asMeasured ? MachineCosts.PublishedFor(published, machine.Id, build.Strategy) : null,
            asMeasured ? MachineCosts.KindOf(build.Strategy) : EstimateKind.Prediction));
        return new MachineComparison(machine.Id, machine.Name, machine.MemoryBytes, machine.Id, [.. outcomes]);
    }

    /// <summary>Compares on memory of the caller's.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="memory">The memory.</param>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="wideAddresses">Whether descriptors hold 52-bit addresses.</param>
    /// <param name="flags">What is forbidden.</param>
    /// <param name="strategies">The strategies.</param>
    /// <param name="costsOf">The published machine whose constants the modelled times use.</param>
    /// <exception cref="InvalidInputException">The memory does not fit.</exception>
    public MachineComparison Compare(
        string name,
        MemoryLayout memory,
        TableGeometry geometry,
        bool wideAddresses,
        MapFlags flags,
        IReadOnlyList<StrategyPreset> strategies,
        MachineProfile costsOf)
    {
        LinearMapPlan plan = LinearMapPlan.ForMemory(memory, geometry, wideAddresses, flags);
        return new MachineComparison("custom", name, memory.MappedBytes, costsOf.Id, Predict(name, plan, true, strategies, costsOf));
    }

    /// <summary>Compares on what one kernel maps on one machine.</summary>
    /// <param name="name">What they are called.</param>
    /// <param name="kernel">What the kernel does.</param>
    /// <param name="cpu">The CPU that it runs on.</param>
    /// <param name="strategies">The strategies.</param>
    /// <param name="costsOf">The published machine whose constants the modelled times use.</param>
    /// <exception cref="InvalidInputException">The tables take more memory than this computer has.</exception>
    public MachineComparison Compare(string name, KernelPlan kernel, CpuModel cpu, IReadOnlyList<StrategyPreset> strategies, MachineProfile costsOf)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(cpu);
        return new MachineComparison("custom", name, kernel.Memory.MappedBytes, costsOf.Id, Predict(name, kernel.Plan, cpu.HasRangeInvalidation, strategies, costsOf))
        {
            Kernel = kernel,
            Cpu = cpu,
        };
    }

    /// <summary>The memory of a published machine: one range from 1 GiB on, the ideal layout that the published arithmetic fits.</summary>
    public static MemoryLayout MemoryOf(MachineProfile machine) => MemoryLayout.OfRange(new(1UL << 30), machine.MemoryBytes);

    private StrategyOutcome[] Predict(
        string name, LinearMapPlan plan, bool hasRangeInvalidation, IReadOnlyList<StrategyPreset> strategies, MachineProfile costsOf)
    {
        MachineCosts costs = CostsOf(costsOf, []);
        return [.. Build(name, plan, strategies, digest: true, hasRangeInvalidation).Select(build => new StrategyOutcome(
            build.Strategy,
            build.Result,
            build.Digest,
            costs.Milliseconds(build.Strategy.Options, build.Result),
            null,
            EstimateKind.Prediction))];
    }

    // The constants need the operation counts of the measured configuration; what was just built is not built again.
    private MachineCosts CostsOf(MachineProfile machine, Dictionary<string, BuildResult> built)
    {
        if (!_costs.TryGetValue(machine.Id, out MachineCosts? costs))
        {
            StrategyPreset[] needed =
            [
                .. new[] { StrategyPresets.Baseline, StrategyPresets.MapOnce, StrategyPresets.BatchBarriers, StrategyPresets.SingleMap }
                    .Where(preset => !built.ContainsKey(preset.Name)),
            ];
            if (needed.Length > 0)
            {
                _ = TableGeometry.TryCreate(GranuleSize.Size4K, 48, 48, out TableGeometry geometry);
                LinearMapPlan plan = LinearMapPlan.ForMemory(MemoryOf(machine), geometry, wideAddresses: false, LinearMapPlanner.PagesOnly);
                foreach ((StrategyPreset strategy, BuildResult result, _) in Build($"{machine.Name} (calibration)", plan, needed, digest: false))
                {
                    built[strategy.Name] = result;
                }
            }

            costs = MachineCosts.Calibrate(published, machine, preset => CostDrivers.Of(preset.Options, built[preset.Name]));
            _costs[machine.Id] = costs;
        }

        return costs;
    }

    private List<(StrategyPreset Strategy, BuildResult Result, TableDigest Digest)> Build(
        string name, LinearMapPlan plan, IReadOnlyList<StrategyPreset> strategies, bool digest, bool hasRangeInvalidation = true)
    {
        using LinearMapSimulation simulation = new(plan, hasRangeInvalidation);
        List<(StrategyPreset, BuildResult, TableDigest)> builds = [];
        foreach (StrategyPreset strategy in strategies)
        {
            stop.ThrowIfCancellationRequested();
            progress?.Report(new WorkProgress($"{name}: {strategy.Name}", builds.Count, strategies.Count));
            BuildResult result = simulation.Build(strategy.Options, stop: stop);
            builds.Add((strategy, result, digest ? simulation.Digest() : default));
        }

        return builds;
    }
}
