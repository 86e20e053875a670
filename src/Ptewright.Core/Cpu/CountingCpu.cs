using System.Runtime.CompilerServices;
using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Cpu;

/// <summary>Counts every operation exactly and passes it on to <typeparamref name="TInner"/>.</summary>
/// <typeparam name="TInner">What executes the operations: the real CPU at EL1, memory alone on the host.</typeparam>
public struct CountingCpu<TInner> : ICpu
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
    public void DsbIshst()
    {
        _counts.DsbIshst++;
        _inner.DsbIshst();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void DsbIsh()
    {
        _counts.DsbIsh++;
        _inner.DsbIsh();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void DsbNshst()
    {
        _counts.DsbNshst++;
        _inner.DsbNshst();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void DsbNsh()
    {
        _counts.DsbNsh++;
        _inner.DsbNsh();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Isb()
    {
        _counts.Isb++;
        _inner.Isb();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TlbiVaale1is(VirtualAddress page)
    {
        _counts.TlbiVaale1is++;
        _inner.TlbiVaale1is(page);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TlbiVaae1is(VirtualAddress page)
    {
        _counts.TlbiVaae1is++;
        _inner.TlbiVaae1is(page);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TlbiRvaale1is(VirtualAddress first, int pages, GranuleSize granule)
    {
        _counts.TlbiRvaale1is++;
        _inner.TlbiRvaale1is(first, pages, granule);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TlbiVmalle1is()
    {
        _counts.TlbiVmalle1is++;
        _inner.TlbiVmalle1is();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TlbiVmalle1()
    {
        _counts.TlbiVmalle1++;
        _inner.TlbiVmalle1();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetTtbr0(PhysicalAddress root)
    {
        _counts.Ttbr0Writes++;
        _inner.SetTtbr0(root);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetTtbr1(PhysicalAddress root)
    {
        _counts.Ttbr1Writes++;
        _inner.SetTtbr1(root);
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
