using System.Globalization;
using Ptewright.Checking;
using Ptewright.Cli.Output;
using Spectre.Console;

namespace Ptewright.Cli.Commands.Check;

/// <summary>What <c>check ordering</c> writes for people: for each scenario a table of verdicts, then the shortest bad runs.</summary>
internal sealed class CheckOrderingReport(Terminal terminal, OrderingReport report)
{
    /// <summary>What is modelled, in a few lines; more is in docs/checks-ordering.md.</summary>
    private static readonly string[] _limits =
    [
        "Modelled: one writer; walkers that read any entry at any moment, keep what is valid, and see a store at once or not before a DSB waits for it;",
        "TLB and walk-cache entries until a TLBI is complete; translations made ahead of an access, back to the last ISB.",
        "Not modelled: a second writer (see check races), data that is not in tables, instruction fetch, errata. An emulator's table walker is kinder than this.",
    ];

    /// <summary>Writes all of it.</summary>
    public void Write()
    {
        terminal.WriteMarked($"[bold]Ordering of {Markup.Escape(report.Profile.Name)} with {Markup.Escape(report.Strategy.Name)}[/]");
        terminal.Out.WriteLine(report.Profile.Summary);
        foreach (OrderingScenario scenario in report.Scenarios)
        {
            terminal.Out.WriteLine();
            Write(scenario);
        }

        terminal.Out.WriteLine();
        foreach (string line in _limits)
        {
            terminal.Out.WriteLine(line);
        }
    }

    private void Write(OrderingScenario scenario)
    {
        terminal.WriteMarked($"[bold]{Markup.Escape(scenario.Name)}[/]: {Markup.Escape(scenario.Summary)}");
        string size = $"{Numbers.Of((ulong)scenario.Events, "operation")}, {Numbers.Of((ulong)scenario.Tables, "table")}";
        if (scenario.Violation is { } violation)
        {
            terminal.Out.WriteLine($"{size}: not safe as it is, rule {NameOf(violation.Rule)}.");
            WriteRun(violation);
            return;
        }

        terminal.Out.WriteLine($"{size}: safe as it is. Left out one at a time:");
        WriteTable(scenario);
        foreach (OrderingPlace place in scenario.Places.Where(place => place.ShortestRun is not null))
        {
            terminal.Out.WriteLine();
            string how = place.Needed > 0 ? "without it" : "without all of them";
            terminal.WriteMarked($"[bold]{Markup.Escape(place.Function)}: {place.Instruction}[/], {how}, rule {NameOf(place.ShortestRun!.Rule)}:");
            WriteRun(place.ShortestRun);
        }
    }

    private void WriteTable(OrderingScenario scenario)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string title in new[] { "function", "instruction", "needed", "of", "rule", "where it is not: what does its work" })
        {
            TableColumn column = new TableColumn(new Markup($"[bold]{title}[/]"));
            _ = table.AddColumn(title is "needed" or "of" ? column.RightAligned().NoWrap() : title.StartsWith("where", StringComparison.Ordinal) ? column : column.NoWrap());
        }

        foreach (OrderingPlace place in scenario.Places)
        {
            string[] cells =
            [
                place.Function,
                place.Instruction,
                place.Needed.ToString(CultureInfo.InvariantCulture),
                place.Occurrences.ToString(CultureInfo.InvariantCulture),
                place.ShortestRun is { } run ? NameOf(run.Rule) : "-",
                Why(place),
            ];
            _ = table.AddRow(cells.Select(cell => new Text(cell)));
        }

        terminal.Write(table);
    }

    private static string Why(OrderingPlace place)
    {
        string covers = string.Join("; ", place.CoveredBy.Take(2).Select(cover => cover.By ?? "nothing relies on it"))
            + (place.CoveredBy.Count > 2 ? "; others" : string.Empty);
        return place.Verdict switch
        {
            OrderingVerdict.NeededTogether => $"not alone, but not all at once: {covers}",
            OrderingVerdict.NotNeeded => $"never here: {covers}",
            _ => covers,
        };
    }

    private void WriteRun(OrderingRun run)
    {
        foreach (OrderingStep step in run.Steps)
        {
            string number = step.Event.ToString(CultureInfo.InvariantCulture).PadLeft(6);
            terminal.Out.WriteLine(step.Actor switch
            {
                OrderingActor.Writer => $"{number}  writer  {step.Text}",
                OrderingActor.Walker => $"{number}+ walker  {step.Text}",
                _ => $"{number}  ------  left out: {step.Text}",
            });
        }
    }

    /// <summary>A rule's name as the output has it.</summary>
    public static string NameOf(OrderingRule rule) => rule switch
    {
        OrderingRule.Zeroed => "zeroed",
        OrderingRule.Window => "window",
        OrderingRule.Usable => "usable",
        _ => "forgotten",
    };
}
