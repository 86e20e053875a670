namespace Ptewright.Checking;

/// <summary>What happens in a step of a run, before it is put into words.</summary>
internal enum WitnessKind
{
    Done,
    Seen,
    Hidden,
    Zeroes,
    Garbage,
    Cached,
    Ahead,
    TooEarly,
    Incomplete,
    Use,
}

/// <summary>One step of a run, before it is put into words.</summary>
/// <param name="Event">The event, or the one after which a walker acts.</param>
/// <param name="Kind">What happens.</param>
internal readonly record struct WitnessStep(int Event, WitnessKind Kind);

/// <summary>The steps that a violation takes: the stores that matter, when walkers see them, what a walker reads, and the wrong use.</summary>
internal sealed class OrderingWitness
{
    private readonly OrderingSequence _sequence;
    private readonly OrderingTimes _times;
    private readonly List<WitnessStep> _steps = [];

    /// <summary>Works the steps out.</summary>
    public OrderingWitness(OrderingSequence sequence, OrderingTimes times, OrderingViolation violation)
    {
        (_sequence, _times, Violation) = (sequence, times, violation);
        if (violation.Rule == OrderingRule.Zeroed)
        {
            AddZeroed();
        }
        else
        {
            AddUse();
        }

        // Stable: of steps at one event the writer's come first, as they were added.
        Steps = [.. _steps.Distinct().OrderBy(step => step.Event)];
    }

    /// <summary>What goes wrong.</summary>
    public OrderingViolation Violation { get; }

    /// <summary>The steps in order.</summary>
    public IReadOnlyList<WitnessStep> Steps { get; }

    /// <summary>The shortest of several runs; of equally short ones the one that is over first.</summary>
    public static OrderingWitness? Shortest(OrderingSequence sequence, OrderingTimes times, IReadOnlyList<OrderingViolation> violations) => violations
        .Select(violation => new OrderingWitness(sequence, times, violation))
        .MinBy(witness => (witness.Steps.Count, witness.Steps[^1].Event));

    /// <summary>Whether this one is shorter than another.</summary>
    public bool IsShorterThan(OrderingWitness? other) =>
        other is null || (Steps.Count, Steps[^1].Event).CompareTo((other.Steps.Count, other.Steps[^1].Event)) < 0;

    private void AddZeroed()
    {
        int moment = Violation.Use;
        int cleared = _sequence.Cleared(Violation.Page!.Value);
        if (cleared <= moment)
        {
            Add(cleared, WitnessKind.Zeroes);
        }

        if (Violation.Read.Write > 0)
        {
            Add(Violation.Read.Write, WitnessKind.Seen);
        }

        Add(moment, WitnessKind.Garbage);
    }

    private void AddUse()
    {
        OrderingRead last = Violation.Read;
        int use = Violation.Use;
        int first = Violation.IsFreed ? use - 1 : _times.LastIsb(use);
        int moment = Violation.Page is null ? Math.Max(last.Start, first) : ReadAt(last, first);

        for (OrderingRead? read = last; read is not null; read = read.Parent)
        {
            bool isLast = ReferenceEquals(read, last);
            if (read.Write > 0 && (isLast ? Violation.Page is not null : read.Next < use))
            {
                Add(read.Write, WitnessKind.Seen);
            }

            if (read.Next < use)
            {
                Add(read.Next, read.Next <= moment ? WitnessKind.Hidden : WitnessKind.Done);
            }
        }

        Add(moment, moment < first ? WitnessKind.Cached : WitnessKind.Ahead);
        int invalidation = Violation.Page is null ? OrderingSequence.Never : NextInvalidation(last, moment);
        if (invalidation < use)
        {
            Add(invalidation, _times.InvalidationDone(invalidation) >= use ? WitnessKind.Incomplete : WitnessKind.Done);
        }

        if (last.Page != 0 && Array.FindLast(_sequence.Writes(last.Page, last.Index), write => write < use) is > 0 and int current && current != last.Write
            && current != last.Next)
        {
            Add(current, WitnessKind.Done);
        }

        Add(use, WitnessKind.Use);
    }

    // The first moment at which the entry can be read so that it is still there when it is used.
    private int ReadAt(OrderingRead last, int first)
    {
        int moment = last.Start;
        for (; ;)
        {
            int invalidation = NextInvalidation(last, moment);
            if (_times.InvalidationDone(invalidation) > first || invalidation >= last.End)
            {
                return moment;
            }

            if (last.Next < invalidation)
            {
                _ = _steps.RemoveAll(step => step.Kind == WitnessKind.TooEarly);
                Add(invalidation, WitnessKind.TooEarly);
            }

            moment = invalidation;
        }
    }

    private int NextInvalidation(OrderingRead read, int moment)
    {
        int shift = read.Page == 0 ? 0 : Math.Max(0, _sequence.Setting.Geometry.PageShift + ((3 - read.Level) * _sequence.Setting.Geometry.EntryShift));
        return _times.FirstInvalidation(moment + 1, !Violation.IsFreed, Violation.Address, shift);
    }

    private void Add(int number, WitnessKind kind) => _steps.Add(new WitnessStep(number, kind));
}
