using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.Kernels;

/// <summary>The seed's own tree is 6.1 with other details. No such kernel was measured, so it is compared with 6.1, which was.</summary>
public sealed class Linux515Tests
{
    private static readonly KernelProfile _azure = KernelProfiles.Find("linux-5.15-azure");
    private static readonly KernelProfile _later = KernelProfiles.Find("linux-6.1");

    [Theory]
    [InlineData("2G", "nokaslr")]
    [InlineData("2G", "nokaslr rodata=on crashkernel=256M")]
    [InlineData("768M", "nokaslr rodata=on")]
    public void With_one_strategy_it_does_what_6_1_does_but_for_the_identity_map(string memory, string commandLine)
    {
        KernelMachine machine = Machine(memory, commandLine);
        StrategyOptions strategy = _azure.Strategy.Options;
        KernelPlan earlier = _azure.Plan(machine, KernelScope.PagingInit);
        KernelPlan later = _later.Plan(machine, KernelScope.PagingInit);
        PlanStep[] identity = [.. later.Plan.Steps.Where(step => step.Phase == PlanPhase.IdentityMap)];
        using LinearMapSimulation first = new(earlier.Plan);
        using LinearMapSimulation second = new(later.Plan);
        BuildResult made = first.Build(strategy);
        BuildResult compared = second.Build(strategy);

        Assert.NotEmpty(identity);
        Assert.Equal(later.Plan.Steps.Where(step => step.Phase != PlanPhase.IdentityMap), earlier.Plan.Steps);
        Assert.Equal(second.Digest().ToString(), first.Digest().ToString());
        Assert.True(made.Counts.Tlbi < compared.Counts.Tlbi);
        Assert.Equal(made.Counts.FixmapMaps + 3, made.Counts.Tlbi); // Three VMALLE1 where the root is replaced.
    }

    [Theory]
    [InlineData(0, "rodata=on")]
    [InlineData(100, "rodata=on")]
    [InlineData(100, "rodata=on kfence.sample_interval=500")]
    public void With_kfence_built_in_it_maps_single_pages_and_takes_no_pool(int interval, string commandLine)
    {
        KernelConfig config = KernelConfig.Parse(
            $"{_azure.DefaultConfig}\nCONFIG_KFENCE_SAMPLE_INTERVAL={interval}".Replace("CONFIG_KFENCE_SAMPLE_INTERVAL=0\n", string.Empty, StringComparison.Ordinal), "test");
        KernelMachine machine = Machine("1G", commandLine) with { Config = config };
        MapRequest request = Assert.Single(_azure.Plan(machine with { Image = null }, KernelScope.MapMem).Plan.Requests);

        Assert.Equal(MapFlags.NoBlock | MapFlags.NoContiguous | MapFlags.NoExec, request.Flags);
        Assert.Equal(1UL << 30, request.Size);
    }

    [Fact]
    public void Arm64_nobti_does_not_keep_its_code_unguarded()
    {
        KernelConfig config = KernelConfig.Parse($"{_azure.DefaultConfig}\nCONFIG_ARM64_BTI_KERNEL=y", "test");
        KernelMachine machine = Machine("1G", "nokaslr arm64.nobti") with { Config = config, Cpu = CpuModel.Find("max") };

        Assert.True(IsCodeGuarded(_azure, machine));
        Assert.False(IsCodeGuarded(_later, machine));
        Assert.True(IsCodeGuarded(_later, machine with { CommandLine = KernelCommandLine.Parse("nokaslr") }));
    }

    private static bool IsCodeGuarded(KernelProfile profile, KernelMachine machine) => profile.Plan(machine, KernelScope.PagingInit).Plan.Steps
        .Any(step => step.Phase == PlanPhase.Image && (step.Request.Protection.PageBits & DescriptorBits.Guarded) != 0);

    // The image of 6.1 stands in for one of 5.15: what is compared does not depend on where its parts end.
    private static KernelMachine Machine(string memory, string commandLine) =>
        SampleKernels.Machine("6.1-cloud", "cortex-a72", Ptewright.Firmware.MemorySpec.Parse(memory), commandLine);
}
