using System.Runtime.CompilerServices;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;

namespace Ptewright.Access;

/// <summary>Tables are reached through the fixmap slot of their level; closing invalidates the slot at once.</summary>
/// <typeparam name="TMemory">How physical memory is reached.</typeparam>
internal struct FixmapAccess<TMemory> : ITableAccess
    where TMemory : struct, IPhysicalMemory
{
    private Fixmap<TMemory> _fixmap;

    /// <summary>Uses the slots of <paramref name="fixmap"/>.</summary>
    public FixmapAccess(in Fixmap<TMemory> fixmap) => _fixmap = fixmap;

    /// <inheritdoc/>
    public static bool ClosingSynchronises => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FailureCode Open<TCpu>(ref TCpu cpu, TableSlot slot, int level, PhysicalAddress table, out TableWindow window)
        where TCpu : struct, ICpu => _fixmap.Map(ref cpu, _fixmap.Layout.Index(slot), slot, table, level, out window);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Close<TCpu>(ref TCpu cpu, in TableWindow window)
        where TCpu : struct, ICpu
    {
        if (window.Slot != TableSlot.None)
        {
            _fixmap.Unmap(ref cpu, _fixmap.Layout.Index(window.Slot), window.Slot);
        }
    }

    /// <inheritdoc/>
    public readonly void Drain<TCpu>(ref TCpu cpu)
        where TCpu : struct, ICpu
    {
    }

    /// <inheritdoc/>
    public TableWindow Direct(PhysicalAddress table, int level) => _fixmap.Direct(table, level);
}
