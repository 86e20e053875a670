using Ptewright.Booting;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.LinearMap;

/// <summary>Strategies are independent switches: any combination that makes sense can be asked for, the others are refused with the reason.</summary>
public sealed class StrategyTests
{
    [Fact]
    public void A_preset_is_found_by_its_name()
    {
        foreach (StrategyPreset preset in StrategyPresets.All)
        {
            Assert.True(StrategyPresets.TryParse(preset.Name, out StrategyPreset? found, out _));
            Assert.Same(preset, found);
        }
    }

    [Fact]
    public void Switches_change_a_preset_or_stand_alone()
    {
        Assert.Equal(StrategyPresets.MapOnce.Options, Plans.Strategy("baseline:window=visit"));
        Assert.Equal(StrategyPresets.SingleMap.Options with { Closing = Closing.Lazy, Synchronisation = Synchronisation.EachEntry }, Plans.Strategy("sync=entry:close=lazy"));
    }

    [Fact]
    public void Every_combination_can_be_written_and_read_back()
    {
        foreach (StrategyOptions options in StrategyOptions.All)
        {
            bool parsed = StrategyPresets.TryParse(options.ToString(), out StrategyPreset? preset, out string? objection);
            Assert.Equal(options.Objection is null, parsed);
            Assert.Equal(options, preset!.Options);
            Assert.Equal(parsed, objection is null);
        }
    }

    [Theory]
    [InlineData("premapped:zero=allocation", "no slots: take zero=population")]
    [InlineData("premapped:window=run", "no slots: take window=visit")]
    [InlineData("lazy-unmap:reach=direct", "no slots: take close=immediate")]
    [InlineData("fastest", "'fastest' is neither one of baseline")]
    [InlineData("baseline:sync=never", "'sync=never' is neither")]
    public void What_makes_no_sense_is_refused_with_the_reason(string text, string reason)
    {
        Assert.False(StrategyPresets.TryParse(text, out _, out string? objection));
        Assert.Contains(reason, objection, StringComparison.Ordinal);
    }

    [Fact]
    public void The_engine_refuses_what_makes_no_sense_as_well()
    {
        using LinearMapSimulation simulation = new(Plans.OneRange(GranuleSize.Size4K, 48, 2UL << 20, Plans.PagesOnly));
        StrategyOptions impossible = StrategyPresets.Premapped.Options with { Closing = Closing.Lazy };
        Assert.Contains("close=immediate", Assert.Throws<ArgumentException>(() => simulation.Build(impossible)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(BootStrategy.Baseline), "baseline", "zero=allocation:window=run:sync=entry:close=immediate:reach=fixmap")]
    [InlineData(nameof(BootStrategy.MapOnce), "map-once", "zero=allocation:window=visit:sync=entry:close=immediate:reach=fixmap")]
    [InlineData(nameof(BootStrategy.BatchBarriers), "batch-barriers", "zero=allocation:window=visit:sync=close:close=immediate:reach=fixmap")]
    [InlineData(nameof(BootStrategy.SingleMap), "single-map", "zero=population:window=visit:sync=close:close=immediate:reach=fixmap")]
    [InlineData(nameof(BootStrategy.LazyUnmap), "lazy-unmap", "zero=population:window=visit:sync=close:close=lazy:reach=fixmap")]
    [InlineData(nameof(BootStrategy.Premapped), "premapped", "zero=population:window=visit:sync=close:close=immediate:reach=direct")]
    public void Each_strategy_of_the_boot_image_is_a_preset(string strategy, string name, string switches)
    {
        StrategyPreset preset = Assert.Single(StrategyPresets.All, preset => preset.AtEl1.ToString() == strategy);
        Assert.Equal((name, switches), (preset.Name, preset.Options.ToString()));
    }

    [Fact]
    public void Those_with_names_and_no_others_are_compiled_where_only_they_exist() => Assert.Equal(
        StrategyPresets.All.Select(preset => preset.Options.Switches).Order(),
        Enumerable.Range(0, 32).Select(value => (StrategySwitches)value).Where(NamedStrategies.Include));

    [Fact]
    public void Switches_are_options_and_back() => Assert.All(StrategyOptions.All, options => Assert.Equal(options, StrategyOptions.Of(options.Switches)));

    [Fact]
    public void Each_combination_has_switches_of_its_own() =>
        Assert.Equal(Enumerable.Range(0, 32), StrategyOptions.All.Select(options => (int)options.Switches).Order());

    [Fact]
    public void History_is_a_chain_with_two_ends()
    {
        Assert.Null(StrategyPresets.Baseline.Before);
        Assert.Equal(
            ["baseline map-once batch-barriers", "baseline map-once", "baseline", ""],
            new[] { StrategyPresets.SingleMap, StrategyPresets.BatchBarriers, StrategyPresets.MapOnce, StrategyPresets.Baseline }
                .Select(preset => string.Join(' ', StrategyPresets.All.Where(other => other.Precedes(preset)).Select(other => other.Name))));
        Assert.Equal([StrategyPresets.LazyUnmap, StrategyPresets.Premapped], StrategyPresets.All.Where(preset => preset.Before == StrategyPresets.SingleMap));
        Assert.Equal([StrategyPresets.Baseline, StrategyPresets.MapOnce, StrategyPresets.BatchBarriers], StrategyPresets.All.Where(preset => preset.IsCalibration));
    }
}
