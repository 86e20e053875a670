using Ptewright.Access;
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

/// <summary>Creates the linear map with one strategy, timed. The strategy is chosen once; each is compiled to its own code.</summary>
/// <typeparam name="TGranule">The granule.</typeparam>
internal static unsafe class Creation<TGranule>
    where TGranule : struct, IGranule
{
    /// <summary>Runs one creation from memory that is free and dirty, below an empty root.</summary>
    public static void Run(in Bench bench, BootStrategy strategy, ref CreationResult result)
    {
        ImageMemory memory = new(bench.Info.Offset);
        FixmapAccess<ImageMemory> fixmap = new(bench.Tables.Fixmap);
        switch (strategy)
        {
            case BootStrategy.Baseline:
                Time<Strategy<Yes, Yes, Yes>, FixmapAccess<ImageMemory>>(bench, fixmap, ref result);
                break;
            case BootStrategy.MapOnce:
                Time<Strategy<Yes, No, Yes>, FixmapAccess<ImageMemory>>(bench, fixmap, ref result);
                break;
            case BootStrategy.BatchBarriers:
                Time<Strategy<Yes, No, No>, FixmapAccess<ImageMemory>>(bench, fixmap, ref result);
                break;
            case BootStrategy.SingleMap:
                Time<Strategy<No, No, No>, FixmapAccess<ImageMemory>>(bench, fixmap, ref result);
                break;
            case BootStrategy.LazyUnmap:
                LazyFixmapAccess<ImageMemory> lazy = new(bench.Tables.Fixmap, bench.Regime.Geometry.Granule, bench.HasRangeInvalidation);
                Time<Strategy<No, No, No>, LazyFixmapAccess<ImageMemory>>(bench, lazy, ref result);
                break;
            default:
                TimePremapped(bench, new DirectAccess<ImageMemory>(memory, default), ref result);
                break;
        }
    }

    private static void Time<TStrategy, TAccess>(in Bench bench, TAccess access, ref CreationResult result)
        where TStrategy : struct, IStrategy
        where TAccess : struct, ITableAccess
    {
        CountingCpu<El1Cpu> cpu = new(bench.Cpu);
        Begin(ref result);
        Build<TStrategy, TAccess>(bench, access, ref cpu, ref result);
        End(ref result);
        result.Counts = cpu.Counts;
    }

    private static void TimePremapped(in Bench bench, DirectAccess<ImageMemory> access, ref CreationResult result)
    {
        CountingCpu<El1Cpu> cpu = new(bench.Cpu);
        Begin(ref result);
        if (Premap<CountingCpu<El1Cpu>>.TryInstall(bench, ref cpu, out result.Failure))
        {
            Build<Strategy<No, No, No>, DirectAccess<ImageMemory>>(bench, access, ref cpu, ref result);
            TemporaryMap.Remove(ref cpu);
        }

        End(ref result);
        result.Counts = cpu.Counts;
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

    private static void Build<TStrategy, TAccess>(in Bench bench, TAccess access, ref CountingCpu<El1Cpu> cpu, ref CreationResult result)
        where TStrategy : struct, IStrategy
        where TAccess : struct, ITableAccess
    {
        ImageMemory memory = new(bench.Info.Offset);
        TableWindow root = Fixmap<ImageMemory>.Static(ref memory, bench.Tables.BuiltRoot, bench.Regime.Geometry.RootLevel);
        EarlyPageAllocator allocator = new(bench.Space.Working, bench.Regime.Geometry.PageSize);
        LinearMapBuilder<TGranule, TStrategy, TAccess, EarlyPageAllocator, CountingCpu<El1Cpu>> builder =
            new(bench.Settings, root, access, allocator, cpu);
        bool done = true;
        for (int i = 0; done && i < bench.RequestCount; i++)
        {
            done = builder.TryMap(bench.Space.Requests[i], out result.Failure);
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
