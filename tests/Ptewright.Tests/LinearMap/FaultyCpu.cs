using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Tests.LinearMap;

/// <summary>A CPU that leaves one kind of operation out, and keeps the last window it was told of, as a careless caller would.</summary>
internal struct FaultyCpu<TInner>(TInner inner, DisciplineTests.Fault fault) : ICpu
    where TInner : struct, ICpu
{
    private TInner _inner = inner;
    private bool _cleared;

    public TableWindow Last { get; private set; }

    public Descriptor Load(in TableWindow table, int index) => _inner.Load(table, index);

    public void Store(in TableWindow table, int index, Descriptor value) => _inner.Store(table, index, value);

    public void StoreRun(in TableWindow table, int index, int count, Descriptor first, ulong step) =>
        _inner.StoreRun(table, index, count, first, step);

    public void Clear(in TableWindow table, int bytes)
    {
        _cleared = true;
        if (fault != DisciplineTests.Fault.NoClear)
        {
            _inner.Clear(table, fault == DisciplineTests.Fault.HalfClear ? bytes / 2 : bytes);
        }
    }

    public void DsbIshst()
    {
        bool skip = fault == DisciplineTests.Fault.NoDsbIshst || (fault == DisciplineTests.Fault.NoFirstDsbIshstAfterClear && _cleared);
        _cleared = false;
        if (!skip)
        {
            _inner.DsbIshst();
        }
    }

    public void DsbIsh()
    {
        if (fault != DisciplineTests.Fault.NoDsbIsh)
        {
            _inner.DsbIsh();
        }
    }

    public void Isb()
    {
        if (fault != DisciplineTests.Fault.NoIsb)
        {
            _inner.Isb();
        }
    }

    public void TlbiVaale1is(VirtualAddress page)
    {
        if (fault != DisciplineTests.Fault.NoTlbi)
        {
            _inner.TlbiVaale1is(page);
        }
    }

    public void DsbNshst() => _inner.DsbNshst();

    public void DsbNsh() => _inner.DsbNsh();

    public void TlbiVmalle1() => _inner.TlbiVmalle1();

    public void SetTtbr1(PhysicalAddress root) => _inner.SetTtbr1(root);

    public void TlbiVaae1is(VirtualAddress page) => _inner.TlbiVaae1is(page);

    public void TlbiRvaale1is(VirtualAddress first, int pages, GranuleSize granule)
    {
        if (fault != DisciplineTests.Fault.NoTlbi)
        {
            _inner.TlbiRvaale1is(first, pages, granule);
        }
    }

    public void TlbiVmalle1is()
    {
        if (fault != DisciplineTests.Fault.NoTlbi)
        {
            _inner.TlbiVmalle1is();
        }
    }

    public void SetTtbr0(PhysicalAddress root)
    {
        if (fault != DisciplineTests.Fault.NoTtbr0Reset || root.Value != 0)
        {
            _inner.SetTtbr0(root);
        }
    }

    public void OnMapped(in TableWindow window)
    {
        Last = window;
        _inner.OnMapped(window);
    }

    public void OnUnmapped(TableSlot slot, VirtualAddress address) => _inner.OnUnmapped(slot, address);
}
