using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Checking;

/// <summary>Takes what a CPU executes, with the accesses through windows that <see cref="RecordingCpu{TInner}"/> leaves out, and keeps each page as it was before.</summary>
internal sealed class OrderingLog(ulong pageSize, Func<TableWindow, bool> dependsOnTables)
{
    private readonly Dictionary<ulong, ulong[]> _before = [];

    /// <summary>What was executed, in order.</summary>
    public List<OrderingEvent> Events { get; } = [];

    /// <summary>A page as it was when the first operation touched it.</summary>
    public IReadOnlyDictionary<ulong, ulong[]> Before => _before;

    /// <summary>Notes an operation.</summary>
    public void Add(OrderingEvent item) => Events.Add(item);

    /// <summary>Notes an access of a table; one that repeats the last, with nothing between, changes nothing and is not noted.</summary>
    public void AddAccess(in TableWindow window)
    {
        OrderingEvent item = At(OrderingKind.Access, window, 0);
        if (item.Address != 0 && (Events.Count == 0 || Events[^1] is not { Kind: OrderingKind.Access or OrderingKind.Store or OrderingKind.Clear } last
            || last.Address != item.Address || last.Page != item.Page))
        {
            Add(item);
        }
    }

    /// <summary>Notes a write of a table.</summary>
    public void AddWrite(OrderingKind kind, in TableWindow window, int index, int count, Descriptor value, ulong step) =>
        Add(At(kind, window, index) with { Count = count, Value = value.Raw, Step = step });

    // Entries are counted from the start of the page, because a table may be smaller than one.
    private unsafe OrderingEvent At(OrderingKind kind, in TableWindow window, int index)
    {
        ulong page = window.Table.AlignDown(pageSize).Value;
        int offset = (int)(window.Table.Value - page) / sizeof(Descriptor);
        if (!_before.ContainsKey(page))
        {
            _before[page] = new ReadOnlySpan<ulong>(window.Entries - offset, (int)pageSize / sizeof(ulong)).ToArray();
        }

        ulong address = dependsOnTables(window) ? window.Address.Value & ~(pageSize - 1) : 0;
        return new OrderingEvent(kind) { Page = page, Index = index + offset, Level = window.Level, Slot = window.Slot, Address = address };
    }
}

/// <summary>Loads and stores like <see cref="PlainMemory"/> and tells a log of everything.</summary>
internal readonly struct OrderingRecorder(OrderingLog log) : ICpu
{
    private static PlainMemory Memory => default;

    /// <inheritdoc/>
    public Descriptor Load(in TableWindow table, int index)
    {
        log.AddAccess(table);
        return Memory.Load(table, index);
    }

    /// <inheritdoc/>
    public void Store(in TableWindow table, int index, Descriptor value)
    {
        log.AddWrite(OrderingKind.Store, table, index, 1, value, 0);
        Memory.Store(table, index, value);
    }

    /// <inheritdoc/>
    public void StoreRun(in TableWindow table, int index, int count, Descriptor first, ulong step)
    {
        log.AddWrite(OrderingKind.Store, table, index, count, first, step);
        Memory.StoreRun(table, index, count, first, step);
    }

    /// <inheritdoc/>
    public void Clear(in TableWindow table, int bytes)
    {
        log.AddWrite(OrderingKind.Clear, table, 0, bytes / sizeof(ulong), default, 0);
        Memory.Clear(table, bytes);
    }

    /// <inheritdoc/>
    public void Execute(MaintenanceKind kind, MaintenanceTarget target) => log.Add(kind switch
    {
        MaintenanceKind.DsbIshst => new OrderingEvent(OrderingKind.DsbIshst),
        MaintenanceKind.DsbIsh => new OrderingEvent(OrderingKind.DsbIsh),
        MaintenanceKind.DsbNshst => new OrderingEvent(OrderingKind.DsbNshst),
        MaintenanceKind.DsbNsh => new OrderingEvent(OrderingKind.DsbNsh),
        MaintenanceKind.Isb => new OrderingEvent(OrderingKind.Isb),
        MaintenanceKind.TlbiVaale1is => new OrderingEvent(OrderingKind.TlbiLast) { Address = target.Address.Value },
        MaintenanceKind.TlbiRvaale1is => new OrderingEvent(OrderingKind.TlbiLast) { Address = target.Address.Value, Count = target.Pages },
        MaintenanceKind.TlbiVaae1is => new OrderingEvent(OrderingKind.TlbiPage) { Address = target.Address.Value },
        MaintenanceKind.TlbiVmalle1is => new OrderingEvent(OrderingKind.TlbiAll),
        MaintenanceKind.TlbiVmalle1 => new OrderingEvent(OrderingKind.TlbiLocal),
        MaintenanceKind.SetTtbr0 => new OrderingEvent(OrderingKind.SetTtbr0) { Page = target.Root.Value },
        _ => new OrderingEvent(OrderingKind.SetTtbr1) { Page = target.Root.Value },
    });

    /// <inheritdoc/>
    public void OnMapped(in TableWindow window) => log.Add(
        new OrderingEvent(OrderingKind.Mapped) { Page = window.Table.Value, Level = window.Level, Slot = window.Slot, Address = window.Address.Value });

    /// <inheritdoc/>
    public void OnUnmapped(TableSlot slot, VirtualAddress address) =>
        log.Add(new OrderingEvent(OrderingKind.Unmapped) { Slot = slot, Address = address.Value });
}
