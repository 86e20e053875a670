using System.Globalization;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.LinearMap;
using Ptewright.Strategies;
using Ptewright.Translation;
using Spectre.Console;

namespace Ptewright.Cli.Commands.Compare;

/// <summary>What <c>compare</c> writes for people.</summary>
internal sealed class CompareReport(Terminal terminal, PublishedMeasurements published, IReadOnlyList<MachineComparison> machines, TableChoice shape)
{
    private bool AsMeasured => machines.Any(machine => machine.Outcomes.Any(outcome => outcome.Published is not null));

    /// <summary>Writes all of it.</summary>
    public void Write()
    {
        if (AsMeasured)
        {
            WriteSeed();
        }

        foreach (MachineComparison machine in machines)
        {
            if (AsMeasured || machine != machines[0])
            {
                terminal.Out.WriteLine();
            }

            WriteMachine(machine);
        }

        terminal.Out.WriteLine();
        CompareNotes notes = new(published, machines, shape);
        terminal.Write(notes.ToGrid(Math.Min(terminal.Width, 120)));
        foreach (string source in notes.Sources())
        {
            terminal.Out.WriteLine(source);
        }
    }

    // The published table that the project is named after, and beside it what the counts predict.
    private void WriteSeed()
    {
        terminal.WriteMarked("[bold]Time of map_mem() before and after \"Don't remap pgtables for allocate vs populate\"[/]");
        terminal.Out.WriteLine($"as published, {published.SeedSource}");
        Table table = NewTable();
        table.AddColumn(new TableColumn("\nms (%)").NoWrap());
        foreach (MachineComparison machine in machines)
        {
            // Two lines, as in the original: what it is, and what it has.
            int space = machine.Name.LastIndexOf(' ', machine.Name.IndexOf(',', StringComparison.Ordinal));
            string name = $"{machine.Name[..space]}\n{machine.Name[(space + 1)..]}";
            table.AddColumn(new TableColumn(new Markup($"[bold]{Markup.Escape(name)}[/]")).RightAligned().NoWrap());
        }

        AddRow("before", machine => Posted(machine, published.SeedBefore, isFirst: true));
        AddRow("after", machine => Posted(machine, published.SeedAfter, isFirst: false));
        if (machines.Any(machine => Predicted(machine) is not null))
        {
            AddRow("predicted", machine => Predicted(machine) is { } ms ? $"{Numbers.Milliseconds(ms)} {Numbers.InBrackets(ModelPercent(machine))}" : "-");
            AddRow("error", Error);
        }

        terminal.Write(table);
        terminal.Out.WriteLine(
            $"before = {published.SeedBefore}, after = {published.SeedAfter}, predicted = the model's time for {published.SeedAfter}'s counts");

        void AddRow(string label, Func<MachineComparison, string> cell) =>
            table.AddRow([new Text(label), .. machines.Select(machine => new Text(cell(machine)))]);
    }

    private string Posted(MachineComparison machine, string strategy, bool isFirst)
    {
        PublishedFigure figure = published.Find(published.SeedSeries, machine.Id, strategy)!;
        return $"{figure.Milliseconds.ToString("0", CultureInfo.InvariantCulture)} {Numbers.InBrackets(isFirst ? 0 : figure.ChangePercent)}";
    }

    private string Error(MachineComparison machine)
    {
        if (Predicted(machine) is not { } predicted)
        {
            return "-";
        }

        double posted = published.Find(published.SeedSeries, machine.Id, published.SeedAfter)!.Milliseconds;
        return string.Create(CultureInfo.InvariantCulture, $"{predicted - posted:+0.0;-0.0} ({(predicted / posted * 100) - 100:+0.0;-0.0}%)");
    }

    private double? Predicted(MachineComparison machine) => Find(machine, published.SeedAfter)?.ModelMilliseconds;

    private double? ModelPercent(MachineComparison machine) =>
        Find(machine, published.SeedAfter) is { } after ? ModelChange.Percent(published, machine, after) : null;

    private void WriteMachine(MachineComparison machine)
    {
        TableStatistics made = machine.Outcomes[0].Result.Statistics;
        terminal.WriteMarked($"[bold]{Markup.Escape(machine.Name)}[/]");
        TableGeometry geometry = shape.Geometry;
        string inUse = geometry.ActualVirtualAddressBits == geometry.VirtualAddressBits
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $" ({geometry.ActualVirtualAddressBits} in use)");
        terminal.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{ContentsText.Of(made)}; {shape.GranuleName} pages, {geometry.VirtualAddressBits}-bit addresses{inUse}, {4 - geometry.WalkRootLevel} levels"));
        if (machine.Kernel is { } kernel)
        {
            terminal.Out.WriteLine($"{kernel.Profile.Summary}; its own strategy is {kernel.Strategy.Name}");
            terminal.Out.WriteLine($"Blocks and runs in banks of memory are {(kernel.Blocks.Allowed ? "allowed" : "forbidden")}: {string.Join("; ", kernel.Blocks.Reasons)}");
        }

        CompareColumn[] times = AsMeasured ? [.. CompareColumn.ModelTimes, .. CompareColumn.PublishedTimes] : [.. CompareColumn.ModelTimes];
        WriteColumns(machine, [CompareColumn.Counts, times]);
        WriteVerdict(machine);
        WriteHalving(machine);
    }

    // One table where the terminal is wide enough; else one a group, and in a very narrow one as many as it takes. A folded number is none.
    private void WriteColumns(MachineComparison machine, IReadOnlyList<IReadOnlyList<CompareColumn>> groups)
    {
        CompareColumn[] all = [CompareColumn.Strategy, .. groups.SelectMany(group => group)];
        if (WidthOf(machine, all) <= terminal.Width || all.Length == 2)
        {
            WriteTable(machine, all);
        }
        else if (groups.Count > 1)
        {
            foreach (IReadOnlyList<CompareColumn> group in groups)
            {
                WriteColumns(machine, [group]);
            }
        }
        else
        {
            int fitting = all.Length - 1;
            while (fitting > 2 && WidthOf(machine, all[..fitting]) > terminal.Width)
            {
                fitting--;
            }

            WriteTable(machine, all[..fitting]);
            WriteColumns(machine, [all[fitting..]]);
        }
    }

    // The border's corners take two columns at either side, the space between two cells three.
    private int WidthOf(MachineComparison machine, CompareColumn[] columns) => 4 + (3 * (columns.Length - 1)) + columns.Sum(column =>
        Math.Max(column.Title.Length, machine.Outcomes.Max(outcome => column.Cell(outcome, ModelChange.Percent(published, machine, outcome)).Length)));

    private void WriteTable(MachineComparison machine, IReadOnlyList<CompareColumn> columns)
    {
        Table table = NewTable();
        foreach (CompareColumn column in columns)
        {
            TableColumn added = new TableColumn(new Markup($"[bold]{column.Title}[/]")).NoWrap();
            table.AddColumn(column.IsText ? added : added.RightAligned());
        }

        foreach (StrategyOutcome outcome in machine.Outcomes)
        {
            double? change = ModelChange.Percent(published, machine, outcome);
            bool isSeed = outcome.Strategy.Name == published.SeedBefore || outcome.Strategy.Name == published.SeedAfter;
            Style style = new(decoration: isSeed ? Decoration.Bold : Decoration.None);
            table.AddRow(columns.Select(column => new Text(column.Cell(outcome, change), style)));
        }

        terminal.Write(table);
    }

    private void WriteVerdict(MachineComparison machine)
    {
        if (!machine.IdenticalTables)
        {
            terminal.WriteMarked($"[red]{Markup.Escape(CompareCommand.Differences(machine))}[/]");
        }
        else if (machine.Outcomes.Count == 1)
        {
            terminal.Out.WriteLine($"Digest of the tables: {machine.Outcomes[0].Digest}.");
        }
        else
        {
            terminal.WriteMarked($"[green]All {machine.Outcomes.Count} strategies made identical tables[/] (digest {machine.Outcomes[0].Digest}).");
        }
    }

    private void WriteHalving(MachineComparison machine)
    {
        if (Find(machine, published.SeedBefore)?.Result.Counts.Tlbi is not { } before
            || Find(machine, published.SeedAfter)?.Result.Counts.Tlbi is not { } after)
        {
            return;
        }

        string steps = $"{Numbers.Count(before)} -> {Numbers.Count(after)}";
        terminal.Out.WriteLine(2 * after == before
            ? $"The seed's step halves the invalidations: {steps}, exactly half."
            : string.Create(CultureInfo.InvariantCulture, $"The seed's step reduces the invalidations: {steps}, to {100.0 * after / before:0.00}%."));
    }

    private static StrategyOutcome? Find(MachineComparison machine, string strategy) =>
        machine.Outcomes.FirstOrDefault(outcome => outcome.Strategy.Name == strategy);

    private static Table NewTable() => new Table().Border(TableBorder.Simple);
}
