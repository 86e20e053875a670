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
    public void Execute(MaintenanceKind kind, MaintenanceTarget target)
    {
        switch (kind)
        {
            case MaintenanceKind.DsbIshst:
                discipline.OnDsbIshst();
                break;
            case MaintenanceKind.DsbIsh:
                discipline.OnDsbIsh();
                break;
            case MaintenanceKind.Isb:
                discipline.OnIsb();
                break;
            case MaintenanceKind.TlbiVaale1is or MaintenanceKind.TlbiVaae1is or MaintenanceKind.TlbiRvaale1is:
                discipline.OnTlbi(target.Address, target.Pages);
                break;
            case MaintenanceKind.TlbiVmalle1is:
                discipline.OnTlbiAll();
                break;
            case MaintenanceKind.SetTtbr0:
                discipline.OnTtbr0(target.Root);
                break;
            default:
                break;
        }

        _inner.Execute(kind, target);
    }

    /// <inheritdoc/>
    public void OnMapped(in TableWindow window) => _inner.OnMapped(window);

    /// <inheritdoc/>
    public void OnUnmapped(TableSlot slot, VirtualAddress address) => _inner.OnUnmapped(slot, address);
}
