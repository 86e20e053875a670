using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Access;

/// <summary>Tables of level 3 are reached through sixteen slots in turn, which are cleared and invalidated together when all are used.</summary>
/// <typeparam name="TMemory">How physical memory is reached.</typeparam>
/// <remarks>
/// Posted as the last patch of the series' second version and never merged. The upper levels keep their single slots.
/// One <c>TLBI RVAALE1IS</c> covers the sixteen pages; a CPU without FEAT_TLBIRANGE executes sixteen <c>VAALE1IS</c> between the same barriers.
/// </remarks>
internal struct LazyFixmapAccess<TMemory> : ITableAccess
    where TMemory : struct, IPhysicalMemory
{
    private readonly GranuleSize _granule;
    private readonly bool _hasRange;
    private Fixmap<TMemory> _fixmap;
    private int _used;

    /// <summary>Uses the slots of <paramref name="fixmap"/>.</summary>
    /// <param name="fixmap">The fixmap.</param>
    /// <param name="granule">The granule.</param>
    /// <param name="hasRangeInvalidation">Whether the CPU has FEAT_TLBIRANGE (Armv8.4).</param>
    public LazyFixmapAccess(in Fixmap<TMemory> fixmap, GranuleSize granule, bool hasRangeInvalidation)
    {
        _fixmap = fixmap;
        _granule = granule;
        _hasRange = hasRangeInvalidation;
        _used = 0;
    }

    /// <inheritdoc/>
    public static bool ClosingSynchronises => false;

    // Slot numbers count down from the top of the fixmap, so the last number has the lowest address.
    private readonly int FirstIndex => _fixmap.Layout.LazyLastIndex - FixmapLayout.LazySlots + 1;

    /// <inheritdoc/>
    public FailureCode Open<TCpu>(ref TCpu cpu, TableSlot slot, int level, PhysicalAddress table, out TableWindow window)
        where TCpu : struct, ICpu
    {
        if (slot != TableSlot.Pte)
        {
            return _fixmap.Map(ref cpu, _fixmap.Layout.Index(slot), slot, table, level, out window);
        }

        if (_used == FixmapLayout.LazySlots)
        {
            Drain(ref cpu);
        }

        return _fixmap.Map(ref cpu, FirstIndex + _used++, slot, table, level, out window);
    }

    /// <inheritdoc/>
    public readonly void Close<TCpu>(ref TCpu cpu, in TableWindow window)
        where TCpu : struct, ICpu
    {
        if (window.Slot is not (TableSlot.None or TableSlot.Pte))
        {
            _fixmap.Unmap(ref cpu, _fixmap.Layout.Index(window.Slot), window.Slot);
        }
    }

    /// <inheritdoc/>
    public void Drain<TCpu>(ref TCpu cpu)
        where TCpu : struct, ICpu
    {
        if (_used == 0)
        {
            return;
        }

        for (int i = 0; i < _used; i++)
        {
            _fixmap.Forget(ref cpu, FirstIndex + i, TableSlot.Pte);
        }

        cpu.DsbIshst();
        if (_hasRange)
        {
            cpu.TlbiRvaale1is(_fixmap.Layout.Address(_fixmap.Layout.LazyLastIndex), FixmapLayout.LazySlots, _granule);
        }
        else
        {
            for (int i = 0; i < FixmapLayout.LazySlots; i++)
            {
                cpu.TlbiVaale1is(_fixmap.Layout.Address(FirstIndex + i));
            }
        }

        cpu.DsbIsh();
        cpu.Isb();
        _used = 0;
    }

    /// <inheritdoc/>
    public TableWindow Direct(PhysicalAddress table, int level) => _fixmap.Direct(table, level);
}
