using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;

namespace Ptewright.Access;

/// <summary>Late tables are reached through the linear map itself; only the read-only root keeps its fixmap slot.</summary>
/// <typeparam name="TMemory">How physical memory is reached.</typeparam>
/// <remarks>
/// The "possible future optimization" of the seed's commit text: once the linear map stands, every page that a late allocator gives is mapped by it, so no
/// slot has to be mapped and invalidated. The root is part of the kernel image, which is read-only in both of its mappings, so it still needs the PGD slot.
/// </remarks>
internal struct LinearMapAccess<TMemory> : ITableAccess
    where TMemory : struct, IPhysicalMemory
{
    private DirectAccess<TMemory> _direct;
    private FixmapAccess<TMemory> _fixmap;

    /// <summary>Reaches tables through the linear map, the root through <paramref name="fixmap"/>.</summary>
    /// <param name="memory">How physical memory is reached.</param>
    /// <param name="offset">The virtual address at which the linear map has, or would have, physical address 0.</param>
    /// <param name="fixmap">Where the PGD slot is.</param>
    public LinearMapAccess(TMemory memory, VirtualAddress offset, in Fixmap<TMemory> fixmap)
    {
        _direct = new DirectAccess<TMemory>(memory, offset);
        _fixmap = new FixmapAccess<TMemory>(fixmap);
    }

    /// <inheritdoc/>
    public static bool ClosingSynchronises => false;

    /// <inheritdoc/>
    public FailureCode Open<TCpu>(ref TCpu cpu, TableSlot slot, int level, PhysicalAddress table, out TableWindow window)
        where TCpu : struct, ICpu => slot == TableSlot.Pgd
            ? _fixmap.Open(ref cpu, slot, level, table, out window)
            : _direct.Open(ref cpu, slot, level, table, out window);

    /// <inheritdoc/>
    public readonly void Close<TCpu>(ref TCpu cpu, in TableWindow window)
        where TCpu : struct, ICpu => _fixmap.Close(ref cpu, window);

    /// <inheritdoc/>
    public readonly void Drain<TCpu>(ref TCpu cpu)
        where TCpu : struct, ICpu
    {
    }

    /// <inheritdoc/>
    public TableWindow Direct(PhysicalAddress table, int level) => _direct.Direct(table, level);
}
