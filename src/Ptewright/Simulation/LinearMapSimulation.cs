using System.Diagnostics;
using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Images;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Simulation;

/// <summary>Builds one plan's tables in simulated memory, as often as wanted, each time from the same dirty memory.</summary>
/// <remarks>
/// The tables of the image lie outside the machine's memory: the root that is built, the root that is live meanwhile with the fixmap's own tables,
/// and the reserve of <c>premapped</c>. So the final tables lie where the allocator puts them, whatever the strategy.
/// </remarks>
public sealed unsafe class LinearMapSimulation : IDisposable
{
    private readonly LinearMapPlan _plan;
    private readonly TableGeometry _geometry;
    private readonly PhysicalAddress _image;
    private readonly PhysicalAddress _reserve;
    private readonly PhysicalAddress _imageEnd;
    private readonly bool _hasRangeInvalidation;
    private Fixmap<HostMemory>? _fixmap;
    private MemoryLayout? _left;

    /// <summary>Prepares the memory for <paramref name="plan"/>.</summary>
    /// <param name="plan">What to build.</param>
    /// <param name="hasRangeInvalidation">Whether the CPU has FEAT_TLBIRANGE, which <c>lazy-unmap</c> uses.</param>
    /// <exception cref="InvalidInputException">The tables take more memory than this computer has (<see cref="SimulationMemory"/>).</exception>
    public LinearMapSimulation(LinearMapPlan plan, bool hasRangeInvalidation = true)
    {
        _plan = plan;
        _geometry = plan.Settings.Geometry;
        _hasRangeInvalidation = hasRangeInvalidation;
        SimulationMemory.Require(plan);

        // Built root, live root, one fixmap table a level, then the reserve: below memory if there is room, else above.
        ulong page = _geometry.PageSize;
        ulong imageBytes = page * (ulong)(2 + _geometry.Levels);
        ulong reserveBytes = page * TemporaryMap.PagesFor(*plan.Memory.Blocks, TemporaryMap.GeometryFor(_geometry.Granule, *plan.Memory.Blocks));
        ulong below = plan.Memory.Start.AlignDown(SparseMemory.ChunkSize).Value;
        bool fits = below > imageBytes + reserveBytes + page;
        _image = fits
            ? new PhysicalAddress(below - imageBytes - reserveBytes).AlignDown(page)
            : plan.Memory.End.AlignUp(SparseMemory.ChunkSize);
        _reserve = _image + imageBytes;
        _imageEnd = _reserve + reserveBytes;
        Memory = fits ? new SparseMemory(_image, plan.Memory.End) : new SparseMemory(plan.Memory.Start, _imageEnd);
    }

    /// <summary>The simulated memory.</summary>
    internal SparseMemory Memory { get; }

    /// <summary>Where the built root lies.</summary>
    public PhysicalAddress Root => _plan.Root ?? _image;

    /// <summary>Where the root lies that the CPU uses while the other one is built.</summary>
    public PhysicalAddress LiveRoot => _image + _geometry.PageSize;

    /// <summary>The table that holds the fixmap's slots: the last of the fixmap's, one for each level below the root that is not folded.</summary>
    public PhysicalAddress SlotTable =>
        FixmapTables + (_geometry.PageSize * (ulong)((_geometry.FoldedLevel == TableGeometry.NoLevel ? _geometry.Levels : _geometry.Levels - 1) - 2));

    // Behind the two roots; where a root that is built aside gets them too, they lie where the plan says.
    private PhysicalAddress FixmapTables => _plan.FixmapTables ?? _image + (2 * _geometry.PageSize);

    /// <summary>Builds the tables with a strategy and counts every operation.</summary>
    /// <param name="strategy">The switches.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="stop">Ends the work, with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="MapFailureException">The engine stopped.</exception>
    /// <exception cref="ArgumentException">The combination of switches makes no sense.</exception>
    public BuildResult Build(StrategyOptions strategy, IProgress<WorkProgress>? progress = null, CancellationToken stop = default)
    {
        BuildResult result = Build(strategy, new CountingCpu<VectorCpu>(default), out CountingCpu<VectorCpu> cpu, progress, stop);
        return result with { Counts = cpu.Counts };
    }

    /// <summary>Builds the tables with a strategy on a CPU of the caller's: a recording one, a checking one.</summary>
    /// <typeparam name="TCpu">What executes the work.</typeparam>
    /// <param name="strategy">The switches.</param>
    /// <param name="cpu">What executes the work.</param>
    /// <param name="after">The same, with what it counted or recorded.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="stop">Ends the work, with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="MapFailureException">The engine stopped.</exception>
    /// <exception cref="ArgumentException">The combination of switches makes no sense.</exception>
    internal BuildResult Build<TCpu>(
        StrategyOptions strategy, TCpu cpu, out TCpu after, IProgress<WorkProgress>? progress = null, CancellationToken stop = default)
        where TCpu : struct, ICpu
    {
        if (strategy.Objection is { } reason)
        {
            throw new ArgumentException(reason, nameof(strategy));
        }

        Memory.Dirty();
        Fixmap<HostMemory> fixmap = PrepareImage();
        (_fixmap, _left) = (null, null);

        // Allocation reserves what it gives: on a copy, so that every build finds the same memory.
        MemoryLayout memory = _plan.Memory.Clone();
        StoppableAllocator allocator = new(new EarlyPageAllocator(memory.Blocks, _geometry.PageSize), stop);
        BuildWork<TCpu> work = new(this, allocator, [.. _plan.Steps], cpu, progress);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long started = Stopwatch.GetTimestamp();
        StrategyDispatch<BuildWork<TCpu>, HostMemory, No>.Run(ref work, _geometry.Granule, strategy.Switches, fixmap, _hasRangeInvalidation);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (work.Failure.Code == FailureCode.None)
        {
            (_fixmap, _left) = (fixmap, memory);
        }

        after = work.Cpu;
        GC.KeepAlive(memory);
        GC.KeepAlive(Memory);
        if (work.Failure.Code == FailureCode.Stopped)
        {
            stop.ThrowIfCancellationRequested();
        }

        return work.Failure.Code == FailureCode.None
            ? new BuildResult(default, work.Statistics, work.TemporaryTables, Root, elapsed, allocated)
            : throw new MapFailureException(work.Failure);
    }

    /// <summary>The digest of the tables that the last build left.</summary>
    public TableDigest Digest() => Digest(out _);

    /// <summary>The digest of the tables that the last build left.</summary>
    /// <param name="tables">How many tables it covers, the root included.</param>
    public TableDigest Digest(out ulong tables)
    {
        using SimulationImage image = new(Memory, new ImageRegisters());
        return BuiltTables.Digest(image, BuiltRoot, out tables);
    }

    /// <summary>Every leaf of the tables that the last build left, in ascending order of virtual address.</summary>
    internal IReadOnlyList<Leaf> Leaves()
    {
        using SimulationImage image = new(Memory, new ImageRegisters());
        return BuiltTables.Leaves(image, BuiltRoot);
    }

    /// <inheritdoc/>
    public void Dispose() => Memory.Dispose();

    /// <summary>What is built.</summary>
    internal LinearMapPlan Plan => _plan;

    /// <summary>Whether the CPU has FEAT_TLBIRANGE.</summary>
    internal bool HasRangeInvalidation => _hasRangeInvalidation;

    /// <summary>The fixmap of the last build, if there was one.</summary>
    internal Fixmap<HostMemory>? Fixmap => _fixmap;

    /// <summary>The memory as the last build left it, its tables reserved.</summary>
    internal MemoryLayout? Left => _left;

    /// <summary>Where the image's tables lie, which are always reachable: both roots, the fixmap's tables, the reserve.</summary>
    internal (PhysicalAddress Start, PhysicalAddress End) Image => (_image, _imageEnd);

    /// <summary>Called after each step of a build, for a watcher that wants to know where one call ends and the next begins.</summary>
    internal Action<PlanStep>? StepDone { get; set; }

    /// <summary>How the built root is read.</summary>
    private TranslationRoot BuiltRoot => BuiltTables.RootOf(_geometry, _plan.Settings.Format, Root);

    internal TableTree<HostMemory> Tree() => new(Memory.View, _geometry, _plan.Settings.Format);

    private MapFailure RunPremapped<TGranule, TStrategy, TCpu>(
        StoppableAllocator allocator, PlanStep[] steps, IProgress<WorkProgress>? progress, ref TCpu cpu, out TableStatistics statistics, out ulong temporaryTables)
        where TGranule : struct, IGranule
        where TStrategy : struct, IStrategy
        where TCpu : struct, ICpu
    {
        ReservePageAllocator reserve = new(_reserve, _imageEnd, _geometry.PageSize);
        statistics = default;
        bool installed = TemporaryMap.TryInstall<TGranule, HostMemory, TCpu>(
            ref cpu,
            Memory.View,
            _plan.Settings,
            *_plan.Memory.Blocks,
            Protection.Create(ProtectionKind.KernelTagged, notGlobal: false, _plan.Settings.Format.IsLpa2),
            reserve,
            default,
            out TableStatistics temporary,
            out MapFailure failure);
        temporaryTables = temporary.Tables + 1;
        if (installed)
        {
            failure = Run<TGranule, TStrategy, DirectAccess<HostMemory>, TCpu>(new(Memory.View, default), allocator, steps, progress, ref cpu, out statistics);
            TemporaryMap.Remove(ref cpu);
        }

        return failure;
    }

    private MapFailure Run<TGranule, TStrategy, TAccess, TCpu>(
        TAccess access, StoppableAllocator allocator, PlanStep[] steps, IProgress<WorkProgress>? progress, ref TCpu cpu, out TableStatistics statistics)
        where TGranule : struct, IGranule
        where TStrategy : struct, IStrategy
        where TAccess : struct, ITableAccess
        where TCpu : struct, ICpu
    {
        PlanTables<HostMemory, CodeAnywhere> tables = new(Tree(), default)
        {
            Root = Root,
            LiveRoot = LiveRoot,
            IdentityRoot = _plan.IdentityRoot ?? default,
            SwitchRoot = LiveRoot,
            SwitchResizesLowerHalf = _plan.IdentityResizesLowerHalf,
            TemporaryRoot = typeof(TAccess) == typeof(DirectAccess<HostMemory>) ? _reserve : default,
            Slots = _plan.Fixmap.Address(_plan.Fixmap.PteIndex),
        };
        LinearMapBuilder<TGranule, TStrategy, TAccess, StoppableAllocator, TCpu> builder =
            new(_plan.Settings, Tree().Root(Root), access, allocator, cpu);
        MapFailure failure = default;
        for (int i = 0; i < steps.Length; i++)
        {
            ref readonly PlanStep step = ref steps[i];
            progress?.Report(new WorkProgress("building", i, steps.Length));
            if (!builder.TryStep(step, ref tables, out failure))
            {
                break;
            }

            StepDone?.Invoke(step);
        }

        (cpu, statistics) = (builder.Cpu, builder.Statistics);
        return failure;
    }

    // What the kernel image brings: two empty roots and the fixmap's tables, linked into the live one.
    private Fixmap<HostMemory> PrepareImage()
    {
        TableTree<HostMemory> tree = Tree();
        SilentCpu silent = default;
        TableWindow live = tree.Root(LiveRoot);
        silent.Clear(tree.Root(Root), (int)_geometry.PageSize);
        if (_plan.IdentityRoot is { } identity)
        {
            silent.Clear(tree.Root(identity), (int)_geometry.PageSize);
        }

        silent.Clear(live, (int)_geometry.PageSize);

        ReservePageAllocator tables = new(FixmapTables, FixmapTables + ((ulong)_geometry.Levels * _geometry.PageSize), _geometry.PageSize);
        FailureCode code = Fixmap<HostMemory>.TryCreate(
            ref silent,
            Memory.View,
            _geometry,
            _plan.Settings.Format,
            _plan.Fixmap,
            _plan.WindowProtection,
            live,
            ref tables,
            DescriptorBits.TypeTable,
            out Fixmap<HostMemory> fixmap);
        return code == FailureCode.None ? fixmap : throw new MapFailureException(new MapFailure(code, default, _geometry.RootLevel, default));
    }

    // A build, once its types are chosen.
    private struct BuildWork<TCpu>(
        LinearMapSimulation simulation, StoppableAllocator allocator, PlanStep[] steps, TCpu cpu, IProgress<WorkProgress>? progress) : IStrategyWork
        where TCpu : struct, ICpu
    {
        public TCpu Cpu = cpu;
        public TableStatistics Statistics;
        public ulong TemporaryTables;
        public MapFailure Failure;

        public void Run<TGranule, TStrategy, TAccess>(TAccess access)
            where TGranule : struct, IGranule
            where TStrategy : struct, IStrategy
            where TAccess : struct, ITableAccess =>
            Failure = simulation.Run<TGranule, TStrategy, TAccess, TCpu>(access, allocator, steps, progress, ref Cpu, out Statistics);

        public void RunDirectly<TGranule, TStrategy>()
            where TGranule : struct, IGranule
            where TStrategy : struct, IStrategy =>
            Failure = simulation.RunPremapped<TGranule, TStrategy, TCpu>(allocator, steps, progress, ref Cpu, out Statistics, out TemporaryTables);
    }
}
