using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Checking;

/// <summary>Gives the engine's operations to a <see cref="RaceRun"/>, which answers them; touches no memory.</summary>
internal readonly struct RaceCpu(RaceRun run) : ICpu
{
    /// <inheritdoc/>
    public Descriptor Load(in TableWindow table, int index) => run.Load(table, index);

    /// <inheritdoc/>
    public void Store(in TableWindow table, int index, Descriptor value) => run.Store(table, index, value);

    /// <inheritdoc/>
    public void StoreRun(in TableWindow table, int index, int count, Descriptor first, ulong step)
    {
        for (int i = 0; i < count; i++)
        {
            run.Store(table, index + i, new Descriptor(first.Raw + ((ulong)i * step)));
        }
    }

    /// <inheritdoc/>
    public void Clear(in TableWindow table, int bytes) => run.Clear(table);

    /// <inheritdoc/>
    public void Execute(MaintenanceKind kind, MaintenanceTarget target)
    {
        RaceOperationKind? operation = kind switch
        {
            MaintenanceKind.DsbIshst => RaceOperationKind.DsbIshst,
            MaintenanceKind.DsbIsh => RaceOperationKind.DsbIsh,
            MaintenanceKind.TlbiVaale1is => RaceOperationKind.TlbiVaale1is,
            MaintenanceKind.TlbiVaae1is => RaceOperationKind.TlbiVaae1is,
            MaintenanceKind.TlbiRvaale1is => RaceOperationKind.TlbiRvaale1is,
            MaintenanceKind.TlbiVmalle1is => RaceOperationKind.TlbiVmalle1is,
            _ => null, // Of this CPU alone.
        };
        if (operation is { } shared)
        {
            run.Follow(new RaceOperation { Kind = shared, Address = target.Address });
        }
        else if (kind == MaintenanceKind.Isb)
        {
            run.Isb();
        }
    }

    /// <inheritdoc/>
    public void OnMapped(in TableWindow window) => run.Mapped(window);

    /// <inheritdoc/>
    public void OnUnmapped(TableSlot slot, VirtualAddress address) => run.Unmapped(slot, address);
}

/// <summary>The pages of one writer: as from the list of free pages that its CPU has for itself, so that it makes no difference who asks first.</summary>
internal readonly struct RaceAllocator(RaceRun run) : ITableAllocator
{
    /// <inheritdoc/>
    public static bool IsLate => true;

    /// <inheritdoc/>
    public FailureCode Allocate(int level, out PhysicalAddress page)
    {
        page = run.Allocate(level);
        return FailureCode.None;
    }
}
