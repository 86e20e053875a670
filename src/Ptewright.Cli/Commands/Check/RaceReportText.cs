using System.Globalization;
using System.Numerics;
using Ptewright.Checking;
using Ptewright.Cli.Output;
using Ptewright.Kernels.Versions;
using Ptewright.Texts;
using Ptewright.Translation;
using Spectre.Console;

namespace Ptewright.Cli.Commands.Check;

/// <summary>What <c>check races</c> writes for people.</summary>
/// <param name="terminal">Where to.</param>
/// <param name="report">What was found.</param>
/// <param name="first">The number of the first scenario.</param>
internal sealed class RaceReportText(Terminal terminal, RaceReport report, int first)
{
    private readonly RaceWording _wording = new(report);

    /// <summary>Writes all of it.</summary>
    public void Write()
    {
        WriteHeading();
        terminal.Out.WriteLine();
        WriteScenarios();
        terminal.Out.WriteLine();
        if (report.Worst is { } worst)
        {
            WriteFinding(worst, worst.Findings[0]);
            return;
        }

        terminal.WriteMarked("[bold]Safe:[/] no interleaving goes wrong.");
    }

    private static string Count(BigInteger number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Steps(RaceFinding finding) => Numbers.Of((ulong)finding.Steps.Count, "step");

    private void WriteHeading()
    {
        RaceOptions options = report.Options;
        TableGeometry geometry = report.Geometry;
        string inUse = geometry.ActualVirtualAddressBits == geometry.VirtualAddressBits
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $" ({geometry.ActualVirtualAddressBits} in use)");
        string moved = options.FixmapLock == options.Profile.Facts.FixmapLock ? string.Empty : ", which is not where this kernel has it";
        terminal.WriteMarked($"[bold]{Markup.Escape(options.Profile.Name)}, fixmap_lock: {CheckRacesCommand.NameOf(options.FixmapLock)}[/]");
        terminal.Out.WriteLine($"{Place(options.FixmapLock)}{moved}.");
        terminal.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{options.Strategy.Name}, {GranuleText.NameOf(geometry.Granule)} pages, {geometry.VirtualAddressBits}-bit addresses{inUse}; "
            + $"the root is written through FIX_PGD under swapper_pgdir_lock."));
        terminal.Out.WriteLine(
            $"Two late writers, A and B, every interleaving of their steps: {Numbers.Of((ulong)report.Results.Count, "scenario")}, "
            + $"{Numbers.Of((ulong)report.States, "state")}, {Count(report.Interleavings)} interleavings.");
        terminal.Out.WriteLine("Stores are seen at once and translations are exact: what late stores and stale TLB entries would add is not looked at here.");
    }

    private static string Place(FixmapLock place) => place switch
    {
        FixmapLock.WholeWalk => "The lock is held around the whole walk",
        FixmapLock.PudWindow => "The lock is held from before the PUD slot is mapped until it is unmapped",
        FixmapLock.PudEntries => "The lock is taken after the PUD slot is mapped and held until it is unmapped",
        _ => "There is no lock over the slots",
    };

    private void WriteScenarios()
    {
        string[][] rows =
        [
            ["#", "scenario", "states", "interleavings", "go wrong", "soonest", string.Empty],
            .. report.Results.Select((result, index) => Row(result, first + index)),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
        {
            // Names to the left, numbers to the right.
            IEnumerable<string> cells = row.Select((cell, column) => column is 1 or 6 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            terminal.Out.WriteLine($"  {string.Join("  ", cells)}".TrimEnd());
        }
    }

    private static string[] Row(RaceResult result, int number) =>
    [
        number.ToString(CultureInfo.InvariantCulture),
        result.Scenario.Name,
        Numbers.Count((ulong)result.States),
        Count(result.Interleavings),
        result.IsSafe ? "none" : Count(result.WrongInterleavings),
        result.IsSafe ? string.Empty : Steps(result.Findings[0]),
        result.IsSafe ? string.Empty : RaceWording.Describe(result.Findings[0]),
    ];

    private void WriteFinding(RaceResult result, RaceFinding finding)
    {
        int number = first + report.Results.TakeWhile(other => other != result).Count();
        terminal.WriteMarked(
            $"[bold]Unsafe:[/] the shortest interleaving that goes wrong, {Steps(finding)}, in scenario {number}: {Markup.Escape(result.Scenario.Name)}.");
        terminal.Out.WriteLine($"A {RaceWording.Describe(result.Scenario.A)}");
        terminal.Out.WriteLine($"B {RaceWording.Describe(result.Scenario.B)}");
        terminal.Out.WriteLine();
        WriteSteps(finding.Steps);
        terminal.Out.WriteLine();
        terminal.WriteMarked($"[bold]Wrong:[/] {Markup.Escape(finding.Message)}");
        foreach (RaceFinding other in result.Findings.Skip(1))
        {
            terminal.Out.WriteLine($"In this scenario also, after {Steps(other)}: {RaceWording.Describe(other)}.");
        }
    }

    // Side by side where the terminal is wide enough, else one below the other, each with its writer's letter.
    private void WriteSteps(IReadOnlyList<RaceStep> steps)
    {
        string[][] lines = [.. steps.Select(step => _wording.Lines(step).ToArray())];
        int digits = Math.Max(3, steps.Count.ToString(CultureInfo.InvariantCulture).Length);
        int WidthOf(RaceWriter writer) => steps.Index()
            .Where(step => step.Item.Writer == writer)
            .SelectMany(step => lines[step.Index])
            .Select(line => line.Length)
            .DefaultIfEmpty()
            .Max();
        int left = WidthOf(RaceWriter.A) + 2;
        bool beside = digits + 3 + left + WidthOf(RaceWriter.B) <= terminal.Width;
        if (beside)
        {
            terminal.Out.WriteLine($"{string.Empty.PadLeft(digits + 3)}{"A".PadRight(left)}B");
        }

        foreach ((int index, RaceStep step) in steps.Index())
        {
            string number = (index + 1).ToString(CultureInfo.InvariantCulture).PadLeft(digits);
            string mark = index == steps.Count - 1 ? "!" : " ";
            foreach ((int line, string text) in lines[index].Index())
            {
                string margin = line == 0 ? $"{number}{mark}  " : string.Empty.PadLeft(digits + 3);
                string place = beside ? string.Empty.PadLeft(step.Writer == RaceWriter.B ? left : 0) : $"{step.Writer}  ";
                terminal.Out.WriteLine($"{margin}{place}{text}");
            }
        }
    }
}
