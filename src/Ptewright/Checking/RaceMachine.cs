using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Checking;

/// <summary>A kernel whose linear map stands, with little memory, and the engine as its late writers run it.</summary>
internal sealed unsafe class RaceMachine : IDisposable
{
    // More than a walk of one page needs: one a level.
    private const ulong PagesPerWriter = 8;
    private const ulong MemoryAt = 1UL << 30;

    private readonly LinearMapSimulation _boot;
    private readonly StrategyOptions _strategy;
    private readonly Fixmap<HostMemory> _fixmap;
    private readonly PhysicalAddress _pages;

    /// <summary>Boots.</summary>
    /// <exception cref="InvalidInputException">The kernel has no such configuration, or does not run on that CPU.</exception>
    /// <exception cref="MapFailureException">The engine stopped.</exception>
    public RaceMachine(RaceOptions options)
    {
        FixmapLock = options.FixmapLock;
        _strategy = options.Strategy.Options;

        // Half of what one PTE table maps: the other half is where later memory finds every table.
        int pageShift = (int)options.Config.Granule;
        ulong size = 1UL << (pageShift + pageShift - 3 - 1);
        KernelMachine machine = new(
            MemoryLayout.OfRange(new PhysicalAddress(MemoryAt), size), options.Cpu, options.Config, KernelCommandLine.Parse("nokaslr"));
        Plan = options.Profile.Plan(machine, KernelScope.MapMem).Plan;
        TableSettings boot = Plan.Settings;

        // By now the root is read-only in each of them.
        Settings = new TableSettings(boot.Geometry, boot.Format, boot.TableBits, boot.ChangeSafety, rootThroughSlot: true);
        _boot = new LinearMapSimulation(Plan, options.Cpu.HasRangeInvalidation);
        _ = _boot.Build(options.Profile.Strategy.Options);
        _fixmap = _boot.Fixmap!.Value;

        // The writers' pages are the last free ones: memory that was added earlier has taken the first.
        ulong page = Settings.Geometry.PageSize;
        _ = _boot.Left!.Blocks->TryFindFree(new PhysicalAddress(ulong.MaxValue), 4 * PagesPerWriter * page, out _, out PhysicalAddress free);
        _pages = free.AlignDown(page) - (2 * PagesPerWriter * page);
        AddEarlier(Math.Min(boot.Format.AddressBits, options.Cpu.PhysicalAddressBits));
        Start = new RaceMemory(_boot.Memory, page);
    }

    /// <summary>What was mapped at boot.</summary>
    public MapRequest Boot => Plan.Requests[0];

    /// <summary>A page of memory that was added before the writers start, as far as possible from boot's.</summary>
    /// <remarks>No table of its walk but the root is one of boot's. Where no second root entry can be had, it is one of the next level, and so on.</remarks>
    public VirtualAddress Earlier { get; private set; }

    /// <summary>What was built at boot.</summary>
    public LinearMapPlan Plan { get; }

    /// <summary>What the kernel decides about its tables by now.</summary>
    public TableSettings Settings { get; }

    /// <summary>Where the lock over the fixmap slots is held.</summary>
    public FixmapLock FixmapLock { get; }

    /// <summary>The memory before the writers start.</summary>
    public RaceMemory Start { get; }

    /// <summary>Where the kernel's root lies.</summary>
    public PhysicalAddress Root => _boot.Root;

    /// <summary>The table that holds the slots.</summary>
    public PhysicalAddress SlotTable => _fixmap.SlotTable;

    /// <summary>Which slot's entry has this index; <see cref="TableSlot.None"/> for those of the lazy strategy.</summary>
    public TableSlot SlotOf(int index)
    {
        foreach (TableSlot slot in (ReadOnlySpan<TableSlot>)[TableSlot.Pte, TableSlot.Pmd, TableSlot.Pud, TableSlot.P4d, TableSlot.Pgd])
        {
            if (_fixmap.Layout.Index(slot) is var number and not 0 && EntryOf(_fixmap.Layout.Address(number)) == index)
            {
                return slot;
            }
        }

        return TableSlot.None;
    }

    /// <summary>Where the entry lies that maps the slot at <paramref name="address"/>.</summary>
    public PhysicalAddress SlotEntry(VirtualAddress address) => SlotTable + ((ulong)EntryOf(address) * sizeof(ulong));

    /// <summary>The page that a writer takes as its <paramref name="index"/>th.</summary>
    public PhysicalAddress Page(RaceWriter writer, int index) =>
        _pages + ((((ulong)writer * PagesPerWriter) + (ulong)index) * Settings.Geometry.PageSize);

    /// <summary>Runs a writer from its start, through the steps that are answered, to the next one.</summary>
    public RaceRun Run(RaceTask task, RaceWriter writer, IReadOnlyList<ulong> answers)
    {
        RaceRun run = new(this, Page(writer, 0), answers);
        run.Begin();
        WriterWork work = new(this, task, run);
        StrategyDispatch<WriterWork, HostMemory, No>.Run(
            ref work, Settings.Geometry.Granule, _strategy.Switches & ~StrategySwitches.ReachDirectly, _fixmap, _boot.HasRangeInvalidation);
        run.End(work.Failure);
        return run;
    }

    /// <inheritdoc/>
    public void Dispose() => _boot.Dispose();

    private void AddEarlier(int physicalAddressBits)
    {
        TableGeometry geometry = Settings.Geometry;
        LateSimulation late = new(_boot, new LateOptions(_strategy, MapFlags.NoBlock | MapFlags.NoContiguous));
        for (int level = geometry.WalkRootLevel; level < 3; level++)
        {
            // The first and second entry behind boot's are for memory that is added later.
            ulong entry = 1UL << geometry.Shift(level);
            VirtualAddress address = new((Boot.Virtual.Value & ~(entry - 1)) + (3 * entry));
            PhysicalAddress physical = Boot.Physical + (address.Value - Boot.Virtual.Value);
            if (address > Boot.Virtual && address < geometry.PageEnd && (physical.Value >> physicalAddressBits) == 0)
            {
                _ = late.HotAdd(physical, geometry.PageSize, Reach.Fixmap);
                Earlier = address;
                return;
            }
        }
    }

    private int EntryOf(VirtualAddress address) =>
        (int)(address.Value >> Settings.Geometry.PageShift) & (Settings.Geometry.EntriesPerTable - 1);

    private MapFailure Write<TGranule, TStrategy, TAccess>(RaceTask task, RaceRun run, TAccess access)
        where TGranule : struct, IGranule
        where TStrategy : struct, IStrategy
        where TAccess : struct, ITableAccess
    {
        TableWindow root = _boot.Tree().Root(Root);
        MapFailure failure;
        if (task.Work == RaceWork.AddMemory)
        {
            LinearMapBuilder<TGranule, TStrategy, TAccess, RaceAllocator, RaceCpu> adder = new(Settings, root, access, new(run), new(run));
            _ = adder.TryAddMemory(task.Request, out failure);
            return failure;
        }

        LinearMapBuilder<TGranule, TStrategy, TAccess, NoAllocator, RaceCpu> changer = new(Settings, root, access, default, new(run));
        _ = changer.TryChangeProtection(task.Request, out failure);
        return failure;
    }

    // A writer's run, once its types are chosen.
    private struct WriterWork(RaceMachine machine, RaceTask task, RaceRun run) : IStrategyWork
    {
        public MapFailure Failure;

        public void Run<TGranule, TStrategy, TAccess>(TAccess access)
            where TGranule : struct, IGranule
            where TStrategy : struct, IStrategy
            where TAccess : struct, ITableAccess => Failure = machine.Write<TGranule, TStrategy, TAccess>(task, run, access);

        // Races are about slots: options without them are refused before.
        public readonly void RunDirectly<TGranule, TStrategy>()
            where TGranule : struct, IGranule
            where TStrategy : struct, IStrategy => throw new InvalidOperationException("A writer without slots has nothing to race for.");
    }
}
