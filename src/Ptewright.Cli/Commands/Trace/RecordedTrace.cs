using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Cpu;
using Ptewright.Simulation;

namespace Ptewright.Cli.Commands.Trace;

/// <summary>The recorded events of one build.</summary>
internal sealed class RecordedTrace
{
    /// <summary>How many events are kept at most: some 300 MB of them, and more than anybody reads.</summary>
    public const int MaximumCount = 5_000_000;

    private const int FirstCapacity = 4096;

    private CpuEvent[] _events = [];

    private RecordedTrace(LinearMapPlan plan, StrategyPreset strategy)
    {
        Plan = plan;
        Strategy = strategy;
    }

    /// <summary>What was built.</summary>
    public LinearMapPlan Plan { get; }

    /// <summary>How.</summary>
    public StrategyPreset Strategy { get; }

    /// <summary>What the build made.</summary>
    public BuildResult Result { get; private set; } = null!;

    /// <summary>How many events there are.</summary>
    public int Count { get; private set; }

    /// <summary>The event with this number, counted from 0.</summary>
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
    /// <exception cref="MapFailureException">The engine stopped.</exception>
    /// <exception cref="UsageException">There are more than <see cref="MaximumCount"/> events.</exception>
    public static RecordedTrace Record(LinearMapPlan plan, StrategyPreset strategy, bool hasRangeInvalidation = true)
    {
        RecordedTrace trace = new(plan, strategy);
        using LinearMapSimulation simulation = new(plan, hasRangeInvalidation);
        ulong dropped = trace.Build(simulation, FirstCapacity);
        if (dropped > 0)
        {
            // Every build of a plan executes the same operations, so the second one knows how much room it takes.
            ulong needed = FirstCapacity + dropped;
            if (needed > MaximumCount)
            {
                throw new UsageException(
                    $"This build executes {Numbers.Count(needed)} operations, more than the {Numbers.Count(MaximumCount)} that trace lists: "
                    + "take a smaller --memory.");
            }

            _ = trace.Build(simulation, (int)needed);
        }

        return trace;
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
