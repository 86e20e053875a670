using System.Globalization;
using Ptewright.Cpu;

namespace Ptewright.Simulation;

/// <summary>One build with every operation in order: stores, barriers, invalidations, windows.</summary>
public sealed class RecordedBuild
{
    /// <summary>How many events are kept unless it is said: some 300 MB of them, and more than anybody reads.</summary>
    public const int UsualLimit = 5_000_000;

    private const int FirstCapacity = 4096;

    private CpuEvent[] _events = [];

    private RecordedBuild(LinearMapPlan plan, StrategyPreset strategy)
    {
        Plan = plan;
        Strategy = strategy;
    }

    /// <summary>What was built.</summary>
    public LinearMapPlan Plan { get; }

    /// <summary>How.</summary>
    public StrategyPreset Strategy { get; }

    /// <summary>What the build made; its counts are not filled in, the events are.</summary>
    public BuildResult Result { get; private set; } = null!;

    /// <summary>How many events there are.</summary>
    public int Count { get; private set; }

    /// <summary>The events in order.</summary>
    public ReadOnlySpan<CpuEvent> Events => _events.AsSpan(0, Count);

    /// <summary>The event with this number, counted from 0.</summary>
    /// <param name="index">The number.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public ref readonly CpuEvent this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return ref _events[index];
        }
    }

    /// <summary>Builds and records.</summary>
    /// <param name="plan">What to build.</param>
    /// <param name="strategy">How.</param>
    /// <param name="hasRangeInvalidation">Whether the CPU has FEAT_TLBIRANGE, which <c>lazy-unmap</c> uses.</param>
    /// <param name="limit">How many events are kept at most.</param>
    /// <exception cref="MapFailureException">The engine stopped.</exception>
    /// <exception cref="InvalidRequestException">There are more than <paramref name="limit"/> events.</exception>
    /// <exception cref="InvalidInputException">The tables take more memory than this computer has.</exception>
    public static RecordedBuild Record(LinearMapPlan plan, StrategyPreset strategy, bool hasRangeInvalidation = true, int limit = UsualLimit) =>
        TryRecord(plan, strategy, hasRangeInvalidation, limit, out RecordedBuild? build, out ulong operations)
            ? build!
            : throw new InvalidRequestException(string.Create(
                CultureInfo.InvariantCulture, $"This build executes {operations:N0} operations, more than the {limit:N0} that are recorded: take less memory."));

    /// <summary>Builds and records, unless that takes too many events.</summary>
    /// <param name="plan">What to build.</param>
    /// <param name="strategy">How.</param>
    /// <param name="hasRangeInvalidation">Whether the CPU has FEAT_TLBIRANGE, which <c>lazy-unmap</c> uses.</param>
    /// <param name="limit">How many events are kept at most.</param>
    /// <param name="build">The build; null when there are more.</param>
    /// <param name="operations">How many operations it executes.</param>
    /// <returns>False when there are more than <paramref name="limit"/>.</returns>
    /// <exception cref="MapFailureException">The engine stopped.</exception>
    /// <exception cref="InvalidInputException">The tables take more memory than this computer has.</exception>
    public static bool TryRecord(
        LinearMapPlan plan, StrategyPreset strategy, bool hasRangeInvalidation, int limit, out RecordedBuild? build, out ulong operations)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(strategy);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        build = new RecordedBuild(plan, strategy);
        using LinearMapSimulation simulation = new(plan, hasRangeInvalidation);
        int capacity = Math.Min(FirstCapacity, limit);
        ulong dropped = build.Build(simulation, capacity);
        operations = (ulong)build.Count + dropped;
        if (operations > (ulong)limit)
        {
            build = null;
            return false;
        }

        if (dropped > 0)
        {
            // Every build of a plan executes the same operations, so the second one knows how much room it takes.
            _ = build.Build(simulation, (int)operations);
        }

        return true;
    }

    private unsafe ulong Build(LinearMapSimulation simulation, int capacity)
    {
        _events = new CpuEvent[capacity];
        fixed (CpuEvent* events = _events)
        {
            // They stay where they are until the build is over.
            Result = simulation.Build(Strategy.Options, new RecordingCpu<VectorCpu>(default, events, capacity), out RecordingCpu<VectorCpu> after);
            Count = after.Count;
            return after.Dropped;
        }
    }
}
