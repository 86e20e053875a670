using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Checking;

/// <summary>The machine before the first operation of a sequence.</summary>
/// <param name="Geometry">The shape of the upper half's tables.</param>
/// <param name="Format">The address format of descriptors.</param>
/// <param name="LowerGeometry">The shape of the lower half's tables; null when they are not part of the simulation, and the half counts as one translation.</param>
/// <param name="Ttbr1">The root of the upper half.</param>
/// <param name="Ttbr0">The root of the lower half; 0 for an empty one.</param>
/// <param name="KernelRoot">The root that is built.</param>
/// <param name="SlotTable">The table of the fixmap's slots.</param>
/// <param name="Roots">What counts as a table already, with all that it leads to; any other page holds what its last user left.</param>
/// <param name="HasOtherCpus">Whether other CPUs walk the same tables.</param>
/// <param name="ReadPage">A page before the first operation.</param>
internal sealed record OrderingSetting(
    TableGeometry Geometry,
    OutputAddressFormat Format,
    TableGeometry? LowerGeometry,
    ulong Ttbr1,
    ulong Ttbr0,
    ulong KernelRoot,
    ulong SlotTable,
    IReadOnlyList<ulong> Roots,
    bool HasOtherCpus,
    Func<ulong, ulong[]> ReadPage);

/// <summary>An address that a call mapped or unmapped, and what it should translate through when the call returns.</summary>
/// <param name="Address">The virtual address.</param>
/// <param name="Value">The entry that should translate it; 0 for none.</param>
internal readonly record struct OrderingLeaf(ulong Address, ulong Value);

/// <summary>A sequence of operations, numbered from 1 on, with what can be said of it whichever barriers are left out.</summary>
internal sealed class OrderingSequence
{
    /// <summary>The number of an event that never comes.</summary>
    public const int Never = int.MaxValue;

    private readonly Dictionary<ulong, ulong[]> _initial = [];
    private readonly Dictionary<ulong, List<int>> _writes = [];
    private readonly Dictionary<(ulong Page, int Index), int[]> _locations = [];
    private readonly Dictionary<ulong, int[]> _links = [];
    private readonly HashSet<ulong> _known = [];
    private readonly Dictionary<int, List<OrderingLeaf>> _leaves = [];

    /// <summary>Prepares a sequence.</summary>
    /// <param name="setting">What is there before.</param>
    /// <param name="events">The operations in order.</param>
    public OrderingSequence(OrderingSetting setting, IReadOnlyList<OrderingEvent> events)
    {
        Setting = setting;
        Events = events;
        for (int i = 1; i <= Count; i++)
        {
            OrderingEvent item = this[i];
            switch (item.Kind)
            {
                case OrderingKind.Store or OrderingKind.Clear:
                    if (!_writes.TryGetValue(item.Page, out List<int>? writes))
                    {
                        _writes[item.Page] = writes = [];
                    }

                    writes.Add(i);
                    break;
                case OrderingKind.TlbiLast or OrderingKind.TlbiPage or OrderingKind.TlbiAll or OrderingKind.TlbiLocal:
                    Invalidations.Add(i);
                    break;
                case OrderingKind.SetTtbr0:
                    LowerRoots.Add(i);
                    break;
                case OrderingKind.SetTtbr1:
                    UpperRoots.Add(i);
                    break;
                default:
                    break;
            }
        }

        foreach (ulong root in setting.Roots)
        {
            Know(root, setting.Geometry.WalkRootLevel);
        }

        FindLeaves();
    }

    /// <summary>What is there before.</summary>
    public OrderingSetting Setting { get; }

    /// <summary>The operations in order; event number 1 is the first.</summary>
    public IReadOnlyList<OrderingEvent> Events { get; }

    /// <summary>How many there are.</summary>
    public int Count => Events.Count;

    /// <summary>The TLB invalidations, ascending.</summary>
    public List<int> Invalidations { get; } = [];

    /// <summary>The writes of TTBR0, ascending.</summary>
    public List<int> LowerRoots { get; } = [];

    /// <summary>The writes of TTBR1, ascending.</summary>
    public List<int> UpperRoots { get; } = [];

    /// <summary>Event number <paramref name="number"/>, from 1 on.</summary>
    public OrderingEvent this[int number] => Events[number - 1];

    /// <summary>Whether a page was a table before the first operation.</summary>
    public bool IsKnown(ulong page) => _known.Contains(page);

    /// <summary>An entry before the first operation.</summary>
    public ulong Initial(ulong page, int index) => Initial(page)[index];

    /// <summary>The writes of an entry, ascending.</summary>
    public int[] Writes(ulong page, int index)
    {
        if (!_locations.TryGetValue((page, index), out int[]? writes))
        {
            writes = _writes.TryGetValue(page, out List<int>? all) ? [.. all.Where(number => this[number].ValueAt(index) is not null)] : [];
            _locations[(page, index)] = writes;
        }

        return writes;
    }

    /// <summary>The write that zeroes all of a page, the first of them; <see cref="Never"/> if there is none.</summary>
    public int Cleared(ulong page) =>
        _writes.TryGetValue(page, out List<int>? all) && all.Find(number => this[number].Kind == OrderingKind.Clear) is > 0 and int first ? first : Never;

    /// <summary>The entries of a table above level 3 that lead to another table at some time.</summary>
    public int[] Links(ulong page)
    {
        if (!_links.TryGetValue(page, out int[]? links))
        {
            SortedSet<int> found = [];
            if (IsKnown(page))
            {
                ulong[] initial = Initial(page);
                for (int i = 0; i < initial.Length; i++)
                {
                    _ = new Descriptor(initial[i]).IsTableOrPage && found.Add(i);
                }
            }

            foreach (int number in _writes.TryGetValue(page, out List<int>? all) ? all : [])
            {
                OrderingEvent item = this[number];
                _ = item.Kind == OrderingKind.Store && new Descriptor(item.Value).IsTableOrPage && found.Add(item.Index);
            }

            _links[page] = links = [.. found];
        }

        return links;
    }

    /// <summary>What must be usable when the call that ends with event <paramref name="number"/> returns.</summary>
    public IReadOnlyList<OrderingLeaf> LeavesAt(int number) => _leaves.TryGetValue(number, out List<OrderingLeaf>? leaves) ? leaves : [];

    /// <summary>The event at which a table is free for anything else, after event <paramref name="unlinked"/> took the entry away that led to it: the first that is
    /// neither a barrier nor an invalidation nor part of a window's.</summary>
    public int FreedAt(int unlinked)
    {
        int number = unlinked + 1;
        while (number <= Count && (this[number].Instruction is not null || this[number].Kind is OrderingKind.Mapped or OrderingKind.Unmapped
            || this[number].Page == Setting.SlotTable))
        {
            number++;
        }

        return number;
    }

    /// <summary>A register's value in program order: the last write before event <paramref name="number"/>, or the initial one.</summary>
    public ulong RootAt(bool upper, int number)
    {
        int last = (upper ? UpperRoots : LowerRoots).FindLast(write => write < number);
        return last > 0 ? this[last].Page : upper ? Setting.Ttbr1 : Setting.Ttbr0;
    }

    private ulong[] Initial(ulong page)
    {
        if (!_initial.TryGetValue(page, out ulong[]? entries))
        {
            _initial[page] = entries = Setting.ReadPage(page);
        }

        return entries;
    }

    private void Know(ulong page, int level)
    {
        if (page == 0 || !_known.Add(page) || level == 3)
        {
            return;
        }

        foreach (ulong entry in Initial(page).Where(entry => new Descriptor(entry).IsTableOrPage))
        {
            Know(Setting.Format.Decode(new Descriptor(entry)).Value, level + 1);
        }
    }

    // The addresses that the built root translates, by the store of their leaf; to be usable at the return of the call that stored them, or,
    // while the root is not live, at the return of the call that makes it so. Of a run the first and the last: the others fare alike.
    private void FindLeaves()
    {
        TableGeometry geometry = Setting.Geometry;
        bool isFolded = geometry.FoldedLevel != TableGeometry.NoLevel;
        Dictionary<ulong, ulong> addresses = new() { [Setting.KernelRoot] = isFolded ? geometry.ActualPageOffset.Value : geometry.PageOffset.Value };
        if (IsKnown(Setting.KernelRoot))
        {
            PlaceBelow(Setting.KernelRoot, geometry.WalkRootLevel, addresses);
        }

        List<(ulong Page, int Index, ulong Address)> pending = [];
        for (int i = 1; i <= Count; i++)
        {
            OrderingEvent item = this[i];
            if (item.Kind == OrderingKind.Return && RootAt(upper: true, i) == Setting.KernelRoot)
            {
                _leaves[i] = [.. pending.Select(leaf => new OrderingLeaf(leaf.Address, ValueBefore(leaf.Page, leaf.Index, i)))];
                pending.Clear();
            }

            if (item.Kind != OrderingKind.Store || item.Page == Setting.SlotTable || item.IsNextCaller || !addresses.TryGetValue(item.Page, out ulong start))
            {
                continue;
            }

            Descriptor value = new(item.Value);
            if (item.Level < 3 && value.IsTableOrPage)
            {
                ulong child = Setting.Format.Decode(value).Value;
                if (addresses.TryAdd(child, start + ((ulong)item.Index << geometry.Shift(item.Level))) && IsKnown(child))
                {
                    PlaceBelow(child, item.Level + 1, addresses);
                }
            }
            else if (value.IsValid || IsLeafBefore(item, i))
            {
                int last = item.Index + item.Count - 1;
                pending.Add((item.Page, item.Index, start + ((ulong)item.Index << geometry.Shift(item.Level))));
                if (last != item.Index)
                {
                    pending.Add((item.Page, last, start + ((ulong)last << geometry.Shift(item.Level))));
                }
            }
        }
    }

    private void PlaceBelow(ulong page, int level, Dictionary<ulong, ulong> addresses)
    {
        if (level == 3)
        {
            return;
        }

        ulong[] entries = Initial(page);
        for (int i = 0; i < entries.Length; i++)
        {
            Descriptor entry = new(entries[i]);
            if (entry.IsTableOrPage)
            {
                ulong child = Setting.Format.Decode(entry).Value;
                addresses[child] = addresses[page] + ((ulong)i << Setting.Geometry.Shift(level));
                PlaceBelow(child, level + 1, addresses);
            }
        }
    }

    // Whether a store takes away a leaf, not a table.
    private bool IsLeafBefore(OrderingEvent item, int number)
    {
        Descriptor before = new(ValueBefore(item.Page, item.Index, number));
        return before.IsValid && (item.Level == 3 || before.IsBlock);
    }

    private ulong ValueBefore(ulong page, int index, int number)
    {
        int last = Array.FindLast(Writes(page, index), write => write < number);
        return last > 0 ? this[last].ValueAt(index)!.Value : Initial(page, index);
    }
}
