using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Booting;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Boot;

/// <summary>What one creation of the map did.</summary>
internal struct CreationResult
{
    /// <summary>Why and where it stopped, when it did.</summary>
    public MapFailure Failure;

    /// <summary>The maintenance operations executed.</summary>
    public OperationCounts Counts;

    /// <summary>Tables, visits, entries.</summary>
    public TableStatistics Statistics;

    /// <summary>The counters.</summary>
    public Stopwatch Watch;
}

/// <summary>Executes the plan with one strategy, timed. The strategy is chosen once; each is compiled to its own code.</summary>
/// <typeparam name="TGranule">The granule.</typeparam>
internal static unsafe class Creation<TGranule>
    where TGranule : struct, IGranule
{
    /// <summary>Runs one creation from memory that is free and dirty, below an empty root.</summary>
    public static void Run(in Bench bench, BootStrategy strategy, ref CreationResult result)
    {
        fixed (Bench* place = &bench)
        {
            CreationWork work = new(place, result);
            StrategyDispatch<CreationWork, ImageMemory, Yes>.Run<TGranule>(
                ref work, BootStrategies.Switches(strategy), bench.Tables.Fixmap, bench.HasRangeInvalidation);
            result = work.Result;
        }
    }

    // A creation, once its types are chosen.
    private struct CreationWork : IStrategyWork
    {
        private readonly Bench* _bench;
        private PlanTables<ImageMemory, ImageIdentity> _tables;

        public CreationWork(Bench* bench, in CreationResult result)
        {
            _bench = bench;
            Result = result;
            _tables = TablesOf(*bench);
        }

        public CreationResult Result;

        public void Run<TOfWork, TStrategy, TAccess>(TAccess access)
            where TOfWork : struct, IGranule
            where TStrategy : struct, IStrategy
            where TAccess : struct, ITableAccess
        {
            CountingCpu<El1Cpu> cpu = new(_bench->Cpu);
            Begin(ref Result);
            Build<TStrategy, TAccess>(*_bench, access, ref _tables, ref cpu, ref Result);
            End(ref Result);
            Result.Counts = cpu.Counts;
        }

        public void RunDirectly<TOfWork, TStrategy>()
            where TOfWork : struct, IGranule
            where TStrategy : struct, IStrategy
        {
            CountingCpu<El1Cpu> cpu = new(_bench->Cpu);
            ReservePageAllocator temporary = _bench->Tables.Rest;
            _ = temporary.Allocate(0, out PhysicalAddress root);
            _tables.TemporaryRoot = root;
            Begin(ref Result);
            if (Premap<CountingCpu<El1Cpu>>.TryInstall(*_bench, ref cpu, out Result.Failure))
            {
                Build<TStrategy, DirectAccess<ImageMemory>>(*_bench, new DirectAccess<ImageMemory>(new ImageMemory(_bench->Info.Offset), default), ref _tables, ref cpu, ref Result);
                TemporaryMap.Remove(ref cpu);
            }

            End(ref Result);
            Result.Counts = cpu.Counts;
        }
    }

    private static void Begin(ref CreationResult result)
    {
        result.Watch.Start();
        Instructions.CreationStart();
    }

    private static void End(ref CreationResult result)
    {
        Instructions.CreationEnd();
        result.Watch.Stop();
    }

    private static PlanTables<ImageMemory, ImageIdentity> TablesOf(in Bench bench)
    {
        TableTree<ImageMemory> tree = new(new ImageMemory(bench.Info.Offset), bench.Regime.Geometry, bench.Regime.Format);
        FixmapLayout slots = bench.Tables.Fixmap.Layout;
        return new PlanTables<ImageMemory, ImageIdentity>(tree, new ImageIdentity(bench.Info.Offset))
        {
            Root = bench.Tables.BuiltRoot,
            LiveRoot = bench.Tables.LiveRoot,
            IdentityRoot = bench.Tables.BuiltIdentityRoot,
            SwitchRoot = bench.Tables.IdentityRoot,
            Slots = slots.Address(slots.PteIndex),
        };
    }

    private static void Build<TStrategy, TAccess>(
        in Bench bench, TAccess access, ref PlanTables<ImageMemory, ImageIdentity> tables, ref CountingCpu<El1Cpu> cpu, ref CreationResult result)
        where TStrategy : struct, IStrategy
        where TAccess : struct, ITableAccess
    {
        ImageMemory memory = new(bench.Info.Offset);
        TableWindow root = Fixmap<ImageMemory>.Static(ref memory, bench.Tables.BuiltRoot, bench.Regime.Geometry.RootLevel);
        EarlyPageAllocator allocator = new(bench.Space.Working, bench.Regime.Geometry.PageSize);
        LinearMapBuilder<TGranule, TStrategy, TAccess, EarlyPageAllocator, CountingCpu<El1Cpu>> builder =
            new(bench.Settings, root, access, allocator, cpu);
        bool done = true;
        for (int i = 0; done && i < bench.StepCount; i++)
        {
            done = builder.TryStep(bench.Space.Steps[i], ref tables, out result.Failure);
        }

        cpu = builder.Cpu;
        result.Statistics = builder.Statistics;
    }

    /// <summary>The temporary map of all memory that may be mapped, in the lower half.</summary>
    /// <typeparam name="TCpu">What executes the work.</typeparam>
    internal static class Premap<TCpu>
        where TCpu : struct, ICpu
    {
        /// <summary>Builds and installs it; <see cref="TemporaryMap.Remove"/> takes it away.</summary>
        public static bool TryInstall(in Bench bench, ref TCpu cpu, out MapFailure failure) => TemporaryMap.TryInstall<TGranule, ImageMemory, TCpu>(
            ref cpu,
            new ImageMemory(bench.Info.Offset),
            bench.Settings,
            *bench.Space.Blocks,
            Protection.Create(ProtectionKind.KernelTagged, notGlobal: false, bench.Regime.Format.IsLpa2),
            bench.Tables.Rest,
            bench.Info.Offset,
            out _,
            out failure);
    }
}
