using Ptewright.Benchmarking;

namespace Ptewright.Tests.LinearMap;

/// <summary>Far more than this machine's memory can be built: level-3 tables are written, counted and reused.</summary>
public sealed class ScalingTests
{
    [Fact]
    public void Tables_grow_linearly_and_each_costs_one_invalidation()
    {
        Assert.SkipWhen(Plans.IsQuick, "quick");
        foreach (ScalingPoint point in ScalingBenchmark.Run([1UL << 30, 512UL << 30, 2UL << 40]))
        {
            ulong gigabytes = point.MemoryBytes >> 30;
            ulong tables = (512 * gigabytes) + gigabytes + ((gigabytes + 511) / 512);
            Assert.Equal((tables, tables, gigabytes << 18), (point.Tables, point.Tlbi, point.Pages));
            Assert.Equal(gigabytes > 512, point.Recycled);
            Assert.True(point.NanosecondsPerTable > 0);
        }
    }
}
