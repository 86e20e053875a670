using System.Runtime.CompilerServices;
using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Cpu;

/// <summary>Counts every operation exactly and passes it on to <typeparamref name="TInner"/>.</summary>
/// <typeparam name="TInner">What executes the operations: the real CPU at EL1, memory alone on the host.</typeparam>
internal struct CountingCpu<TInner> : ICpu
    where TInner : struct, ICpu
{
    private TInner _inner;
    private OperationCounts _counts;

    /// <summary>Counts from zero on top of <paramref name="inner"/>.</summary>
    public CountingCpu(TInner inner)
    {
        _inner = inner;
        _counts = default;
    }

    /// <summary>What was executed so far.</summary>
    public readonly OperationCounts Counts => _counts;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Descriptor Load(in TableWindow table, int index) => _inner.Load(table, index);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(in TableWindow table, int index, Descriptor value) => _inner.Store(table, index, value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreRun(in TableWindow table, int index, int count, Descriptor first, ulong step) =>
        _inner.StoreRun(table, index, count, first, step);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Clear(in TableWindow table, int bytes) => _inner.Clear(table, bytes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Execute(MaintenanceKind kind, MaintenanceTarget target)
    {
        _counts.Add(kind);
        _inner.Execute(kind, target);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void OnMapped(in TableWindow window)
    {
        _counts.FixmapMaps++;
        _inner.OnMapped(window);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void OnUnmapped(TableSlot slot, VirtualAddress address)
    {
        _counts.FixmapUnmaps++;
        _inner.OnUnmapped(slot, address);
    }
}
