using System.Runtime.CompilerServices;
using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Cpu;

/// <summary>A CPU put together from its three parts.</summary>
/// <typeparam name="TMemory">Loads and stores.</typeparam>
/// <typeparam name="TMaintenance">Executes maintenance.</typeparam>
/// <typeparam name="TObserver">Is told of windows.</typeparam>
/// <param name="memory">Loads and stores.</param>
/// <param name="maintenance">Executes maintenance.</param>
/// <param name="observer">Is told of windows.</param>
internal struct ComposedCpu<TMemory, TMaintenance, TObserver>(TMemory memory, TMaintenance maintenance, TObserver observer) : ICpu
    where TMemory : struct, ITableMemory
    where TMaintenance : struct, IMaintenance
    where TObserver : struct, IWindowObserver
{
    private TMemory _memory = memory;
    private TMaintenance _maintenance = maintenance;
    private TObserver _observer = observer;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Descriptor Load(in TableWindow table, int index) => _memory.Load(table, index);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(in TableWindow table, int index, Descriptor value) => _memory.Store(table, index, value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreRun(in TableWindow table, int index, int count, Descriptor first, ulong step) => _memory.StoreRun(table, index, count, first, step);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Clear(in TableWindow table, int bytes) => _memory.Clear(table, bytes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Execute(MaintenanceKind kind, MaintenanceTarget target) => _maintenance.Execute(kind, target);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void OnMapped(in TableWindow window) => _observer.OnMapped(window);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void OnUnmapped(TableSlot slot, VirtualAddress address) => _observer.OnUnmapped(slot, address);
}
