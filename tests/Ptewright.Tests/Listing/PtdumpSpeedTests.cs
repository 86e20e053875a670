using Ptewright.Kernels.Versions;
using Ptewright.Listing;
using Ptewright.Simulation;
using Ptewright.Tests.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Tests.Listing;

/// <summary>A large machine is listed at once, and with no more memory than a small one.</summary>
public class PtdumpSpeedTests
{
    [Fact]
    public void Sixty_four_GiB_of_pages_take_well_under_a_second_and_no_memory()
    {
        LinearMapPlan plan = Plans.OneRange(GranuleSize.Size4K, 48, 64UL << 30, Plans.PagesOnly);
        using LinearMapSimulation simulation = new(plan);
        _ = simulation.Build(Plans.Strategy("single-map"));
        using StringWriter output = new();

        long allocated = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan started = ProcessorTime.OfThisThread();
        simulation.List(output, Linux612.Profile);
        TimeSpan elapsed = ProcessorTime.OfThisThread() - started;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;

        Assert.Contains("0xffff000000000000-0xffff001000000000          64G PTE", output.ToString(), StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine($"{elapsed.TotalMilliseconds:F1} ms, {allocated} bytes");
        Assert.InRange(elapsed.TotalSeconds, 0, 1);
        Assert.InRange(allocated, 0, 128 << 10);
    }
}
