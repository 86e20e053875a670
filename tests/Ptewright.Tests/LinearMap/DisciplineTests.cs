using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.LinearMap;

/// <summary>The rules of table writing hold for every strategy, and the watch that says so sees every operation that is left out.</summary>
public sealed class DisciplineTests
{
    public enum Fault
    {
        None,
        NoClear,
        HalfClear,
        NoTlbi,
        NoDsbIsh,
        NoFirstDsbIshstAfterClear,
        NoIsb,
        NoDsbIshst,
        NoTtbr0Reset,
    }

    [Fact]
    public void Every_strategy_keeps_the_rules_with_every_granule()
    {
        foreach (GranuleSize granule in Enum.GetValues<GranuleSize>())
        {
            using LinearMapSimulation simulation = new(Plans.OneRange(granule, 48, 100UL << 20, Plans.PagesOnly));
            foreach (StrategyOptions strategy in StrategyOptions.All.Where(options => options.Objection is null))
            {
                Assert.Empty(Violations(simulation, strategy, fault: null));
            }
        }
    }

    [Theory]
    [InlineData("single-map", Fault.NoClear, TableRule.LinkedBeforeZeroed)]
    [InlineData("single-map", Fault.HalfClear, TableRule.LinkedBeforeZeroed)]
    [InlineData("single-map", Fault.NoFirstDsbIshstAfterClear, TableRule.LinkedBeforeZeroed)]
    [InlineData("single-map", Fault.NoTlbi, TableRule.StaleTranslation)]
    [InlineData("single-map", Fault.NoDsbIsh, TableRule.StaleTranslation)]
    [InlineData("single-map", Fault.NoIsb, TableRule.UnsynchronisedWindow)]
    [InlineData("single-map", Fault.NoDsbIshst, TableRule.UnsynchronisedWindow)]
    [InlineData("baseline", Fault.NoClear, TableRule.LinkedBeforeZeroed)]
    [InlineData("baseline", Fault.NoTlbi, TableRule.StaleTranslation)]
    [InlineData("lazy-unmap", Fault.NoTlbi, TableRule.StaleTranslation)]
    [InlineData("lazy-unmap", Fault.NoClear, TableRule.LinkedBeforeZeroed)]
    [InlineData("premapped", Fault.HalfClear, TableRule.LinkedBeforeZeroed)]
    [InlineData("premapped", Fault.NoTlbi, TableRule.TemporaryMapLeft)]
    [InlineData("premapped", Fault.NoTtbr0Reset, TableRule.TemporaryMapLeft)]
    public void Leaving_an_operation_out_breaks_a_rule(string strategy, Fault fault, TableRule rule)
    {
        using LinearMapSimulation simulation = new(Plans.OneRange(GranuleSize.Size4K, 48, 100UL << 20, Plans.PagesOnly));

        Assert.Contains(Violations(simulation, Plans.Strategy(strategy), fault), violation => violation.Rule == rule);
    }

    [Fact]
    public void Touching_a_closed_window_names_the_address_and_the_slot()
    {
        LinearMapPlan plan = Plans.OneRange(GranuleSize.Size4K, 48, 4UL << 20, Plans.PagesOnly);
        using LinearMapSimulation simulation = new(plan);
        TableDiscipline watch = TableDiscipline.Of(simulation);
        CheckingCpu<FaultyCpu<SilentCpu>> cpu = new(new(default, Fault.None), watch);
        _ = simulation.Build(StrategyPresets.SingleMap.Options, cpu, out cpu);
        TableWindow kept = cpu.Inner.Last;
        Assert.Empty(watch.Violations);

        cpu.Store(kept, 0, new Descriptor(0x703));
        TableViolation violation = Assert.Single(watch.Violations);
        Assert.Equal(TableRule.ClosedWindow, violation.Rule);
        Assert.Contains(kept.Address.ToString(), violation.Message, StringComparison.Ordinal);
        Assert.Contains(kept.Slot.ToString(), violation.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Touching_a_table_where_nothing_maps_it_is_seen()
    {
        using LinearMapSimulation simulation = new(Plans.OneRange(GranuleSize.Size4K, 48, 4UL << 20, Plans.PagesOnly));
        TableDiscipline watch = TableDiscipline.Of(simulation);
        CheckingCpu<SilentCpu> cpu = new(default, watch);
        _ = simulation.Build(StrategyPresets.Premapped.Options, cpu, out cpu);
        PhysicalAddress table = new((1UL << 30) + (4UL << 20) - 4096);

        cpu.Store(simulation.Tree().Lower(simulation.Tree().Root(simulation.Root), new Descriptor(table.Value | 3)), 0, default);
        Assert.Equal(TableRule.Unmapped, Assert.Single(watch.Violations).Rule);
    }

    private static IReadOnlyList<TableViolation> Violations(LinearMapSimulation simulation, StrategyOptions strategy, Fault? fault)
    {
        TableDiscipline watch = TableDiscipline.Of(simulation);
        if (fault is null)
        {
            _ = simulation.Build(strategy, new CheckingCpu<SilentCpu>(default, watch), out _);
        }
        else
        {
            try
            {
                _ = simulation.Build(strategy, new FaultyCpu<CheckingCpu<SilentCpu>>(new(default, watch), fault.Value), out _);
            }
            catch (ArgumentOutOfRangeException) when (fault is Fault.NoClear or Fault.HalfClear)
            {
                // A table that was not zeroed holds poison that decodes as tables; the walk followed one out of memory.
            }
        }

        watch.Finish();
        return watch.Violations;
    }
}
