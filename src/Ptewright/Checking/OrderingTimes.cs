namespace Ptewright.Checking;

/// <summary>When effects are certain, in a sequence with some barriers and invalidations left out, as one kind of walker sees it.</summary>
/// <remarks>
/// <para>State number n is the machine right after event n; state 0 is the beginning.</para>
/// <para>A store may be seen from its own state on, and the value before it until the first DSB behind the store that waits for stores (Arm ARM B2, DSB; D8.16). A
/// TLBI is complete at the first DSB behind it that waits for loads and stores: a DSB ISHST does not. The Non-shareable forms count for the walker of the CPU that
/// executes them only. A system register is certain to be used from the next ISB on, and may be before.</para>
/// </remarks>
internal sealed class OrderingTimes
{
    private readonly OrderingSequence _sequence;
    private readonly bool[] _omitted;
    private readonly bool _own;
    private readonly int[] _storeDone;
    private readonly int[] _invalidationDone;
    private readonly int[] _nextIsb;
    private readonly int[] _lastIsb;

    /// <summary>Works the times out.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="omitted">Which events are left out, by number.</param>
    /// <param name="own">Whether the walker is the writer's own.</param>
    public OrderingTimes(OrderingSequence sequence, bool[] omitted, bool own)
    {
        (_sequence, _omitted, _own) = (sequence, omitted, own);
        int count = sequence.Count;
        (_storeDone, _invalidationDone, _nextIsb, _lastIsb) = (new int[count + 1], new int[count + 1], new int[count + 1], new int[count + 2]);
        (int stores, int invalidations, int isb) = (OrderingSequence.Never, OrderingSequence.Never, OrderingSequence.Never);
        for (int i = count; i >= 1; i--)
        {
            (_storeDone[i], _invalidationDone[i], _nextIsb[i]) = (stores, invalidations, isb);
            if (omitted[i])
            {
                continue;
            }

            OrderingKind kind = sequence[i].Kind;
            bool all = kind == OrderingKind.DsbIsh || (own && kind == OrderingKind.DsbNsh);
            invalidations = all ? i : invalidations;
            stores = all || kind == OrderingKind.DsbIshst || (own && kind == OrderingKind.DsbNshst) ? i : stores;
            isb = kind == OrderingKind.Isb ? i : isb;
        }

        for (int i = 1; i <= count; i++)
        {
            _lastIsb[i + 1] = !omitted[i] && sequence[i].Kind == OrderingKind.Isb ? i : _lastIsb[i];
        }
    }

    /// <summary>The first state in which no walker can see what store <paramref name="number"/> replaced.</summary>
    public int StoreDone(int number) => number == OrderingSequence.Never ? OrderingSequence.Never : _storeDone[number];

    /// <summary>The first state in which what register write <paramref name="number"/> replaced is not used.</summary>
    public int RegisterDone(int number) => number == OrderingSequence.Never ? OrderingSequence.Never : _nextIsb[number];

    /// <summary>The last ISB before event <paramref name="number"/>: the translation of its access was begun at that state or later.</summary>
    public int LastIsb(int number) => _lastIsb[number];

    /// <summary>The first invalidation that reaches a cached entry which cannot be read again from state <paramref name="from"/> on.</summary>
    /// <param name="from">The first state in which it cannot be read again.</param>
    /// <param name="isLeaf">Whether it is a whole translation, not a step of one: VAALE1IS does not touch those.</param>
    /// <param name="address">An address that it translates.</param>
    /// <param name="shift">log2 of the bytes that it translates.</param>
    /// <returns>The number of the TLBI, or <see cref="OrderingSequence.Never"/>.</returns>
    public int FirstInvalidation(int from, bool isLeaf, ulong address, int shift)
    {
        List<int> all = _sequence.Invalidations;
        int index = all.BinarySearch(from);
        for (index = index < 0 ? ~index : index; index < all.Count; index++)
        {
            if (!_omitted[all[index]] && Reaches(_sequence[all[index]], isLeaf, address, shift))
            {
                return all[index];
            }
        }

        return OrderingSequence.Never;
    }

    /// <summary>The first state in which invalidation <paramref name="number"/> is complete.</summary>
    public int InvalidationDone(int number) => number == OrderingSequence.Never ? OrderingSequence.Never : _invalidationDone[number];

    private bool Reaches(OrderingEvent item, bool isLeaf, ulong address, int shift) => item.Kind switch
    {
        OrderingKind.TlbiAll => true,
        OrderingKind.TlbiLocal => _own,
        OrderingKind.TlbiPage => item.Address >> shift == address >> shift,
        _ => isLeaf && item.Address >> shift <= address >> shift
            && (item.Address + ((ulong)(item.Count - 1) << _sequence.Setting.Geometry.PageShift)) >> shift >= address >> shift,
    };
}
