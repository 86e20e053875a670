using System.Globalization;
using System.Text.RegularExpressions;
using Ptewright.Cli.Output;

namespace Ptewright.Cli.Tests;

public sealed partial class CompareTextTests
{
    private static readonly Lazy<CliRun> _all = new(() => CliRun.Of("compare"));

    [Fact]
    public void All_machines_and_strategies_end_well()
    {
        Assert.Equal(0, _all.Value.Code);
        Assert.Equal(string.Empty, _all.Value.Error);
    }

    [Fact]
    public void The_published_table_comes_first_with_its_own_percentages()
    {
        string[] lines = _all.Value.Out.Split('\n');

        Assert.Contains("Don't remap pgtables for allocate vs populate", lines[0], StringComparison.Ordinal);
        Assert.Equal(["11", "(0%)", "161", "(0%)", "656", "(0%)", "1654", "(0%)"], Row(lines, "before"));
        Assert.Equal(["10", "(-11%)", "104", "(-35%)", "438", "(-33%)", "1223", "(-26%)"], Row(lines, "after"));
    }

    [Fact]
    public void The_prediction_stands_below_with_its_error()
    {
        string[] lines = _all.Value.Out.Split('\n');

        Assert.Equal(["8.1", "(-26%)", "104.1", "(-35%)", "432.7", "(-34%)", "1213.1", "(-27%)"], Row(lines, "predicted"));
        Assert.Equal(["-1.9", "(-19.0%)", "+0.1", "(+0.1%)", "-5.3", "(-1.2%)", "-9.9", "(-0.8%)"], Row(lines, "error"));
    }

    [Theory]
    [InlineData("16,418 -> 8,209")]
    [InlineData("65,666 -> 32,833")]
    [InlineData("262,658 -> 131,329")]
    [InlineData("525,314 -> 262,657")]
    public void The_invalidations_are_halved(string step) =>
        Assert.Contains($"The seed's step halves the invalidations: {step}, exactly half.", _all.Value.Out, StringComparison.Ordinal);

    [Fact]
    public void Every_machine_says_that_its_tables_are_identical() =>
        Assert.Equal(4, IdenticalTables().Count(_all.Value.Out));

    [Theory]
    [InlineData("baseline", "17447.0", "-", "17447", "v3", "0%", "calibration")]
    [InlineData("map-once", "3779.0", "-78%", "3779", "v3", "-78%", "calibration")]
    [InlineData("batch-barriers", "1654.0", "-56%", "1654", "v3", "-56%", "calibration")]
    [InlineData("single-map", "1213.1", "-27%", "1223", "v3", "-26%", "prediction")]
    [InlineData("lazy-unmap", "853.5", "-32%", "838", "v2", "-33%", "prediction")]
    [InlineData("premapped", "776.4", "-36%", "-", "-", "prediction")]
    public void The_largest_machine_shows_what_is_calibrated_and_what_predicted(string strategy, params string[] ending)
    {
        string machine = _all.Value.Out[_all.Value.Out.IndexOf("\nAmpere Altra Metal, 512G\n", StringComparison.Ordinal)..];

        Assert.Equal(ending, Row(machine.Split('\n'), strategy)[^ending.Length..]);
    }

    [Theory]
    [InlineData("calibration  The model's three constants are solved from v3's columns base (baseline), patch 1 (map-once) and patch 2")]
    [InlineData("lazy-unmap   Only v2 of the series had it")]
    [InlineData("executes 16 VAALE1IS between the same barriers.")]
    [InlineData("premapped    A prediction; nobody has published it.")]
    [InlineData("Apple M2     Posted in whole milliseconds")]
    [InlineData("v2: https://lore.kernel.org/r/20240404143308.2224141-1-ryan.roberts@arm.com")]
    public void The_notes_say_where_figures_come_from(string note) => Assert.Contains(note, _all.Value.Out, StringComparison.Ordinal);

    [Fact]
    public void Only_notes_that_are_needed_are_shown()
    {
        CliRun run = CliRun.Of("compare", "--memory", "16M", "--strategy", "single-map");

        Assert.DoesNotContain("lazy-unmap", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("premapped  A prediction", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Apple M2", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("published", run.Out, StringComparison.Ordinal);
        Assert.Contains("constants of Ampere Altra VM, 64G (ampere-altra-vm-64g)", run.Out, StringComparison.Ordinal);
        Assert.Contains("Digest of the tables: ", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void With_larger_pages_it_is_said_that_the_constants_are_of_small_ones()
    {
        const string said = "They were solved for tables of 4 KiB";

        Assert.Contains(said, CliRun.Of("compare", "--memory", "16M", "--granule", "64K", "--strategy", "single-map").Out, StringComparison.Ordinal);
        Assert.DoesNotContain(said, CliRun.Of("compare", "--memory", "16M", "--strategy", "single-map").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_is_only_said_where_it_is_half()
    {
        // Two ranges share a table of each level: the second comes back to it, and maps it again, though it makes none.
        CliRun run = CliRun.Of("compare", "--memory", "1M@0x40000000,512K@0x40180000", "--strategy", "batch-barriers,single-map");

        Assert.Equal(0, run.Code);
        Assert.Contains("The seed's step reduces the invalidations: 9 -> 6, to 66.67%.", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("half", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Redirected_text_has_no_escape_codes_no_folded_numbers_and_no_blanks_at_line_ends()
    {
        Assert.DoesNotContain('\u001b', _all.Value.Out);
        Assert.DoesNotContain(" \n", _all.Value.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('…', _all.Value.Out);
        Assert.Contains("151,815,685", _all.Value.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    public void On_a_narrow_terminal_tables_are_split_not_folded(int width)
    {
        CliRun run = CliRun.On(
            (output, error) => new Terminal(output, error) { Width = width },
            "compare", "--machine", "apple-m2-vm-16g", "--strategy", "baseline,single-map,premapped");
        string[] rules = [.. run.Out.Split('\n').Where(line => line.StartsWith('─'))];

        Assert.True(rules.Length > 2);
        Assert.All(rules, rule => Assert.True(rule.Length <= width, rule.Length.ToString(CultureInfo.InvariantCulture)));
        foreach (string cell in (string[])["270,866", "4,744,245", "8,209", "168 v3", "calibration", "prediction"])
        {
            Assert.Contains(cell, run.Out, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_strategy_may_be_made_of_switches()
    {
        CliRun run = CliRun.Of("compare", "--memory", "16M", "--strategy", "map-once,baseline:window=visit");
        string[] lines = run.Out.Split('\n');

        Assert.Equal(Row(lines, "map-once"), Row(lines, "baseline:window=visit"));
        Assert.Contains("All 2 strategies made identical tables", run.Out, StringComparison.Ordinal);
    }

    private static string[] Row(string[] lines, string label) =>
        lines.First(line => line.StartsWith($"  {label} ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..];

    [GeneratedRegex("All 6 strategies made identical tables \\(digest [0-9a-f]{32}\\)\\.")]
    private static partial Regex IdenticalTables();
}
