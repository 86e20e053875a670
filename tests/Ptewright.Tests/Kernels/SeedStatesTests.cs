using System.Globalization;
using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.Simulation;

namespace Ptewright.Tests.Kernels;

/// <summary>What a real 6.1 executed in each state of the seed's series is what that state's strategy executes here; <c>scripts/seed-executed.py</c> booted them.</summary>
public sealed class SeedStatesTests
{
    private static readonly string[] _states = ["baseline", "map-once", "batch-barriers", "single-map"];

    public static TheoryData<string, string, string> Runs => [.. Vectors.Read("seed-states.txt", 7).Select(item => (item.Text(0), item.Text(1), item.Text(2)))];

    [Theory]
    [MemberData(nameof(Runs))]
    public void Each_state_executes_what_its_strategy_does(string state, string memory, string cpu)
    {
        VectorCase item = Vectors.Read("seed-states.txt", 7).Single(item => (item.Text(0), item.Text(1), item.Text(2)) == (state, memory, cpu));
        KernelConfig config = KernelConfig.Read(SampleKernels.PathOf("seed", "config"));
        KernelSymbols symbols = SystemMap.Read(SampleKernels.PathOf("seed", $"System.map-{state}"));
        KernelMachine machine = new(MemorySpec.Parse(memory), CpuModel.Find(cpu), config, KernelCommandLine.Parse("nokaslr"), symbols.ImageAt(SampleKernels.ImageBase));
        KernelPlan plan = KernelProfiles.For("6.1").Profile.Plan(machine, KernelScope.PagingInit);
        using LinearMapSimulation simulation = new(plan.Plan);
        Assert.True(StrategyPresets.TryParse(state, out StrategyPreset? strategy, out _));
        BuildResult result = simulation.Build(strategy!.Options);

        Assert.Equal((item.Number(4), item.Number(5), item.Number(6)), (result.Counts.Tlbi, result.Counts.Dsb, result.Counts.Isb));
    }

    [Fact]
    public void All_four_states_ran_on_each_machine()
    {
        IGrouping<string, VectorCase>[] machines = [.. Vectors.Read("seed-states.txt", 7).GroupBy(item => $"{item.Text(1)} {item.Text(2)}")];
        Assert.True(machines.Length >= 3);
        Assert.All(machines, machine => Assert.Equal(_states, machine.Select(item => item.Text(0))));
    }

    /// <summary>The tables in the documents are those of the vectors.</summary>
    [Theory]
    [InlineData("README.md", "16G", "cortex-a72")]
    [InlineData("docs/seed.md", "", "")]
    public void Documents_say_what_was_executed(string file, string memory, string cpu)
    {
        string[] rows = [.. Vectors.Read("seed-states.txt", 7)
            .Where(item => memory.Length == 0 || (item.Text(1), item.Text(2)) == (memory, cpu))
            .Select(item => $"| {item.Text(1)} | {item.Text(2)} | `{item.Text(0)}`")];
        string[] numbers = [.. Vectors.Read("seed-states.txt", 7)
            .Where(item => memory.Length == 0 || (item.Text(1), item.Text(2)) == (memory, cpu))
            .Select(item => string.Join(" | ", Enumerable.Range(3, 4).Select(field => item.Number(field).ToString("N0", CultureInfo.InvariantCulture))))];
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, file));
        string[] table = [.. text.Split('\n').SkipWhile(line => line != "<!-- executed -->").Skip(3).TakeWhile(line => line != "<!-- end of executed -->")];

        Assert.Equal(rows.Length, table.Length);
        Assert.All(table.Zip(rows, numbers), row =>
        {
            Assert.StartsWith(row.Second, row.First, StringComparison.Ordinal);
            Assert.EndsWith($"| {row.Third} |", row.First, StringComparison.Ordinal);
        });
    }
}
