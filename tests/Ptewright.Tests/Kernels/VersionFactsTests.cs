using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Kernels;

/// <summary>What a version's facts do to its tables, where no count of a real kernel would show it.</summary>
public sealed class VersionFactsTests
{
    private static readonly PhysicalAddress _start = new(1UL << 30);

    [Theory]
    [InlineData("linux-5.15-azure", false)]
    [InlineData("linux-6.1", false)]
    [InlineData("linux-6.12", false)]
    [InlineData("linux-6.18", true)]
    public unsafe void Links_to_tables_carry_the_Access_flag_from_6_13_on(string kernel, bool carries)
    {
        KernelPlan plan = Plan(kernel, 64UL << 20);
        using LinearMapSimulation simulation = new(plan.Plan);
        _ = simulation.Build(plan.Strategy.Options);
        TableWindow root = simulation.Tree().Root(simulation.Root);
        Descriptor link = root.Entries[plan.Geometry.Index(root.Level, plan.Plan.Requests[0].Virtual)];

        Assert.True(link.IsTableOrPage);
        Assert.Equal(carries, (link.Raw & DescriptorBits.AccessFlag) != 0);
        GC.KeepAlive(simulation);
    }

    [Theory]
    [InlineData("linux-5.15-azure", true)]
    [InlineData("linux-6.1", true)]
    [InlineData("linux-6.12", true)]
    [InlineData("linux-6.18", false)]
    public void The_start_of_the_linear_map_is_random_until_6_15(string kernel, bool isRandom)
    {
        PhysicalAddress usual = Plan(kernel, 64UL << 20).Plan.MemoryStart;
        Assert.Equal(isRandom, Plan(kernel, 64UL << 20, seed: 0x8000_0000_0000_8000).Plan.MemoryStart != usual);
        Assert.Equal(usual, Plan(kernel, 64UL << 20, seed: 0x8000_0000_0000_8000, commandLine: "nokaslr").Plan.MemoryStart);
    }

    [Theory]
    [InlineData("linux-5.15-azure", false)]
    [InlineData("linux-6.1", false)]
    [InlineData("linux-6.12", true)]
    [InlineData("linux-6.18", true)]
    public void An_entry_that_is_not_valid_may_become_anything_from_6_10_on(string kernel, bool may)
    {
        ChangeSafety rule = Plan(kernel, 64UL << 20).Plan.Settings.ChangeSafety;
        Assert.Equal(may, rule.IsSafe(new Descriptor(0x4000_0000), new Descriptor(0x8000_0703)));
        Assert.True(rule.IsSafe(default, new Descriptor(0x8000_0703)));
        Assert.False(rule.IsSafe(new Descriptor(0x4000_0703), new Descriptor(0x8000_0703)));
    }

    [Theory]
    [InlineData("linux-6.12", false)]
    [InlineData("linux-7.1", false)]
    [InlineData("linux-7.2", true)]
    [InlineData("linux-7.3", true)]
    public void A_contiguous_run_may_be_mapped_over_from_7_2_on(string kernel, bool may)
    {
        // With blocks allowed, and 7.2's order, a bank meets the runs of the image's alias: one that ends inside 2 MiB has some.
        KernelMachine machine = SampleKernels.Machine("6.12-cloud", "cortex-a76", MemoryLayout.OfRange(_start, 1UL << 30), "nokaslr rodata=off kfence.sample_interval=100");
        KernelPlan plan = KernelProfiles.Find(kernel).Plan(machine, KernelScope.MapMem);
        Descriptor run = new(0x00f8_0000_4000_0707);

        Assert.Equal(may, plan.Plan.Settings.ChangeSafety.IsSafe(run, run));
        using LinearMapSimulation simulation = new(plan.Plan);
        _ = simulation.Build(plan.Strategy.Options);
    }

    [Theory]
    [InlineData("linux-5.15-azure", 0x400_0800)]
    [InlineData("linux-6.1", 0x400_0800)]
    [InlineData("linux-6.12.116", 0x400_0800)]
    [InlineData("linux-6.12", 0x400_0000)]
    [InlineData("linux-6.18", 0x400_0800)]
    [InlineData("linux-7.2", 0x400_0800)]
    [InlineData("linux-7.3", 0x400_0000)]
    public void A_bank_that_ends_inside_a_page_is_cut_by_6_12_117_and_7_3(string kernel, ulong size) =>
        Assert.Equal(size, Assert.Single(Plan(kernel, 0x400_0800).Plan.Requests).Size);

    [Theory]
    [InlineData("6.12-cloud", false)]
    [InlineData("7.2-cloud", true)]
    [InlineData("7.3-cloud", true)]
    public void What_is_left_out_where_bss_has_no_end_is_said(string kernel, bool mapsApart)
    {
        KernelMachine machine = SampleKernels.Machine(kernel, "cortex-a76", MemoryLayout.OfRange(_start, 1UL << 30), "nokaslr");
        KernelMachine endless = machine with { Image = machine.Image! with { BssEnd = null } };
        KernelProfile profile = SampleKernels.Profile(kernel);

        Assert.DoesNotContain(profile.Plan(machine, KernelScope.PagingInit).Remarks, remark => remark.Contains("__bss_stop", StringComparison.Ordinal));
        Assert.Equal(mapsApart, profile.Plan(endless, KernelScope.PagingInit).Remarks.Any(remark => remark.Contains("__bss_stop", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("linux-5.15-azure", "58 59")]
    [InlineData("linux-6.1", "58 59")]
    [InlineData("linux-6.12", "11")]
    [InlineData("linux-6.18", "11")]
    public void A_listing_sees_entries_that_are_meant_though_not_valid(string kernel, string bits) => Assert.Equal(
        $"0 {bits}",
        string.Join(' ', Enumerable.Range(0, 64).Where(bit => KernelProfiles.Find(kernel).Facts.Listing.IsPresent(new Descriptor(1UL << bit)))));

    private static KernelPlan Plan(string kernel, ulong size, ulong? seed = null, string commandLine = "")
    {
        KernelProfile profile = KernelProfiles.Find(kernel);
        KernelConfig config = profile.ReadDefaultConfig().WithShape(GranuleSize.Size4K, 48);
        KernelMachine machine = new(MemoryLayout.OfRange(_start, size), CpuModel.Find("cortex-a72"), config, KernelCommandLine.Parse(commandLine), KaslrSeed: seed);
        return profile.Plan(machine, KernelScope.MapMem);
    }
}
