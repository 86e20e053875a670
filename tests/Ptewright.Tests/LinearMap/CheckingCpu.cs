using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Tests.LinearMap;

/// <summary>Tells a <see cref="TableDiscipline"/> of every operation and passes it on to <typeparamref name="TInner"/>.</summary>
/// <typeparam name="TInner">What executes the operations.</typeparam>
/// <param name="inner">What executes the operations.</param>
/// <param name="discipline">Who is told.</param>
internal struct CheckingCpu<TInner>(TInner inner, TableDiscipline discipline) : ICpu
    where TInner : struct, ICpu
{
    private TInner _inner = inner;

    /// <summary>What executed the operations, with what it counted.</summary>
    public readonly TInner Inner => _inner;

    /// <inheritdoc/>
    public Descriptor Load(in TableWindow table, int index)
    {
        discipline.OnAccess(table);
        return _inner.Load(table, index);
    }

    /// <inheritdoc/>
    public void Store(in TableWindow table, int index, Descriptor value)
    {
        discipline.OnStore(table, index, value);
        _inner.Store(table, index, value);
    }

    /// <inheritdoc/>
    public void StoreRun(in TableWindow table, int index, int count, Descriptor first, ulong step)
    {
        discipline.OnStore(table, index, first);
        _inner.StoreRun(table, index, count, first, step);
    }

    /// <inheritdoc/>
    public void Clear(in TableWindow table, int bytes)
    {
        discipline.OnClear(table, bytes);
        _inner.Clear(table, bytes);
    }

    /// <inheritdoc/>
    public void DsbIshst()
    {
        discipline.OnDsbIshst();
        _inner.DsbIshst();
    }

    /// <inheritdoc/>
    public void DsbIsh()
    {
        discipline.OnDsbIsh();
        _inner.DsbIsh();
    }

    /// <inheritdoc/>
    public void DsbNshst() => _inner.DsbNshst();

    /// <inheritdoc/>
    public void DsbNsh() => _inner.DsbNsh();

    /// <inheritdoc/>
    public void Isb()
    {
        discipline.OnIsb();
        _inner.Isb();
    }

    /// <inheritdoc/>
    public void TlbiVaale1is(VirtualAddress page)
    {
        discipline.OnTlbi(page, 1);
        _inner.TlbiVaale1is(page);
    }

    /// <inheritdoc/>
    public void TlbiVaae1is(VirtualAddress page)
    {
        discipline.OnTlbi(page, 1);
        _inner.TlbiVaae1is(page);
    }

    /// <inheritdoc/>
    public void TlbiRvaale1is(VirtualAddress first, int pages, GranuleSize granule)
    {
        discipline.OnTlbi(first, pages);
        _inner.TlbiRvaale1is(first, pages, granule);
    }

    /// <inheritdoc/>
    public void TlbiVmalle1is()
    {
        discipline.OnTlbiAll();
        _inner.TlbiVmalle1is();
    }

    /// <inheritdoc/>
    public void TlbiVmalle1() => _inner.TlbiVmalle1();

    /// <inheritdoc/>
    public void SetTtbr0(PhysicalAddress root)
    {
        discipline.OnTtbr0(root);
        _inner.SetTtbr0(root);
    }

    /// <inheritdoc/>
    public void SetTtbr1(PhysicalAddress root) => _inner.SetTtbr1(root);

    /// <inheritdoc/>
    public void OnMapped(in TableWindow window) => _inner.OnMapped(window);

    /// <inheritdoc/>
    public void OnUnmapped(TableSlot slot, VirtualAddress address) => _inner.OnUnmapped(slot, address);
}
