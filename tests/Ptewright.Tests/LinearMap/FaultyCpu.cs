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

    public void Execute(MaintenanceKind kind, MaintenanceTarget target)
    {
        bool isLeftOut = kind switch
        {
            MaintenanceKind.DsbIshst => fault == DisciplineTests.Fault.NoDsbIshst || (fault == DisciplineTests.Fault.NoFirstDsbIshstAfterClear && _cleared),
            MaintenanceKind.DsbIsh => fault == DisciplineTests.Fault.NoDsbIsh,
            MaintenanceKind.Isb => fault == DisciplineTests.Fault.NoIsb,
            MaintenanceKind.TlbiVaale1is or MaintenanceKind.TlbiRvaale1is or MaintenanceKind.TlbiVmalle1is => fault == DisciplineTests.Fault.NoTlbi,
            MaintenanceKind.SetTtbr0 => fault == DisciplineTests.Fault.NoTtbr0Reset && target.Root.Value == 0,
            _ => false,
        };
        _cleared &= kind != MaintenanceKind.DsbIshst;
        if (!isLeftOut)
        {
            _inner.Execute(kind, target);
        }
    }

    public void OnMapped(in TableWindow window)
    {
        Last = window;
        _inner.OnMapped(window);
    }

    public void OnUnmapped(TableSlot slot, VirtualAddress address) => _inner.OnUnmapped(slot, address);
}
