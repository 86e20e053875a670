using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Checking;

/// <summary>One run of a writer from its start: the steps that it has made are answered as they were then, and the first one beyond them is kept.</summary>
/// <remarks>
/// <para>A writer is a function of what it read. So it need not be stopped and resumed: it is run again, told the same, and is then where it was.
/// Behind the kept step every load reads 0 and nothing counts, until the engine comes to its end by itself.</para>
/// <para>Here the locks are, which are not in the engine: taken and given back at the operations that <see cref="FixmapLock"/> names.</para>
/// </remarks>
internal sealed class RaceRun
{
    private readonly RaceMachine _machine;
    private readonly PhysicalAddress _pages;
    private readonly IReadOnlyList<ulong> _answers;
    private readonly List<RaceOperation> _after = [];
    private readonly bool _hasPudSlot;
    private int _answered;
    private bool _holdsFixmap;
    private bool _fixmapEnds;
    private bool _rootEnds;

    /// <summary>Prepares a run.</summary>
    /// <param name="machine">The kernel.</param>
    /// <param name="pages">The first of the pages that this writer's tables are taken from.</param>
    /// <param name="answers">What each step that was made read; anything, where it read nothing.</param>
    public RaceRun(RaceMachine machine, PhysicalAddress pages, IReadOnlyList<ulong> answers)
    {
        _machine = machine;
        _pages = pages;
        _answers = answers;

        // Where there are no PUD tables below the root (three levels, or folded), alloc_init_pud loops over the root's entries.
        TableGeometry geometry = machine.Settings.Geometry;
        _hasPudSlot = geometry.RootLevel < 1 && !geometry.IsFolded(1);
    }

    /// <summary>The first step beyond those that were answered, or null when the writer has ended.</summary>
    public RaceOperation? Next { get; private set; }

    /// <summary>What followed the last answered step and is no step.</summary>
    public IReadOnlyList<RaceOperation> After => _after;

    /// <summary>How many pages were taken up to <see cref="Next"/>.</summary>
    public int Pages { get; private set; }

    /// <summary>Why the engine stopped before <see cref="Next"/>, if it did.</summary>
    public MapFailure Failure { get; private set; }

    private FixmapLock Place => _machine.FixmapLock;

    /// <summary>Before the writer's first operation.</summary>
    public void Begin()
    {
        if (Place == FixmapLock.WholeWalk)
        {
            TakeFixmap();
        }
    }

    /// <summary>Behind its last one.</summary>
    public void End(MapFailure failure)
    {
        if (Next is null)
        {
            Failure = failure;
        }

        if (_holdsFixmap && Failure.Code == FailureCode.None)
        {
            _ = Step(new RaceOperation { Kind = RaceOperationKind.ReleaseLock, Lock = RaceLock.Fixmap });
        }
    }

    public Descriptor Load(in TableWindow table, int index)
    {
        BeforeEntry(table.Slot);
        return new Descriptor(Step(Entry(RaceOperationKind.Load, table, index, default)));
    }

    public void Store(in TableWindow table, int index, Descriptor value)
    {
        if (table.Table != _machine.SlotTable)
        {
            BeforeEntry(table.Slot);
            _ = Step(Entry(RaceOperationKind.Store, table, index, value));
            return;
        }

        TableSlot slot = _machine.SlotOf(index);
        if (value.IsValid && slot == TableSlot.Pgd)
        {
            _ = Step(new RaceOperation { Kind = RaceOperationKind.TakeLock, Lock = RaceLock.Root });
        }
        else if (value.IsValid && slot == TableSlot.Pud && Place == FixmapLock.PudWindow)
        {
            TakeFixmap();
        }

        _ = Step(Entry(RaceOperationKind.Store, table, index, value) with { Slot = slot, IsSlotEntry = true });
    }

    public void Clear(in TableWindow table) => _ = Step(Entry(RaceOperationKind.Clear, table, 0, default));

    public PhysicalAddress Allocate(int level)
    {
        PhysicalAddress page = _pages + ((ulong)Pages * _machine.Settings.Geometry.PageSize);
        if (Next is null)
        {
            Pages++;
            _after.Add(new RaceOperation { Kind = RaceOperationKind.Allocate, Level = level, Table = page });
        }

        return page;
    }

    public void Isb()
    {
        Follow(new RaceOperation { Kind = RaceOperationKind.Isb });
        if (_fixmapEnds)
        {
            (_fixmapEnds, _holdsFixmap) = (false, false);
            _ = Step(new RaceOperation { Kind = RaceOperationKind.ReleaseLock, Lock = RaceLock.Fixmap });
        }

        if (_rootEnds)
        {
            _rootEnds = false;
            _ = Step(new RaceOperation { Kind = RaceOperationKind.ReleaseLock, Lock = RaceLock.Root });
        }
    }

    public void Mapped(in TableWindow window) => Follow(Entry(RaceOperationKind.Mapped, window, 0, default));

    public void Unmapped(TableSlot slot, VirtualAddress address)
    {
        Follow(new RaceOperation { Kind = RaceOperationKind.Unmapped, Slot = slot, Address = address });

        // The lock is given back behind clear_fixmap, whose last instruction is an ISB.
        _fixmapEnds |= slot == TableSlot.Pud && _holdsFixmap && Place is FixmapLock.PudWindow or FixmapLock.PudEntries;
        _rootEnds |= slot == TableSlot.Pgd;
    }

    /// <summary>An operation that is no step.</summary>
    public void Follow(RaceOperation operation)
    {
        if (Next is null)
        {
            _after.Add(operation);
        }
    }

    private static RaceOperation Entry(RaceOperationKind kind, in TableWindow table, int index, Descriptor value) => new()
    {
        Kind = kind,
        Slot = table.Slot,
        Level = table.Level,
        Table = table.Table,
        Address = table.Slot == TableSlot.None ? default : table.Address, // Without a slot it is where this program has the table.
        Index = index,
        Value = value,
    };

    private void BeforeEntry(TableSlot slot)
    {
        bool locks = _hasPudSlot
            ? Place == FixmapLock.PudEntries && slot == TableSlot.Pud
            : Place is FixmapLock.PudWindow or FixmapLock.PudEntries;
        if (locks && !_holdsFixmap)
        {
            TakeFixmap();
        }
    }

    private void TakeFixmap()
    {
        _holdsFixmap = true;
        _ = Step(new RaceOperation { Kind = RaceOperationKind.TakeLock, Lock = RaceLock.Fixmap });
    }

    private ulong Step(RaceOperation operation)
    {
        if (_answered < _answers.Count)
        {
            _after.Clear();
            return _answers[_answered++];
        }

        Next ??= operation;
        return 0;
    }
}
