using Ptewright.Addressing;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.Listing;
using Ptewright.Memory;
using Ptewright.Simulation;

namespace Ptewright.Tests.Listing;

/// <summary>What a kernel profile builds, listed in that kernel's format.</summary>
public class PtdumpProfileTests
{
    [Theory]
    [InlineData("linux-6.1", "cortex-a72")]
    [InlineData("linux-6.12", "cortex-a72")]
    [InlineData("linux-6.12", "max")]
    public void Two_GiB_without_an_image_are_one_range_of_pages(string kernel, string cpu)
    {
        KernelProfile profile = KernelProfiles.Find(kernel);
        KernelMachine machine = new(
            MemoryLayout.OfRange(new PhysicalAddress(0x4000_0000), 2UL << 30),
            CpuModel.Find(cpu),
            KernelConfig.Parse(profile.DefaultConfig, "the default"),
            KernelCommandLine.Empty);
        KernelPlan plan = profile.Plan(machine, KernelScope.MapMem);
        using LinearMapSimulation simulation = new(plan.Plan);
        _ = simulation.Build(plan.Strategy.Options);
        using StringWriter output = new();

        PtdumpLister.List(output, simulation, plan);

        Assert.Equal(ListingMachine.Golden($"{kernel}-2g-{cpu}"), output.ToString());
    }
}
