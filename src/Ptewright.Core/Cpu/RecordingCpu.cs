using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Cpu;

/// <summary>Writes every operation into a buffer of the caller, in order, and passes it on to <typeparamref name="TInner"/>.</summary>
/// <typeparam name="TInner">What executes the operations.</typeparam>
/// <remarks>A full buffer drops what follows and says how many events: recording never allocates.</remarks>
internal unsafe struct RecordingCpu<TInner> : ICpu
    where TInner : struct, ICpu
{
    private readonly CpuEvent* _events;
    private readonly int _capacity;
    private TInner _inner;

    /// <summary>Records into <paramref name="events"/>.</summary>
    /// <param name="inner">What executes the operations.</param>
    /// <param name="events">Room for <paramref name="capacity"/> events, alive as long as this struct is used.</param>
    /// <param name="capacity">How many events fit.</param>
    public RecordingCpu(TInner inner, CpuEvent* events, int capacity)
    {
        _inner = inner;
        _events = events;
        _capacity = capacity;
        Count = 0;
        Dropped = 0;
    }

    /// <summary>How many events are in the buffer.</summary>
    public int Count { get; private set; }

    /// <summary>How many events found no room.</summary>
    public ulong Dropped { get; private set; }

    /// <inheritdoc/>
    public Descriptor Load(in TableWindow table, int index) => _inner.Load(table, index);

    /// <inheritdoc/>
    public void Store(in TableWindow table, int index, Descriptor value)
    {
        Add(new CpuEvent(CpuEventKind.Store, table, index, 1, value, 0));
        _inner.Store(table, index, value);
    }

    /// <inheritdoc/>
    public void StoreRun(in TableWindow table, int index, int count, Descriptor first, ulong step)
    {
        Add(new CpuEvent(CpuEventKind.StoreRun, table, index, count, first, step));
        _inner.StoreRun(table, index, count, first, step);
    }

    /// <inheritdoc/>
    public void Clear(in TableWindow table, int bytes)
    {
        Add(new CpuEvent(CpuEventKind.Clear, table, 0, bytes, default, 0));
        _inner.Clear(table, bytes);
    }

    /// <inheritdoc/>
    public void Execute(MaintenanceKind kind, MaintenanceTarget target)
    {
        // An event without an operand is about one thing, too.
        Add(new CpuEvent((CpuEventKind)kind, TableSlot.None, target.Address, target.Root, target.Pages == 0 ? 1 : target.Pages));
        _inner.Execute(kind, target);
    }

    /// <inheritdoc/>
    public void OnMapped(in TableWindow window)
    {
        Add(new CpuEvent(CpuEventKind.Mapped, window, 0, 1, default, 0));
        _inner.OnMapped(window);
    }

    /// <inheritdoc/>
    public void OnUnmapped(TableSlot slot, VirtualAddress address)
    {
        Add(new CpuEvent(CpuEventKind.Unmapped, slot, address, default, 1));
        _inner.OnUnmapped(slot, address);
    }

    private void Add(in CpuEvent item)
    {
        if (Count == _capacity)
        {
            Dropped++;
            return;
        }

        _events[Count++] = item;
    }
}
