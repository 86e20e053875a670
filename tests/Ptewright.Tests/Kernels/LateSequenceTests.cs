using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Late;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.Memory;
using Ptewright.Simulation;

namespace Ptewright.Tests.Kernels;

/// <summary>What happens to a real kernel's map after its start.</summary>
public sealed class LateSequenceTests
{
    [Theory]
    [InlineData("6.1-cloud", KernelScope.PagingInit, "mark_linear_text_alias_ro mark_rodata_ro arch_add_memory arch_remove_memory arch_add_memory")]
    [InlineData("6.1-cloud", KernelScope.MapMem, "mark_linear_text_alias_ro arch_add_memory arch_remove_memory arch_add_memory")]
    [InlineData("6.12-cloud", KernelScope.PagingInit, "mark_linear_text_alias_ro arch_add_memory arch_remove_memory arch_add_memory")]
    [InlineData("6.12-16k", KernelScope.PagingInit, "mark_linear_text_alias_ro arch_add_memory arch_remove_memory arch_add_memory")]
    [InlineData("5.10-cloud", KernelScope.PagingInit, "mark_linear_text_alias_ro mark_rodata_ro arch_add_memory arch_remove_memory arch_add_memory")]
    [InlineData("6.18-16k", KernelScope.PagingInit, "mark_linear_text_alias_ro arch_add_memory arch_remove_memory arch_add_memory")]
    [InlineData("7.2-cloud", KernelScope.PagingInit, "mark_linear_text_alias_ro mark_rodata_ro arch_add_memory arch_remove_memory arch_add_memory")]
    [InlineData("7.3-cloud", KernelScope.PagingInit, "mark_linear_text_alias_ro arch_add_memory arch_remove_memory arch_add_memory")]
    public void Both_ways_leave_the_same_tables_and_nothing_leaks(string kernel, KernelScope scope, string functions)
    {
        (KernelMachine machine, KernelPlan plan) = Plan(kernel, "cortex-a76", scope);
        using LinearMapSimulation simulation = new(plan.Plan);
        string[] digests = new string[2];
        foreach (Reach reach in new[] { Reach.Fixmap, Reach.Direct })
        {
            IReadOnlyList<LateChange> changes = LateSequence.Run(machine, plan, simulation, plan.Strategy.Options, LateSequence.DefaultMemory(plan), reach);
            digests[(int)reach] = simulation.Digest().ToString();

            Assert.Equal(functions, string.Join(' ', changes.Select(change => change.Function)));
            Assert.Equal(0UL, changes[^2].Result.Outstanding);
            Assert.Equal(changes[^3].Result, changes[^1].Result);
            Assert.Equal(reach == Reach.Fixmap, changes[0].Result.Counts.FixmapMaps > 0);
        }

        Assert.Equal(digests[0], digests[1]);
    }

    [Theory]
    [InlineData("7.2-cloud", "rodata=noalias kfence.sample_interval=100")]
    [InlineData("7.3-cloud", "rodata=off kfence.sample_interval=100")]
    public void Blocks_and_runs_over_the_alias_stay_when_it_becomes_read_only(string kernel, string commandLine)
    {
        (KernelMachine machine, _) = Plan(kernel, "cortex-a76", KernelScope.MapMem);
        machine = machine with { CommandLine = KernelCommandLine.Parse(commandLine) };
        KernelPlan plan = SampleKernels.Profile(kernel).Plan(machine, KernelScope.MapMem);
        Assert.True(plan.Blocks.Allowed);
        using LinearMapSimulation simulation = new(plan.Plan);
        LateChange alias = LateSequence.Run(machine, plan, simulation, plan.Strategy.Options, LateSequence.DefaultMemory(plan), Reach.Fixmap)[0];
        Assert.True(alias.Result.Statistics is { ContiguousPages: > 0, PmdBlocks: > 0, Tables: 0 });
    }

    [Fact]
    public void The_alias_costs_one_visit_a_table_and_one_flush()
    {
        // 24 MiB of blocks and 512 KiB of pages below one PMD table: PUD, PMD and one PTE window; 12 blocks, each synchronised; more than 512 pages to forget.
        (KernelMachine machine, KernelPlan plan) = Plan("6.12-cloud", "cortex-a72", KernelScope.MapMem);
        using LinearMapSimulation simulation = new(plan.Plan);
        LateChange alias = LateSequence.Run(machine, plan, simulation, plan.Strategy.Options, LateSequence.DefaultMemory(plan), Reach.Fixmap)[0];

        Assert.Equal((3UL, 12UL, 128UL), (alias.Result.Counts.FixmapMaps, alias.Result.Statistics.PmdBlocks, alias.Result.Statistics.Pages));
        Assert.Equal((3UL, 1UL), (alias.Result.Counts.TlbiVaale1is, alias.Result.Counts.TlbiVmalle1is));
        Assert.Equal(((2UL * 3) + 12 + 1, 3UL + 1, (2UL * 3) + 12 + 1), (alias.Result.Counts.DsbIshst, alias.Result.Counts.DsbIsh, alias.Result.Counts.Isb));
    }

    [Theory]
    [InlineData("linux-6.12", "max", 0, 1)]
    [InlineData("linux-6.18", "max", 1, 0)]
    [InlineData("linux-6.18", "cortex-a72", 0, 1)]
    [InlineData("linux-5.15-azure", "cortex-a72", 0, 0)]
    public void Removal_is_flushed_as_the_version_and_the_CPU_do_it(string profile, string cpu, ulong ranges, ulong all)
    {
        // 128 MiB are 2^15 pages: one range with SCALE 2.
        KernelProfile kernel = KernelProfiles.Find(profile);
        KernelMachine machine = new(
            MemorySpec.Parse("1G"), CpuModel.Find(cpu), kernel.ReadDefaultConfig(), KernelCommandLine.Parse("nokaslr"));
        KernelPlan plan = kernel.Plan(machine, KernelScope.MapMem);
        using LinearMapSimulation simulation = new(plan.Plan);
        MemoryRegion added = new(new(8UL << 30), new((8UL << 30) + (128UL << 20)), false);
        LateChange removed = LateSequence.Run(machine, plan, simulation, kernel.Strategy.Options, added, Reach.Fixmap)[^2];

        Assert.Equal((ranges, all), (removed.Result.Counts.TlbiRvaale1is, removed.Result.Counts.TlbiVmalle1is));
        Assert.Equal(ranges + all == 0 ? removed.Result.Removed.Pages : 0UL, removed.Result.Counts.TlbiVaale1is);
    }

    private static (KernelMachine Machine, KernelPlan Plan) Plan(string kernel, string cpu, KernelScope scope)
    {
        KernelMachine machine = SampleKernels.Machine(kernel, cpu, MemorySpec.Parse("1G"), "nokaslr");
        return (machine, SampleKernels.Profile(kernel).Plan(machine, scope));
    }
}
