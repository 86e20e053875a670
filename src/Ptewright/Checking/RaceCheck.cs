namespace Ptewright.Checking;

/// <summary>Sets two late writers of one kernel's linear map against each other, in every interleaving of their steps.</summary>
/// <remarks>
/// <para>The writers run the engine itself. Memory is sequentially consistent and translations are exact: what comes of stores that become visible
/// late, or of stale TLB entries, is another question. So a CPU may do what is found wrong, and a kernel that is found safe has no race of these two
/// writers as long as its barriers and invalidations are right.</para>
/// <para>Nothing is left to chance: same input, same report.</para>
/// </remarks>
public static class RaceCheck
{
    /// <summary>Explores all scenarios.</summary>
    /// <param name="options">Which kernel.</param>
    /// <param name="progress">Told of each scenario, and how many states of it are known; may be null.</param>
    /// <param name="stop">Ends the work in between, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="InvalidInputException">The kernel has no such configuration, or does not run on that CPU.</exception>
    /// <exception cref="ArgumentException">The strategy uses no fixmap slots, as only the start of a kernel can.</exception>
    public static RaceReport Run(RaceOptions options, IProgress<WorkProgress>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Strategy.Options is { Reach: Simulation.Reach.Direct } or { Objection: not null })
        {
            throw new ArgumentException($"Strategy {options.Strategy.Name} uses no fixmap slots.", nameof(options));
        }

        using RaceMachine machine = new(options);
        RaceResult[] results =
            [.. RaceScenarios.Of(machine, options.Cpu.PhysicalAddressBits).Select(scenario => new RaceExplorer(machine, scenario).Explore(OnLayer))];
        return new RaceReport(options, machine.Settings.Geometry, machine.Settings.Format, machine.Root) { Results = results };

        void OnLayer(RaceScenario scenario, int states)
        {
            stop.ThrowIfCancellationRequested();
            progress?.Report(new WorkProgress(scenario.Name, states));
        }
    }
}
