using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

/// <content>The second pass: tables without an entry are unlinked and freed, the lowest first.</content>
internal partial struct LinearMapRemover<TGranule, TAccess, TAllocator, TCpu>
{
    // Linux: free_empty_p4d_table down to free_empty_pte_table, where each table looks after itself; here its parent does.
    private bool FreeTables(int level, in TableWindow table, ulong address, ulong end)
    {
        do
        {
            ulong next = TableGeometry.BoundaryAfter(address, end, Shift(level));
            bool done = _settings.Geometry.IsFolded(level + 1)
                ? FreeTables(level + 1, table.Folded(PageSize), address, next)
                : FreeTable(level, table, Index(level, address), address, next);
            if (!done)
            {
                return false;
            }

            address = next;
        }
        while (address != end);
        return true;
    }

    // The table below one entry: never the root, and never the root read again as a folded level, since no entry points to those.
    private bool FreeTable(int level, in TableWindow table, int index, ulong address, ulong end)
    {
        Descriptor entry = _cpu.Load(table, index);
        if (entry.IsNone)
        {
            return true;
        }

        if (level == 3 || _settings.Geometry.IsBad(level, entry))
        {
            // It was cleared, or was a table, a moment ago.
            return Fail(FailureCode.EntryChanged, address, level, entry);
        }

        TableWindow child = Below(level, entry);
        if (!FreeTables(level + 1, child, address, end))
        {
            return false;
        }

        if (!IsOurs(Shift(level), address, end) || !IsEmpty(child))
        {
            return true;
        }

        // A walker may hold the address of the table: only when that is forgotten may the page become something else.
        if (!ClearEntry(level, table, index, address))
        {
            return false;
        }

        TlbFlush.KernelTable(ref _cpu, new VirtualAddress(address));
        _allocator.Release(child.Table);
        _statistics.AddTable(level + 1);
        return true;
    }

    // Whether a table whose parent entry covers 2^shift bytes lies inside the limits. Linux: pgtable_range_aligned.
    private readonly bool IsOurs(int shift, ulong address, ulong end)
    {
        ulong mask = ~((1UL << shift) - 1);
        if ((address & mask) < _floor)
        {
            return false;
        }

        ulong ceiling = _ceiling & mask;
        return (_ceiling == 0 || ceiling != 0) && end - 1 <= ceiling - 1;
    }

    private bool IsEmpty(in TableWindow table)
    {
        for (int i = 0; i < _settings.Geometry.EntriesPerTable; i++)
        {
            if (!_cpu.Load(table, i).IsNone)
            {
                return false;
            }
        }

        return true;
    }

    // An invalid entry needs no barrier of its own, because an invalidation follows; but the root and level 0 always have theirs.
    // Linux: pte_clear, pmd_clear, pud_clear; set_p4d, set_pgd; set_swapper_pgd.
    private bool ClearEntry(int level, in TableWindow table, int index, ulong address)
    {
        bool isRootPage = level == _settings.Geometry.RootLevel || _settings.Geometry.IsFolded(level);
        if (!isRootPage || !_settings.RootThroughSlot)
        {
            _cpu.Store(table, index, default);
            if (isRootPage || level <= 0)
            {
                _cpu.DsbIshst();
                _cpu.Isb();
            }

            return true;
        }

        FailureCode code = _access.Open(ref _cpu, TableSlot.Pgd, level, table.Table, out TableWindow window);
        if (code != FailureCode.None)
        {
            return Fail(code, address, level, default);
        }

        _cpu.Store(window, index, default);
        if (window.Slot == TableSlot.None)
        {
            _cpu.DsbIshst();
            _cpu.Isb();
        }

        _access.Close(ref _cpu, window);
        return true;
    }
}
