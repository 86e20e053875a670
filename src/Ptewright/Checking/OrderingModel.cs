using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Checking;

/// <summary>A way to break a rule.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Use">The event that goes wrong; for <see cref="OrderingRule.Zeroed"/> the state in which the walker reads.</param>
/// <param name="Read">The entry that misleads: for <see cref="OrderingRule.Zeroed"/> the one that leads to the table.</param>
/// <param name="Page">Where the access ends up; null for a fault. For <see cref="OrderingRule.Zeroed"/>, the table.</param>
/// <param name="Address">The address that is used.</param>
internal sealed record OrderingViolation(OrderingRule Rule, int Use, OrderingRead Read, ulong? Page, ulong Address)
{
    /// <summary>Whether the page is a table that was freed, and a walker still has its address.</summary>
    public bool IsFreed { get; init; }
}

/// <summary>Finds the ways to break a rule in a sequence with some barriers left out: all of them, because every walk at every moment is looked at.</summary>
internal sealed class OrderingModel
{
    private readonly OrderingSequence _sequence;
    private readonly OrderingTimes _times;
    private readonly OrderingWalker _walker;
    private readonly OrderingTimes _otherTimes;
    private readonly List<OrderingViolation> _violations = [];

    private OrderingModel(OrderingSequence sequence, bool[] omitted)
    {
        _sequence = sequence;
        _times = new OrderingTimes(sequence, omitted, own: true);
        _walker = new OrderingWalker(sequence, _times);
        _otherTimes = sequence.Setting.HasOtherCpus ? new OrderingTimes(sequence, omitted, own: false) : _times;
    }

    /// <summary>Every violation.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="omitted">Which events are left out, by number.</param>
    /// <param name="times">The times of the CPU that writes.</param>
    public static IReadOnlyList<OrderingViolation> Find(OrderingSequence sequence, bool[] omitted, out OrderingTimes times)
    {
        OrderingModel model = new(sequence, omitted);
        times = model._times;
        model.CheckZeroed();
        for (int i = 1; i <= sequence.Count; i++)
        {
            model.CheckEvent(i);
        }

        return model._violations;
    }

    private void CheckZeroed()
    {
        OrderingWalker walker = ReferenceEquals(_times, _otherTimes) ? _walker : new OrderingWalker(_sequence, _otherTimes);
        foreach (OrderingRead root in walker.Roots(upper: true).Where(root => root.Value != 0))
        {
            VisitTable(walker, _sequence.Setting.Geometry, root, root.Value, _sequence.Setting.Geometry.WalkRootLevel, UpperStart);
        }

        if (_sequence.Setting.LowerGeometry is { } lower)
        {
            foreach (OrderingRead root in walker.Roots(upper: false).Where(root => root.Value != 0))
            {
                VisitTable(walker, lower, root, root.Value, lower.WalkRootLevel, 0);
            }
        }
    }

    private ulong UpperStart => _sequence.Setting.Geometry.FoldedLevel != TableGeometry.NoLevel
        ? _sequence.Setting.Geometry.ActualPageOffset.Value
        : _sequence.Setting.Geometry.PageOffset.Value;

    private void VisitTable(OrderingWalker walker, in TableGeometry geometry, OrderingRead link, ulong page, int level, ulong start)
    {
        if (!_sequence.IsKnown(page))
        {
            // Any entry will do: the walker reads where it likes. What is not zeroed at all is never right.
            int zeroed = _otherTimes.StoreDone(_sequence.Cleared(page));
            if (link.Start < Math.Min(link.HoldEnd, zeroed))
            {
                _violations.Add(new OrderingViolation(OrderingRule.Zeroed, link.Start, link, page, start));
            }
        }

        if (level == 3)
        {
            return;
        }

        int shift = geometry.Shift(level);
        foreach (int index in _sequence.Links(page))
        {
            ulong address = start + ((ulong)index << shift);
            foreach (OrderingRead read in walker.Reads(link, page, level, index, address, shift))
            {
                Descriptor entry = new(read.Value);
                if (!read.IsGarbage && entry.IsTableOrPage)
                {
                    ulong child = _sequence.Setting.Format.Decode(entry).Value;
                    VisitTable(walker, geometry, read, child, level + 1, address);
                    CheckFreed(read, child, address);
                }
            }
        }
    }

    // A table that nothing leads to any more is freed: by then no walker may have its address.
    private void CheckFreed(OrderingRead link, ulong page, ulong address)
    {
        if (link.Next == OrderingSequence.Never || _sequence[link.Next].ValueAt(link.Index) != 0)
        {
            return;
        }

        int freed = _sequence.FreedAt(link.Next);
        if (freed <= _sequence.Count && link.HoldEnd >= freed)
        {
            _violations.Add(new OrderingViolation(OrderingRule.Forgotten, freed, link, page, address) { IsFreed = true });
        }
    }

    private void CheckEvent(int number)
    {
        OrderingEvent item = _sequence[number];
        switch (item.Kind)
        {
            case OrderingKind.Store or OrderingKind.Clear or OrderingKind.Access when item.Address != 0:
                Check(OrderingRule.Window, number, item.Address, found => found.Page == item.Page && !found.Last.IsGarbage);
                break;
            case OrderingKind.SetTtbr1 when _sequence.Setting.LowerGeometry is null && _sequence.RootAt(upper: false, number) is not 0 and ulong identity:
                // The upper half is changed by code that runs in the lower one.
                Check(OrderingRule.Window, number, 0, found => found.Page == identity);
                break;
            case OrderingKind.Return:
                foreach (OrderingLeaf leaf in _sequence.LeavesAt(number))
                {
                    if (new Descriptor(leaf.Value).IsValid)
                    {
                        Check(OrderingRule.Usable, number, leaf.Address, found => found.Last.Value == leaf.Value && found.Page is not null);
                    }
                    else
                    {
                        Check(OrderingRule.Forgotten, number, leaf.Address, found => found.Page is null);
                    }
                }

                CheckForgotten(number);
                break;
            default:
                break;
        }
    }

    private void CheckForgotten(int number)
    {
        if (_sequence.LowerRoots.Count > 0 && _sequence.LowerRoots[0] < number && _sequence.RootAt(upper: false, number) == 0)
        {
            foreach (ulong address in Addresses(number, upper: false))
            {
                Check(OrderingRule.Forgotten, number, address, found => found.Page is null);
            }
        }

        if (_sequence.UpperRoots.Count > 0 && _sequence.UpperRoots[0] < number)
        {
            ulong root = _sequence.RootAt(upper: true, number);
            foreach (ulong address in Addresses(number, upper: true))
            {
                Check(OrderingRule.Forgotten, number, address, found => found.Page is null || RootOf(found.Last) == root);
            }
        }
    }

    private IEnumerable<ulong> Addresses(int number, bool upper)
    {
        IEnumerable<ulong> used = _sequence.Events.Take(number)
            .Where(item => item.Address != 0 && item.Kind is OrderingKind.Store or OrderingKind.Clear or OrderingKind.Access)
            .Select(item => item.Address).Distinct().Where(address => OrderingWalker.IsUpper(address) == upper);
        return upper || _sequence.Setting.LowerGeometry is not null ? used : [0UL];
    }

    private static ulong RootOf(OrderingRead read) => read.Parent is { } parent ? RootOf(parent) : read.Value;

    // The translation of an access was made in any state since the last ISB, or came out of a TLB then.
    private void Check(OrderingRule rule, int number, ulong address, Func<OrderingTranslation, bool> isRight)
    {
        int first = _times.LastIsb(number);
        foreach (OrderingTranslation found in _walker.Translate(address))
        {
            if (found.Last.Start < number && found.End > first && !isRight(found))
            {
                _violations.Add(new OrderingViolation(rule, number, found.Last, found.Page, address));
            }
        }
    }
}
