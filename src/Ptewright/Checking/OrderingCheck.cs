using Ptewright.Kernels.Versions;
using Ptewright.Simulation;

namespace Ptewright.Checking;

/// <summary>Tells which barriers and invalidations a kernel needs when it writes its tables, and shows what happens without them.</summary>
/// <remarks>
/// <para>The engine itself runs on a small machine, every operation is recorded, and then every behaviour is looked at that the architecture allows: each store is
/// seen at once or not before a DSB waits for it; a walker reads any entry at any moment and keeps what is valid until it is invalidated. What is modelled and what is not:
/// docs/checks-ordering.md.</para>
/// <para>The answer is exact for the sequence, and the same every time.</para>
/// </remarks>
public static class OrderingCheck
{
    /// <summary>Checks a kernel.</summary>
    /// <param name="profile">The kernel; its default configuration on a CPU that has everything (<c>max</c>).</param>
    /// <param name="strategy">How it writes tables; null for its own way.</param>
    /// <param name="progress">Told of each barrier and invalidation that is left out; may be null.</param>
    /// <param name="stop">Ends the work in between, with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">The combination of switches makes no sense.</exception>
    public static OrderingReport Check(
        KernelProfile profile, StrategyPreset? strategy = null, IProgress<WorkProgress>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(profile);
        StrategyPreset used = strategy ?? profile.Strategy;
        if (used.Options.Objection is { } reason)
        {
            throw new ArgumentException(reason, nameof(strategy));
        }

        using OrderingMachine machine = new(profile, used);
        return new OrderingReport(profile, used) { Scenarios = [.. new Func<OrderingCase>[] { machine.Boot, machine.HotAdd, machine.HotRemove }.Select(item => Check(item(), used, progress, stop))] };
    }

    private static OrderingScenario Check(OrderingCase item, StrategyPreset strategy, IProgress<WorkProgress>? progress, CancellationToken stop)
    {
        OrderingSequence sequence = item.Sequence;
        OrderingNames names = new(sequence, strategy.Options, item.IsLate);
        OrderingWording wording = new(sequence, names);
        OrderingWitness? violation = Find(sequence, []);
        int total = Enumerable.Range(1, sequence.Count).Count(number => sequence[number].Instruction is not null);
        int done = 0;
        return new OrderingScenario(
            item.Name,
            item.Summary,
            sequence.Events.Count(step => !step.IsNextCaller),
            item.Tables,
            violation is null ? null : wording.Describe(violation, []),
            violation is null ? Places(sequence, names, wording, OnLeftOut) : []);

        void OnLeftOut(int number)
        {
            stop.ThrowIfCancellationRequested();
            progress?.Report(new WorkProgress($"{item.Name}: {names.Full(number)} left out", done++, total));
        }
    }

    /// <summary>The shortest run that breaks a rule with some events left out; null when there is none.</summary>
    internal static OrderingWitness? Find(OrderingSequence sequence, IEnumerable<int> omitted)
    {
        bool[] isOmitted = new bool[sequence.Count + 1];
        foreach (int number in omitted)
        {
            isOmitted[number] = true;
        }

        IReadOnlyList<OrderingViolation> violations = OrderingModel.Find(sequence, isOmitted, out OrderingTimes times);
        return OrderingWitness.Shortest(sequence, times, violations);
    }

    private static OrderingPlace[] Places(OrderingSequence sequence, OrderingNames names, OrderingWording wording, Action<int> onLeftOut) => [.. Enumerable.Range(1, sequence.Count)
        .Where(number => sequence[number].Instruction is not null)
        .GroupBy(number => (Function: names.Function(number), Instruction: sequence[number].Instruction!))
        .Select(group => Place(sequence, names, wording, group.Key.Function, group.Key.Instruction, [.. group], onLeftOut))];

    private static OrderingPlace Place(
        OrderingSequence sequence, OrderingNames names, OrderingWording wording, string function, string instruction, int[] occurrences, Action<int> onLeftOut)
    {
        int needed = 0;
        OrderingWitness? shortest = null;
        int[] omitted = [];
        List<string?> covers = [];
        foreach (int number in occurrences)
        {
            onLeftOut(number);
            OrderingWitness? found = Find(sequence, [number]);
            if (found is null)
            {
                covers.Add(EarlierThan(sequence, number) is { } earlier ? $"{names.Full(earlier)} before it"
                    : CoverOf(sequence, number) is { } cover ? names.Full(cover) : null);
                continue;
            }

            needed++;
            if (found.IsShorterThan(shortest))
            {
                (shortest, omitted) = (found, [number]);
            }
        }

        OrderingWitness? together = needed == 0 ? Find(sequence, occurrences) : shortest;
        if (needed == 0 && together is not null)
        {
            (shortest, omitted) = (together, occurrences);
        }

        return new OrderingPlace(
            function,
            instruction,
            occurrences.Length,
            needed,
            together is not null,
            shortest is null ? null : wording.Describe(shortest, omitted),
            omitted,
            [.. covers.GroupBy(cover => cover).Select(group => new OrderingCover(group.Key, group.Count())).OrderByDescending(cover => cover.Count)]);
    }

    // A barrier that waits for stores has nothing to wait for when another one was executed since the last store.
    private static int? EarlierThan(OrderingSequence sequence, int number)
    {
        if (sequence[number].Kind is not (OrderingKind.DsbIshst or OrderingKind.DsbNshst))
        {
            return null;
        }

        for (int i = number - 1; i >= 1 && sequence[i].Kind is not (OrderingKind.Store or OrderingKind.Clear); i--)
        {
            if (sequence[i].Kind is OrderingKind.DsbIshst or OrderingKind.DsbIsh)
            {
                return i;
            }
        }

        return null;
    }

    // The next event after which it makes no difference whether this one was executed. When leaving this one out breaks nothing, nothing before relied on it.
    private static int? CoverOf(OrderingSequence sequence, int number)
    {
        int? cover = Next(sequence, number, later => Covers(sequence, sequence[number], later));
        if (sequence[number].Kind is not (OrderingKind.DsbIshst or OrderingKind.DsbNshst))
        {
            return cover;
        }

        // An invalidation in between came too early: what was read again after it stays until the next one.
        int last = cover ?? 0;
        for (int i = number + 1; i < (cover ?? sequence.Count + 1); i++)
        {
            if (sequence.Invalidations.Contains(i))
            {
                if (Next(sequence, i, later => Covers(sequence, sequence[i], later)) is not { } again)
                {
                    return null;
                }

                last = Math.Max(last, again);
            }
        }

        return last == 0 ? null : last;
    }

    private static int? Next(OrderingSequence sequence, int number, Predicate<OrderingEvent> covers)
    {
        for (int i = number + 1; i <= sequence.Count; i++)
        {
            if (covers(sequence[i]))
            {
                return i;
            }
        }

        return null;
    }

    private static bool Covers(OrderingSequence sequence, OrderingEvent item, OrderingEvent later) => item.Kind switch
    {
        OrderingKind.Isb => later.Kind == OrderingKind.Isb,
        OrderingKind.DsbIsh => later.Kind == OrderingKind.DsbIsh,
        OrderingKind.DsbIshst => later.Kind is OrderingKind.DsbIshst or OrderingKind.DsbIsh,
        OrderingKind.DsbNsh => later.Kind is OrderingKind.DsbNsh or OrderingKind.DsbIsh,
        OrderingKind.DsbNshst => later.Kind is OrderingKind.DsbNshst or OrderingKind.DsbIshst or OrderingKind.DsbNsh or OrderingKind.DsbIsh,
        OrderingKind.TlbiLocal => later.Kind is OrderingKind.TlbiLocal or OrderingKind.TlbiAll,
        OrderingKind.TlbiAll => later.Kind == OrderingKind.TlbiAll,
        _ => later.Kind == OrderingKind.TlbiAll || (later.Kind == OrderingKind.TlbiLocal && !sequence.Setting.HasOtherCpus)
            || (later.Kind == OrderingKind.TlbiPage && item.Count == 1 && later.Address == item.Address)
            || (later.Kind == item.Kind && later.Address == item.Address && later.Count == item.Count),
    };
}
