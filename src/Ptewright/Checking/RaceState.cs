using System.Numerics;

namespace Ptewright.Checking;

/// <summary>One state: where both writers are, what memory holds, who holds which lock. Whichever way led there makes no difference.</summary>
internal sealed record RaceState(RaceNode A, RaceNode B, RaceMemory Memory, RaceWriter? FixmapHolder, RaceWriter? RootHolder)
{
    /// <summary>Where a writer is.</summary>
    public RaceNode this[RaceWriter writer] => writer == RaceWriter.A ? A : B;

    /// <summary>Whether both have ended.</summary>
    public bool IsEnd => A.Next is null && B.Next is null;

    /// <summary>Whether a writer has a step that it can make now.</summary>
    public bool CanMove(RaceWriter writer) =>
        this[writer].Next is { } step && (step.Kind != RaceOperationKind.TakeLock || (step.Lock == RaceLock.Fixmap ? FixmapHolder : RootHolder) is null);

    /// <summary>This state after a writer's next step, which must be one that it can make.</summary>
    public RaceState After(RaceWriter writer)
    {
        RaceOperation step = this[writer].Next!;
        RaceNode then = this[writer].Then(step.Kind == RaceOperationKind.Load ? Memory.Load(step.Location) : 0);
        RaceState next = writer == RaceWriter.A ? this with { A = then } : this with { B = then };
        RaceWriter? holder = step.Kind == RaceOperationKind.TakeLock ? writer : null;
        return step.Kind switch
        {
            RaceOperationKind.Store => next with { Memory = Memory.Store(step.Location, step.Value.Raw) },
            RaceOperationKind.Clear => next with { Memory = Memory.Clear(step.Table) },
            RaceOperationKind.TakeLock or RaceOperationKind.ReleaseLock when step.Lock == RaceLock.Fixmap => next with { FixmapHolder = holder },
            RaceOperationKind.TakeLock or RaceOperationKind.ReleaseLock => next with { RootHolder = holder },
            _ => next,
        };
    }
}

/// <summary>How a state is reached.</summary>
internal sealed class RaceArrival
{
    // By the writer that made the last step: the way with the fewest changes of writer.
    private readonly (int Switches, RaceState? From, RaceWriter? Before)[] _best = [(int.MaxValue, null, null), (int.MaxValue, null, null)];

    /// <summary>How many interleavings lead here.</summary>
    public BigInteger Paths { get; private set; }

    /// <summary>The arrival of the first state, before any step.</summary>
    public static RaceArrival AtStart => new() { Paths = 1 };

    /// <summary>Adds a way: a step of <paramref name="writer"/> from <paramref name="from"/>.</summary>
    public void Add(RaceState from, RaceArrival before, RaceWriter writer)
    {
        Paths += before.Paths;
        (int switches, RaceWriter? last) = before.CheapestBefore(writer);
        if (switches < _best[(int)writer].Switches)
        {
            _best[(int)writer] = (switches, from, last);
        }
    }

    /// <summary>The fewest changes of writer on a way here that goes on with a step of <paramref name="writer"/>, and who made the last step of it.</summary>
    public (int Switches, RaceWriter? Last) CheapestBefore(RaceWriter writer)
    {
        if (_best[0].From is null && _best[1].From is null)
        {
            return (0, null);
        }

        RaceWriter other = writer == RaceWriter.A ? RaceWriter.B : RaceWriter.A;
        int stay = _best[(int)writer].Switches;
        int change = _best[(int)other].Switches;
        return change != int.MaxValue && change + 1 < stay ? (change + 1, other) : (stay, writer);
    }

    /// <summary>The step before, on the way that ends with a step of <paramref name="last"/>.</summary>
    public (RaceState From, RaceWriter? Before) Back(RaceWriter last) => (_best[(int)last].From!, _best[(int)last].Before);
}
