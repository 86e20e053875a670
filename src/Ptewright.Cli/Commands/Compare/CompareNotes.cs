using System.Globalization;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Simulation;
using Ptewright.Strategies;
using Ptewright.Translation;
using Spectre.Console;

namespace Ptewright.Cli.Commands.Compare;

/// <summary>The footnotes of a comparison: only those that what is shown needs.</summary>
internal sealed class CompareNotes(PublishedMeasurements published, IReadOnlyList<MachineComparison> machines, TableChoice shape)
{
    private const string WholeMillisecondMachine = "apple-m2-vm-16g";

    /// <summary>The notes, a term and what to know about it each.</summary>
    public IEnumerable<(string Term, string Meaning)> All()
    {
        bool asMeasured = machines.Any(machine => machine.Outcomes.Any(outcome => outcome.Published is not null));
        if (!asMeasured)
        {
            string costsOf = published.Machines.First(machine => machine.Id == machines[0].CostsOf).Name;
            string whose = machines.Count == 1 ? $"{costsOf} ({machines[0].CostsOf})" : "each machine";
            string size = shape.Geometry.Granule == GranuleSize.Size4K
                ? string.Empty
                : " They were solved for tables of 4 KiB; a larger one takes longer to zero and fill.";
            yield return ("model", $"A prediction with the constants of {whose}; nobody measured this configuration.{size}");
        }
        else
        {
            yield return ("published", $"Times of map_mem() as posted with a version of the series; {published.SeedSeries} is the one that was merged.");
            yield return ("calibration", $"The model's three constants are solved from {published.SeedSeries}'s columns base (baseline), patch 1 (map-once) "
                + "and patch 2 (batch-barriers): there it agrees by construction.");
            yield return ("prediction", "Computed with those constants; no other column, the seed's included, had any part in them.");
        }

        yield return ("change", "Against the strategy before it in the series (premapped: against single-map)"
            + (asMeasured ? "; published ones as posted, from unrounded times." : "."));

        if (Shows(StrategyPresets.LazyUnmap))
        {
            string change = asMeasured ? ", and its change is against single-map with the same constants" : string.Empty;
            yield return (StrategyPresets.LazyUnmap.Name,
                $"Only {MachineCosts.LazySeries} of the series had it, so it is set against {MachineCosts.LazySeries}, and its model takes from there "
                + "the cost of a window and of an entry (base, patch 1, patch 2) and the rest per table (no-alloc-remap, on which it was put); "
                + $"its own column is predicted{change}. {Flush()}");
        }

        if (Shows(StrategyPresets.Premapped))
        {
            ulong temporary = machines[0].Outcomes.First(outcome => outcome.Strategy == StrategyPresets.Premapped).Result.TemporaryTables;
            yield return (StrategyPresets.Premapped.Name,
                "A prediction; nobody has published it. All memory is first mapped by block entries of a temporary table "
                + $"({Numbers.Of(temporary, "table")} on {machines[0].Name}), which \"tables\" leaves out and the other counts and the time include.");
        }

        if (asMeasured && machines.Any(machine => machine.Id == WholeMillisecondMachine))
        {
            string bases = string.Create(CultureInfo.InvariantCulture, $"{Base("v2"):0} ms in v2 but {Base("v3"):0} ms in v3");
            yield return ("Apple M2",
                $"Posted in whole milliseconds, each a tenth of its last columns, and its base took {bases}: its errors are to be read with that.");
        }
    }

    /// <summary>Where the published figures that are shown were posted, a line each.</summary>
    public IEnumerable<string> Sources() => machines
        .SelectMany(machine => machine.Outcomes)
        .Select(outcome => outcome.Published?.Series)
        .OfType<string>()
        .Distinct()
        .Select(series => $"{series}: {published.SourceOf(series)}");

    /// <summary>The notes in two columns.</summary>
    public Grid ToGrid(int width)
    {
        Grid grid = new Grid { Width = width }.AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach ((string term, string meaning) in All())
        {
            grid.AddRow(new Text(term, new Style(decoration: Decoration.Bold)), new Text(meaning));
        }

        return grid;
    }

    private string Flush() => machines[0].Cpu switch
    {
        null => "A flush of sixteen slots counts as one TLBI RVAALE1IS (FEAT_TLBIRANGE); "
            + "a CPU without it, such as the Neoverse N1 of an Altra, executes 16 VAALE1IS between the same barriers.",
        { HasRangeInvalidation: true } cpu => $"A flush of sixteen slots is one TLBI RVAALE1IS: {cpu.Name} has FEAT_TLBIRANGE.",
        var cpu => $"A flush of sixteen slots is 16 TLBI VAALE1IS between two barriers: {cpu.Name} has no FEAT_TLBIRANGE.",
    };

    private double Base(string series) => published.Find(series, WholeMillisecondMachine, StrategyPresets.Baseline.Name)!.Milliseconds;

    private bool Shows(StrategyPreset preset) => machines[0].Outcomes.Any(outcome => outcome.Strategy.Name == preset.Name);
}
