using Ptewright.Addressing;
using Ptewright.Checking;
using Ptewright.Cpu;
using Ptewright.Kernels.Versions;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.Checking;

/// <summary>Who holds which lock.</summary>
internal sealed class ReplayLocks
{
    public RaceWriter? Fixmap { get; set; }

    public RaceWriter? Root { get; set; }
}

/// <summary>The thread of a writer is to end where it stands.</summary>
internal sealed class ReplayStoppedException : Exception;

/// <summary>Where a writer's thread waits before each step, and how it reaches memory.</summary>
internal sealed unsafe class ReplayGate(LinearMapSimulation boot, ReplayLocks locks, RaceWriter writer, FixmapLock place)
{
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly SemaphoreSlim _go = new(0);
    private volatile bool _stopped;
    private RaceLock? _wanted;
    private TableSlot _unmapped;

    public bool HasEnded { get; private set; }

    public bool IsWrong { get; private set; }

    public bool CanMove => !HasEnded && (_wanted is not { } wanted || (wanted == RaceLock.Fixmap ? locks.Fixmap : locks.Root) is null);

    public void WaitForWriter() => _arrived.Wait();

    public void LetGo() => _go.Release();

    public void Stop()
    {
        _stopped = true;
        _ = _go.Release();
    }

    public void Begin()
    {
        if (place == FixmapLock.WholeWalk)
        {
            Take(RaceLock.Fixmap);
        }
    }

    public void End(bool done)
    {
        if (done && place == FixmapLock.WholeWalk)
        {
            Release(RaceLock.Fixmap);
        }

        IsWrong |= !done;
        Left();
    }

    public void Left()
    {
        HasEnded = true;
        _ = _arrived.Release();
    }

    public Descriptor* Entry(in TableWindow table, int index)
    {
        if (place == FixmapLock.PudEntries && table.Slot == TableSlot.Pud && index >= 0 && locks.Fixmap != writer)
        {
            Take(RaceLock.Fixmap);
        }

        Step();
        if (table.Slot == TableSlot.None)
        {
            return table.Entries + index;
        }

        // As an MMU without a TLB: the slot's entry, then the page that it names.
        Descriptor* slots = (Descriptor*)boot.Memory.View.At(boot.SlotTable);
        Descriptor slot = slots[(table.Address.Value >> 12) & 511];
        PhysicalAddress page = boot.Plan.Settings.Format.Decode(slot);
        IsWrong |= !slot.IsValid || page != table.Table;
        return slot.IsValid ? (Descriptor*)boot.Memory.View.At(page) + index : null;
    }

    public void Store(in TableWindow table, int index, Descriptor value)
    {
        if (table.Table == boot.SlotTable)
        {
            VirtualAddress pud = boot.Plan.Fixmap.Address(boot.Plan.Fixmap.Index(TableSlot.Pud));
            VirtualAddress pgd = boot.Plan.Fixmap.Address(boot.Plan.Fixmap.Index(TableSlot.Pgd));
            if (!value.IsNone && index == (int)((pgd.Value >> 12) & 511))
            {
                Take(RaceLock.Root);
            }

            if (!value.IsNone && index == (int)((pud.Value >> 12) & 511) && place == FixmapLock.PudWindow)
            {
                Take(RaceLock.Fixmap);
            }
        }

        Descriptor* entry = Entry(table, index);
        if (entry != null)
        {
            IsWrong |= table.Level < 3 && entry->IsTableOrPage && *entry != value;
            *entry = value;
        }
    }

    public void Unmapped(TableSlot slot) => _unmapped = slot;

    public void Isb()
    {
        if (_unmapped == TableSlot.Pgd)
        {
            Release(RaceLock.Root);
        }

        if (_unmapped == TableSlot.Pud && place is FixmapLock.PudEntries or FixmapLock.PudWindow)
        {
            Release(RaceLock.Fixmap);
        }

        _unmapped = TableSlot.None;
    }

    private void Step()
    {
        _ = _arrived.Release();
        _go.Wait();
        if (_stopped)
        {
            throw new ReplayStoppedException();
        }
    }

    private void Take(RaceLock @lock)
    {
        _wanted = @lock;
        Step();
        _wanted = null;
        Hold(@lock, writer);
    }

    private void Release(RaceLock @lock)
    {
        Step();
        Hold(@lock, null);
    }

    private void Hold(RaceLock @lock, RaceWriter? holder)
    {
        if (@lock == RaceLock.Fixmap)
        {
            locks.Fixmap = holder;
        }
        else
        {
            locks.Root = holder;
        }
    }
}

/// <summary>A CPU whose accesses wait at a gate.</summary>
internal readonly unsafe struct ReplayCpu(ReplayGate gate) : ICpu
{
    public Descriptor Load(in TableWindow table, int index)
    {
        Descriptor* entry = gate.Entry(table, index);
        return entry != null ? *entry : default;
    }

    public void Store(in TableWindow table, int index, Descriptor value) => gate.Store(table, index, value);

    public void StoreRun(in TableWindow table, int index, int count, Descriptor first, ulong step)
    {
        for (int i = 0; i < count; i++)
        {
            gate.Store(table, index + i, new Descriptor(first.Raw + ((ulong)i * step)));
        }
    }

    public void Clear(in TableWindow table, int bytes)
    {
        // Not an entry: the lock over the entries is not taken for it.
        Descriptor* first = gate.Entry(table, -1);
        if (first != null)
        {
            new Span<ulong>(first + 1, bytes / sizeof(ulong)).Clear();
        }
    }

    public void Execute(MaintenanceKind kind, MaintenanceTarget target)
    {
        if (kind == MaintenanceKind.Isb)
        {
            gate.Isb();
        }
    }

    public void OnUnmapped(TableSlot slot, VirtualAddress address) => gate.Unmapped(slot);

    public void OnMapped(in TableWindow window)
    {
    }
}
