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
    public void DsbIshst() => run.Follow(new RaceOperation { Kind = RaceOperationKind.DsbIshst });

    /// <inheritdoc/>
    public void DsbIsh() => run.Follow(new RaceOperation { Kind = RaceOperationKind.DsbIsh });

    /// <inheritdoc/>
    public void DsbNshst()
    {
    }

    /// <inheritdoc/>
    public void DsbNsh()
    {
    }

    /// <inheritdoc/>
    public void Isb() => run.Isb();

    /// <inheritdoc/>
    public void TlbiVaale1is(VirtualAddress page) => Invalidate(RaceOperationKind.TlbiVaale1is, page);

    /// <inheritdoc/>
    public void TlbiVaae1is(VirtualAddress page) => Invalidate(RaceOperationKind.TlbiVaae1is, page);

    /// <inheritdoc/>
    public void TlbiRvaale1is(VirtualAddress first, int pages, GranuleSize granule) => Invalidate(RaceOperationKind.TlbiRvaale1is, first);

    /// <inheritdoc/>
    public void TlbiVmalle1is() => Invalidate(RaceOperationKind.TlbiVmalle1is, default);

    /// <inheritdoc/>
    public void TlbiVmalle1()
    {
    }

    /// <inheritdoc/>
    public void SetTtbr0(PhysicalAddress root)
    {
    }

    /// <inheritdoc/>
    public void SetTtbr1(PhysicalAddress root)
    {
    }

    /// <inheritdoc/>
    public void OnMapped(in TableWindow window) => run.Mapped(window);

    /// <inheritdoc/>
    public void OnUnmapped(TableSlot slot, VirtualAddress address) => run.Unmapped(slot, address);

    private void Invalidate(RaceOperationKind kind, VirtualAddress page) => run.Follow(new RaceOperation { Kind = kind, Address = page });
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
