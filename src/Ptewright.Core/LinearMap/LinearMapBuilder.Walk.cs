using System.Runtime.CompilerServices;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

internal partial struct LinearMapBuilder<TGranule, TStrategy, TAccess, TAllocator, TCpu>
{
    // One visit of a table: its range [address, end) in stretches of contiguous runs (level 2) or in one stretch (above).
    // The window is handed back, because a strategy may have reopened it.
    private bool Walk(int level, in TableWindow opened, out TableWindow table, ulong address, ulong end, ulong physical, ulong bits, bool fresh)
    {
        table = opened;
        if (level == 3)
        {
            return WriteLeaves(ref table, address, end, physical, bits, fresh);
        }

        for (; ;)
        {
            ulong next = level == 2 ? TableGeometry.BoundaryAfter(address, end, Shift(2) + TGranule.ContiguousPmdShift) : end;
            ulong runBits = bits;
            if (level == 2)
            {
                _statistics.PmdChunks++;

                // The root is gone through entry by entry: where it is this level (16K pages and 36 bits, 64K and 42), no run is ever seen whole.
                runBits |= _settings.Geometry.RootLevel == 2 ? 0 : ContiguousBit(address, next, physical, Shift(2) + TGranule.ContiguousPmdShift);
                if (runBits != bits && StaysSingle(level, table, address, 1 << TGranule.ContiguousPmdShift))
                {
                    runBits = bits;
                }
            }

            if (!WalkEntries(level, table, address, next, physical, runBits))
            {
                return false;
            }

            physical += next - address;
            address = next;
            if (address == end)
            {
                return true;
            }

            if (TStrategy.WindowPerRun && !Reopen(ref table, address))
            {
                return false;
            }
        }
    }

    private bool WalkEntries(int level, in TableWindow table, ulong address, ulong end, ulong physical, ulong bits)
    {
        int shift = Shift(level);
        ulong blockMask = (1UL << shift) - 1;
        bool blocks = (_flags & MapFlags.NoBlock) == 0 && (level == 2 || (level == 1 && TGranule.HasPudBlocks));
        ulong next;
        do
        {
            next = TableGeometry.BoundaryAfter(address, end, shift);
            int index = Index(level, address);
            bool done = blocks && ((address | next | physical) & blockMask) == 0 && !HasTable(level, table, index)
                ? WriteBlock(level, table, index, address, physical, bits)
                : Descend(level, table, index, address, next, physical, bits);
            if (!done)
            {
                return false;
            }

            physical += next - address;
            address = next;
        }
        while (address != end);
        return true;
    }

    // Asked only where a table may stay: an entry that is read is seen.
    private bool HasTable(int level, in TableWindow table, int index) =>
        (_flags & MapFlags.KeepSmaller) != 0 && _cpu.Load(table, index).IsTableOrPage;

    private bool Descend(int level, in TableWindow table, int index, ulong address, ulong end, ulong physical, ulong bits)
    {
        int below = level + 1;
        if (_settings.Geometry.IsFolded(below))
        {
            return WalkFolded(below, table, address, end, physical, bits);
        }

        Descriptor entry = _cpu.Load(table, index);
        bool fresh = _settings.Geometry.IsNone(level, entry);
        TableWindow child;
        if (fresh)
        {
            if (!NewTable(level, table, index, address, out child))
            {
                return false;
            }
        }
        else if (!Enter(level, entry, address, out child))
        {
            return false;
        }

        _statistics.AddVisit(below);
        bool done = Walk(below, child, out child, address, end, physical, bits, fresh);
        Close(child);
        if (!done)
        {
            return false;
        }

        // Nobody else may write here meanwhile; the kernel checks, so do we.
        return fresh || _cpu.Load(table, index) == entry || Fail(FailureCode.EntryChanged, address, level, _cpu.Load(table, index));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool WalkFolded(int level, in TableWindow table, ulong address, ulong end, ulong physical, ulong bits) =>
        Walk(level, table.Folded(PageMask + 1), out _, address, end, physical, bits, false);

    // A window on the table that an entry already points to.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Enter(int level, Descriptor entry, ulong address, out TableWindow child)
    {
        child = default;
        if (entry.IsBlock && _settings.Geometry.CanBeBlock(level))
        {
            return Fail(FailureCode.BlockInTheWay, address, level, entry);
        }

        if (_settings.Geometry.IsBad(level, entry))
        {
            return Fail(FailureCode.BadTable, address, level, entry);
        }

        return Open(level + 1, SlotOf(level + 1), _settings.Format.Decode(entry), address, out child);
    }

    // Allocates a table, zeroes it, orders the zeroes before the entry that makes it reachable, and leaves a window on it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool NewTable(int level, in TableWindow table, int index, ulong address, out TableWindow child)
    {
        int below = level + 1;
        child = default;
        FailureCode code = _allocator.Allocate(below, out PhysicalAddress page);
        if (code != FailureCode.None)
        {
            return Fail(code, address, level, default);
        }

        _statistics.AddTable(below);
        if (TStrategy.ZeroOnAllocation)
        {
            if (!ZeroOnAllocation(below, page, address)
                || !Link(level, table, index, address, page)
                || !Open(below, SlotOf(below), page, address, out child))
            {
                return false;
            }

            return true;
        }

        if (!Open(below, SlotOf(below), page, address, out child))
        {
            return false;
        }

        _cpu.Clear(child, 1 << TGranule.PageShift);
        _cpu.DsbIshst();
        return Link(level, table, index, address, page) || Abandon(child);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Abandon(in TableWindow window)
    {
        Close(window);
        return false;
    }

    // Early pages are zeroed through the PTE slot, which is free whenever a table is allocated; late ones where they are mapped anyway.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool ZeroOnAllocation(int level, PhysicalAddress page, ulong address)
    {
        if (TAllocator.IsLate)
        {
            _cpu.Clear(_access.Direct(page, level), 1 << TGranule.PageShift);
            _cpu.DsbIshst();
            return true;
        }

        if (!Open(level, TableSlot.Pte, page, address, out TableWindow window))
        {
            return false;
        }

        _cpu.Clear(window, 1 << TGranule.PageShift);
        if (!TAccess.ClosingSynchronises)
        {
            _cpu.DsbIshst();
        }

        _access.Close(ref _cpu, window);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Link(int level, in TableWindow table, int index, ulong address, PhysicalAddress page) =>
        StoreEntry(level, table, index, address, new Descriptor(_settings.Format.Encode(page) | _newTableBits));

    // A valid entry above level 3 is never batched: store, DSB ISHST, ISB.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool StoreEntry(int level, in TableWindow table, int index, ulong address, Descriptor entry)
    {
        bool isRootPage = level == _settings.Geometry.RootLevel || _settings.Geometry.IsFolded(level);
        if (isRootPage && _settings.RootThroughSlot)
        {
            return StoreThroughSlot(level, table, index, address, entry);
        }

        _cpu.Store(table, index, entry);
        _cpu.DsbIshst();
        _cpu.Isb();
        return true;
    }

    // set_swapper_pgd: the root is read-only where it is mapped, so it is mapped once more.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool StoreThroughSlot(int level, in TableWindow table, int index, ulong address, Descriptor entry)
    {
        if (!Open(level, TableSlot.Pgd, table.Table, address, out TableWindow window))
        {
            return false;
        }

        _cpu.Store(window, index, entry);
        if (window.Slot == TableSlot.None)
        {
            // Reached directly: there is no slot whose closing would synchronise the entry.
            _cpu.DsbIshst();
            _cpu.Isb();
        }

        _access.Close(ref _cpu, window);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Open(int level, TableSlot slot, PhysicalAddress page, ulong address, out TableWindow window)
    {
        FailureCode code = _access.Open(ref _cpu, slot, level, page, out window);
        return code == FailureCode.None || Fail(code, address, level, default);
    }

    // Closing is what makes batched level-3 entries usable; where it does not, a barrier of its own does.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Close(in TableWindow window)
    {
        if (window.Level == 3 && !TStrategy.SynchroniseEachEntry && !TAccess.ClosingSynchronises)
        {
            _cpu.DsbIshst();
            _cpu.Isb();
        }

        _access.Close(ref _cpu, window);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Reopen(ref TableWindow table, ulong address)
    {
        // The root (which may be a level-2 table) is the caller's, whether it is reached through a slot or not.
        if (table.Slot == TableSlot.None || table.Level == _settings.Geometry.RootLevel)
        {
            return true;
        }

        TableWindow closed = table;
        Close(closed);
        return Open(closed.Level, closed.Slot, closed.Table, address, out table);
    }
}
