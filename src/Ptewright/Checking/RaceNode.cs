using Ptewright.LinearMap;

namespace Ptewright.Checking;

/// <summary>Where a writer is: all that it has read so far decides what it does next. The nodes of a writer form a tree that grows as it is explored.</summary>
internal sealed class RaceNode
{
    private readonly RaceMachine _machine;
    private readonly RaceScenario _scenario;
    private readonly RaceWriter _writer;
    private readonly List<ulong> _answers;
    private readonly Dictionary<ulong, RaceNode> _next = [];

    /// <summary>A writer at its start.</summary>
    public RaceNode(RaceMachine machine, RaceScenario scenario, RaceWriter writer)
        : this(machine, scenario, writer, [])
    {
    }

    private RaceNode(RaceMachine machine, RaceScenario scenario, RaceWriter writer, List<ulong> answers)
    {
        _machine = machine;
        _scenario = scenario;
        _writer = writer;
        _answers = answers;
        RaceRun run = machine.Run(scenario[writer], writer, answers);
        Next = run.Next;
        After = run.After;
        Failure = run.Failure;
        Pages = run.Pages;
    }

    /// <summary>The next step, or null at the end.</summary>
    public RaceOperation? Next { get; }

    /// <summary>What followed the last step and is no step itself.</summary>
    public IReadOnlyList<RaceOperation> After { get; }

    /// <summary>Why the engine stopped, if it did.</summary>
    public MapFailure Failure { get; }

    /// <summary>How many pages the writer has taken.</summary>
    public int Pages { get; }

    /// <summary>Where the writer is when its next step has read <paramref name="answer"/> (0, if it reads nothing).</summary>
    public RaceNode Then(ulong answer)
    {
        if (!_next.TryGetValue(answer, out RaceNode? node))
        {
            node = new RaceNode(_machine, _scenario, _writer, [.. _answers, answer]);
            _next.Add(answer, node);
        }

        return node;
    }
}
