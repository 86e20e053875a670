using System.Diagnostics;
using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Cli.Commands.Bench;

/// <summary>One size of the scaling run.</summary>
/// <param name="MemoryBytes">The memory that was mapped.</param>
/// <param name="Tables">Tables made.</param>
/// <param name="Pages">Level-3 entries written.</param>
/// <param name="Tlbi">Invalidations counted.</param>
/// <param name="Milliseconds">The time of one build.</param>
/// <param name="Recycled">Whether level-3 tables were overwritten because there were more than the memory kept for them.</param>
internal sealed record ScalingPoint(ulong MemoryBytes, ulong Tables, ulong Pages, ulong Tlbi, double Milliseconds, bool Recycled)
{
    /// <summary>The time for one table, in nanoseconds: the same at every size when cost grows linearly.</summary>
    public double NanosecondsPerTable => Milliseconds * 1e6 / Tables;
}

/// <summary>Builds ever larger linear maps of single 4K pages with <c>single-map</c>, counting on, up to far more than this machine's memory.</summary>
/// <remarks>Level-3 tables are written, counted and, beyond 1 GiB of them, reused. Small sizes are built several times over fresh pages, so that every size writes to
/// main memory and not to the cache.</remarks>
internal static class ScalingBenchmark
{
    private const ulong RingBytes = 1UL << 30;

    /// <summary>Builds each of <paramref name="sizes"/> (bytes of memory, multiples of 1 GiB) and reports each when it is done.</summary>
    public static IEnumerable<ScalingPoint> Run(IEnumerable<ulong> sizes)
    {
        FixmapLayout layout = FixmapLayout.Usual(GranuleSize.Size4K);
        using RecyclingMemory memory = new(layout.Address(layout.PteIndex), RingBytes);
        _ = Build(memory, layout, 64UL << 30, out _); // Compiles the code and touches the ring.
        foreach (ulong size in sizes)
        {
            int repeats = (int)Math.Max(1, (256UL << 30) / size);
            double milliseconds = 0;
            (TableStatistics Statistics, OperationCounts Counts) built = default;
            for (int i = 0; i < repeats; i++)
            {
                built = Build(memory, layout, size, out TimeSpan elapsed);
                milliseconds += elapsed.TotalMilliseconds;
            }

            yield return new ScalingPoint(
                size,
                built.Statistics.Tables,
                built.Statistics.Pages,
                built.Counts.Tlbi,
                milliseconds / repeats,
                built.Statistics.PteTables * 4096 > RingBytes);
        }
    }

    private static unsafe (TableStatistics Statistics, OperationCounts Counts) Build(
        RecyclingMemory memory, FixmapLayout layout, ulong size, out TimeSpan elapsed)
    {
        memory.Forget();
        _ = TableGeometry.TryCreate(GranuleSize.Size4K, 48, 48, out TableGeometry geometry);
        LinearMapPlan plan = LinearMapPlan.ForMemory(
            MemoryLayout.OfRange(new PhysicalAddress(1UL << 30), size), geometry, wideAddresses: false, MapFlags.NoBlock | MapFlags.NoContiguous);

        // The image's tables: the root that is built, the live one and the fixmap's own, in the gigabyte below memory.
        RecyclingMemory.View view = memory.Memory;
        CountingCpu<VectorCpu> cpu = new(default);
        TableWindow root = Fixmap<RecyclingMemory.View>.Static(ref view, new PhysicalAddress(0x10_0000), geometry.RootLevel);
        TableWindow live = Fixmap<RecyclingMemory.View>.Static(ref view, new PhysicalAddress(0x10_1000), geometry.RootLevel);
        cpu.Clear(root, 4096);
        cpu.Clear(live, 4096);
        ReservePageAllocator tables = new(new PhysicalAddress(0x10_2000), new PhysicalAddress(0x11_0000), geometry.PageSize);
        FailureCode code = Fixmap<RecyclingMemory.View>.TryCreate(
            ref cpu, view, geometry, plan.Settings.Format, layout, plan.WindowProtection, live, ref tables, DescriptorBits.TypeTable, out Fixmap<RecyclingMemory.View> fixmap);
        if (code != FailureCode.None)
        {
            throw new MapFailureException(new MapFailure(code, default, geometry.RootLevel, default));
        }

        LinearMapBuilder<Granule4K, Strategy<No, No, No>, FixmapAccess<RecyclingMemory.View>, EarlyPageAllocator, CountingCpu<VectorCpu>> builder = new(
            plan.Settings,
            root,
            new FixmapAccess<RecyclingMemory.View>(fixmap),
            new EarlyPageAllocator(plan.Memory.Blocks, geometry.PageSize),
            new CountingCpu<VectorCpu>(default));
        long started = Stopwatch.GetTimestamp();
        bool done = builder.TryMap(plan.Requests[0], out MapFailure failure);
        elapsed = Stopwatch.GetElapsedTime(started);
        GC.KeepAlive(plan);
        return done ? (builder.Statistics, builder.Cpu.Counts) : throw new MapFailureException(failure);
    }
}
