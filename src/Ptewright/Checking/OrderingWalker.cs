using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Checking;

/// <summary>An entry as a walker may read it: which value, between which states, and for how long it may be kept.</summary>
/// <param name="Parent">The entry that led here; null for the register.</param>
/// <param name="Page">The table; 0 for the register.</param>
/// <param name="Level">Its level.</param>
/// <param name="Index">The entry.</param>
/// <param name="Write">The event that wrote the value; 0 when it was there before.</param>
/// <param name="Next">The event that replaces it.</param>
/// <param name="Value">The value; of a register, the root.</param>
/// <param name="Start">The first state in which it can be read, by a walk or out of a walk cache.</param>
/// <param name="End">The first state in which it cannot be read from memory any more.</param>
/// <param name="FreshEnd">The first state in which a walk from the register cannot read it any more.</param>
/// <param name="HoldEnd">The first state in which no walk cache can have it.</param>
internal sealed record OrderingRead(
    OrderingRead? Parent, ulong Page, int Level, int Index, int Write, int Next, ulong Value, int Start, int End, int FreshEnd, int HoldEnd)
{
    /// <summary>Whether the page was no table yet: the value is what its last user left.</summary>
    public bool IsGarbage { get; init; }
}

/// <summary>What an address may be translated to.</summary>
/// <param name="Last">The last entry that is read.</param>
/// <param name="Page">The page that it leads to; null for a fault.</param>
/// <param name="End">The first state in which neither a walk nor a TLB gives this. A fault is never kept.</param>
internal sealed record OrderingTranslation(OrderingRead Last, ulong? Page, int End);

/// <summary>All walks that are possible at any time of a sequence, and what they leave in a TLB.</summary>
/// <remarks>
/// <para>Entries are independent: nothing but a barrier orders when two stores become visible. So the states in which an entry can be read as one of its values are one
/// interval, and a walk, which reads from the root down while time passes, can read a chain of values if the intervals can be met in that order.</para>
/// <para>What was read may be kept until a TLBI that comes after the last moment at which it could be read again: whole translations by any TLBI of the address, the
/// steps to them only by one that reaches all levels.</para>
/// </remarks>
internal sealed class OrderingWalker(OrderingSequence sequence, OrderingTimes times)
{
    private readonly Dictionary<ulong, IReadOnlyList<OrderingTranslation>> _translations = [];

    /// <summary>Whether an address is one of the upper half.</summary>
    public static bool IsUpper(ulong address) => address >> 55 != 0;

    /// <summary>What an address may be translated to, at any time.</summary>
    public IReadOnlyList<OrderingTranslation> Translate(ulong address)
    {
        if (!_translations.TryGetValue(address, out IReadOnlyList<OrderingTranslation>? found))
        {
            List<OrderingTranslation> results = [];
            bool upper = IsUpper(address);
            foreach (OrderingRead root in Roots(upper))
            {
                if (root.Value == 0)
                {
                    results.Add(new OrderingTranslation(root, null, root.End));
                }
                else if (upper || sequence.Setting.LowerGeometry is not null)
                {
                    TableGeometry geometry = upper ? sequence.Setting.Geometry : sequence.Setting.LowerGeometry!.Value;
                    Descend(geometry, root, root.Value, geometry.WalkRootLevel, address, results);
                }
                else
                {
                    // The lower half's tables are not simulated: all of it is one translation, named after its root.
                    results.Add(new OrderingTranslation(root, root.Value, Killed(times.FirstInvalidation(root.End, true, address, 0))));
                }
            }

            _translations[address] = found = results;
        }

        return found;
    }

    /// <summary>The values of a root register.</summary>
    public IEnumerable<OrderingRead> Roots(bool upper)
    {
        List<int> writes = upper ? sequence.UpperRoots : sequence.LowerRoots;
        for (int i = -1; i < writes.Count; i++)
        {
            int write = i < 0 ? 0 : writes[i];
            int next = i + 1 < writes.Count ? writes[i + 1] : OrderingSequence.Never;
            int end = times.RegisterDone(next);
            ulong value = write > 0 ? sequence[write].Page : upper ? sequence.Setting.Ttbr1 : sequence.Setting.Ttbr0;
            yield return new OrderingRead(null, 0, int.MinValue, 0, write, next, value, write, end, end, end);
        }
    }

    /// <summary>The values of an entry that can be read after <paramref name="parent"/>.</summary>
    /// <param name="parent">What led to the table.</param>
    /// <param name="page">The table.</param>
    /// <param name="level">Its level.</param>
    /// <param name="index">The entry.</param>
    /// <param name="address">An address that it translates.</param>
    /// <param name="shift">log2 of the bytes that it translates.</param>
    public IEnumerable<OrderingRead> Reads(OrderingRead parent, ulong page, int level, int index, ulong address, int shift)
    {
        int[] writes = sequence.Writes(page, index);
        for (int i = -1; i < writes.Length; i++)
        {
            int write = i < 0 ? 0 : writes[i];
            int next = i + 1 < writes.Length ? writes[i + 1] : OrderingSequence.Never;
            int visibleEnd = times.StoreDone(next);
            int start = Math.Max(parent.Start, write);
            int end = Math.Min(parent.HoldEnd, visibleEnd);
            if (start >= end)
            {
                continue;
            }

            ulong value = write > 0 ? sequence[write].ValueAt(index)!.Value : sequence.Initial(page, index);
            int freshEnd = Math.Min(parent.FreshEnd, visibleEnd);
            int hold = Killed(times.FirstInvalidation(freshEnd, false, address, shift));
            yield return new OrderingRead(parent, page, level, index, write, next, value, start, end, freshEnd, hold)
            {
                IsGarbage = write == 0 && !sequence.IsKnown(page),
            };
        }
    }

    private void Descend(in TableGeometry geometry, OrderingRead parent, ulong page, int level, ulong address, List<OrderingTranslation> results)
    {
        int shift = geometry.Shift(level);
        int index = geometry.Index(level, new VirtualAddress(address));
        foreach (OrderingRead read in Reads(parent, page, level, index, address, shift))
        {
            Descriptor entry = new(read.Value);
            if (!entry.IsValid)
            {
                results.Add(new OrderingTranslation(read, null, read.End));
                continue;
            }

            ulong target = sequence.Setting.Format.Decode(entry).Value;
            if (level < 3 && entry.IsTableOrPage && !read.IsGarbage)
            {
                Descend(geometry, read, target, level + 1, address, results);
                continue;
            }

            int whole = Killed(times.FirstInvalidation(read.FreshEnd, false, address, shift));
            int last = Killed(times.FirstInvalidation(read.End, true, address, shift));
            ulong within = address & ((1UL << shift) - 1) & ~(geometry.PageSize - 1);
            results.Add(new OrderingTranslation(read, target + within, Math.Min(whole, last)));
        }
    }

    private int Killed(int invalidation) => times.InvalidationDone(invalidation);
}
