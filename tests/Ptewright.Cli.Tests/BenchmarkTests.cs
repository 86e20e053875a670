using Ptewright.Addressing;
using Ptewright.Cli.Commands.Bench;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Cli.Tests;

/// <summary>What <c>bench</c> measures, without its command line.</summary>
/// <remarks>Alone, and what is allocated three times: a garbage collection that something else causes retires this thread's allocation buffer, and its rest counts as allocated.</remarks>
[Collection(nameof(BenchmarkTests))]
[CollectionDefinition(nameof(BenchmarkTests), DisableParallelization = true)]
public sealed class BenchmarkTests
{
    [Fact]
    public void Far_more_than_this_machine_s_memory_is_built_linearly_and_each_table_costs_one_invalidation()
    {
        foreach (ScalingPoint point in ScalingBenchmark.Run([1UL << 30, 512UL << 30, 2UL << 40]))
        {
            ulong gigabytes = point.MemoryBytes >> 30;
            ulong tables = (512 * gigabytes) + gigabytes + ((gigabytes + 511) / 512);
            Assert.Equal((tables, tables, gigabytes << 18), (point.Tables, point.Tlbi, point.Pages));
            Assert.Equal(gigabytes > 512, point.Recycled);
            Assert.True(point.NanosecondsPerTable > 0);
        }
    }

    [Fact]
    public void A_measured_build_allocates_nothing()
    {
        Assert.True(TableGeometry.TryCreate(GranuleSize.Size4K, 48, 48, out TableGeometry geometry));
        BuildMeasurement measured = Enumerable.Range(0, 3).Select(_ => BuildBenchmark.Run(Plan(geometry), rounds: 2)).MinBy(round => round.AllocatedBytes)!;
        Assert.Equal((0L, 2_053UL, 1_048_576UL, 2), (measured.AllocatedBytes, measured.Tables, measured.Pages, measured.Rounds));
        Assert.True(measured.Ratio > 0 && measured.FillMilliseconds > 0);
    }

    private static LinearMapPlan Plan(TableGeometry geometry) => LinearMapPlan.ForMemory(
        MemoryLayout.OfRange(new PhysicalAddress(1UL << 30), 4UL << 30), geometry, wideAddresses: false, MapFlags.NoBlock | MapFlags.NoContiguous);
}
