using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Access;

/// <summary>Tables are reached through memory that is already mapped, at a fixed distance from their physical address: no slots, no invalidation.</summary>
/// <typeparam name="TMemory">How physical memory is reached.</typeparam>
internal unsafe struct DirectAccess<TMemory> : ITableAccess
    where TMemory : struct, IPhysicalMemory
{
    private readonly ulong _offset;
    private TMemory _memory;

    /// <summary>Reaches every table at its physical address plus <paramref name="offset"/>.</summary>
    /// <param name="memory">How physical memory is reached.</param>
    /// <param name="offset">The virtual address at which physical address 0 would lie; 0 for an identity mapping.</param>
    public DirectAccess(TMemory memory, VirtualAddress offset)
    {
        _memory = memory;
        _offset = offset.Value;
    }

    /// <inheritdoc/>
    public static bool ClosingSynchronises => false;

    /// <inheritdoc/>
    public FailureCode Open<TCpu>(ref TCpu cpu, TableSlot slot, int level, PhysicalAddress table, out TableWindow window)
        where TCpu : struct, ICpu
    {
        window = Direct(table, level);
        return FailureCode.None;
    }

    /// <inheritdoc/>
    public readonly void Close<TCpu>(ref TCpu cpu, in TableWindow window)
        where TCpu : struct, ICpu
    {
    }

    /// <inheritdoc/>
    public readonly void Drain<TCpu>(ref TCpu cpu)
        where TCpu : struct, ICpu
    {
    }

    /// <inheritdoc/>
    public TableWindow Direct(PhysicalAddress table, int level)
    {
        VirtualAddress address = new(table.Value + _offset);
        return new TableWindow((Descriptor*)_memory.Through(address, table), table, address, TableSlot.None, level);
    }
}
