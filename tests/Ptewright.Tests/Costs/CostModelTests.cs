using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Strategies;
using Ptewright.Tests.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Tests.Costs;

/// <summary>The model is solved from three published columns; the seed's is predicted, never fitted.</summary>
public sealed class CostModelTests
{
    private static readonly PublishedMeasurements _published = PublishedMeasurements.Embedded;
    private static readonly Lazy<Dictionary<string, MachineComparison>> _compared = new(() => _published.Machines.ToDictionary(
        machine => machine.Id,
        machine => new StrategyComparer(_published).Compare(
            machine, Plans.Geometry(GranuleSize.Size4K, 48), wideAddresses: false, LinearMapPlanner.PagesOnly, StrategyPresets.All)));

    [Theory]
    [InlineData("apple-m2-vm-16g", 11, 10, -11)]
    [InlineData("ampere-altra-vm-64g", 161, 104, -35)]
    [InlineData("ampere-altra-vm-256g", 656, 438, -33)]
    [InlineData("ampere-altra-metal-512g", 1654, 1223, -26)]
    public void The_seeds_own_table_is_quoted_as_posted(string machine, double before, double after, int percent)
    {
        Assert.Equal(before, _published.Find(_published.SeedSeries, machine, _published.SeedBefore)!.Milliseconds);
        PublishedFigure figure = _published.Find(_published.SeedSeries, machine, _published.SeedAfter)!;
        Assert.Equal((after, percent), (figure.Milliseconds, figure.ChangePercent));
    }

    [Fact]
    public void Calibration_columns_are_met_and_marked_as_such()
    {
        foreach (MachineComparison machine in _compared.Value.Values)
        {
            foreach (StrategyOutcome outcome in machine.Outcomes.Where(outcome => outcome.Kind == EstimateKind.Calibration))
            {
                Assert.Equal(outcome.Published!.Milliseconds, outcome.ModelMilliseconds, 6);
            }

            Assert.Equal(
                ["baseline", "map-once", "batch-barriers"],
                machine.Outcomes.Where(outcome => outcome.Kind == EstimateKind.Calibration).Select(outcome => outcome.Strategy.Name));
        }
    }

    [Theory]
    [InlineData("ampere-altra-vm-64g", 104.1)]
    [InlineData("ampere-altra-vm-256g", 432.7)]
    [InlineData("ampere-altra-metal-512g", 1213.1)]
    public void The_seeds_column_is_predicted_within_one_and_a_half_percent_on_altra(string machine, double milliseconds)
    {
        StrategyOutcome seed = Outcome(machine, "single-map");
        Assert.Equal(EstimateKind.Prediction, seed.Kind);
        Assert.Equal(milliseconds, Math.Round(seed.ModelMilliseconds, 1));
        Assert.InRange(Math.Abs((seed.ModelMilliseconds / seed.Published!.Milliseconds) - 1), 0, 0.015);
    }

    [Fact]
    public void The_seeds_column_is_predicted_within_two_milliseconds_on_the_M2()
    {
        StrategyOutcome seed = Outcome("apple-m2-vm-16g", "single-map");
        Assert.InRange(Math.Abs(seed.ModelMilliseconds - seed.Published!.Milliseconds), 0, 2);
    }

    [Fact]
    public void The_prediction_does_not_depend_on_the_figure_it_predicts()
    {
        // The same drivers and calibration columns, solved by hand for the 64G machine: nothing of the seed's column is in it.
        double window = (2198.0 - 435.0) / (1_083_458 - 65_666);
        double table = (161.0 - (65_666 * window)) / 32_833;
        Assert.Equal((32_833 * window) + (32_833 * table), Outcome("ampere-altra-vm-64g", "single-map").ModelMilliseconds, 6);
    }

    [Fact]
    public void Lazy_unmap_is_set_against_v2_and_premapped_against_nothing()
    {
        Assert.All(_compared.Value.Keys, machine => Assert.Equal("v2", Outcome(machine, "lazy-unmap").Published!.Series));
        Assert.All(_compared.Value.Keys, machine => Assert.Null(Outcome(machine, "premapped").Published));
        Assert.All(_compared.Value.Values, machine => Assert.True(machine.IdenticalTables));
    }

    [Fact]
    public void Builds_that_do_not_determine_the_constants_are_refused()
    {
        CostDrivers same = new(10, 10, 10);
        _ = Assert.Throws<ArgumentException>(() => CostModel.Calibrate((same, 1), (same, 1), (same, 1)));
    }

    [Fact]
    public void Different_tables_are_not_called_identical()
    {
        MachineComparison real = _compared.Value["apple-m2-vm-16g"];
        StrategyOutcome other = real.Outcomes[1] with { Digest = new TableDigest(1, 2) };
        Assert.False((real with { Outcomes = [real.Outcomes[0], other] }).IdenticalTables);
    }

    private static StrategyOutcome Outcome(string machine, string strategy) =>
        _compared.Value[machine].Outcomes.First(outcome => outcome.Strategy.Name == strategy);
}
