using System.Globalization;
using Ptewright.Cli.Output;
using Ptewright.Cpu;
using Ptewright.Firmware;
using Ptewright.Kernels.Late;
using Ptewright.Kernels.Planning;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Texts;
using Ptewright.Translation;
using Spectre.Console;

namespace Ptewright.Cli.Commands.Map;

/// <summary>What <c>map</c> writes for people.</summary>
internal sealed class MapReport(Terminal terminal, MapOutcome outcome)
{
    // Firmware of a server lists some dozens of regions; more than that nobody reads.
    private const int MostRows = 48;

    private static readonly string[] _lateCounts = ["slots", "TLBI", "DSB", "ISB"];

    private TableGeometry Geometry => outcome.Plan.Geometry;

    /// <summary>Writes all of it.</summary>
    public void Write()
    {
        WriteHeading();
        terminal.Out.WriteLine();
        WriteMemory();
        terminal.Out.WriteLine();
        WriteSteps();
        terminal.Out.WriteLine();
        WriteResult();
        if (outcome.Late.Count > 0)
        {
            terminal.Out.WriteLine();
            WriteLate();
        }

        foreach (string remark in outcome.Remarks)
        {
            terminal.Out.WriteLine($"Note: {remark}");
        }
    }

    private void WriteHeading()
    {
        string inUse = Geometry.ActualVirtualAddressBits == Geometry.VirtualAddressBits
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $" ({Geometry.ActualVirtualAddressBits} in use)");
        string commandLine = outcome.Memory.CommandLine.Text;
        terminal.WriteMarked($"[bold]{Markup.Escape(outcome.Plan.Profile.Name)} on {Markup.Escape(outcome.Machine.Cpu.Name)}, memory {Markup.Escape(outcome.Memory.Name)}[/]");
        terminal.Out.WriteLine(outcome.Plan.Profile.Summary);
        terminal.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{GranuleText.NameOf(Geometry.Granule)} pages, {Geometry.VirtualAddressBits}-bit addresses{inUse}, {outcome.Levels} levels, "
            + $"{outcome.Plan.Plan.Settings.Format.AddressBits}-bit descriptors; command line: {(commandLine.Length == 0 ? "empty" : commandLine)}"));
        terminal.Out.WriteLine(
            $"PAGE_OFFSET {Geometry.PageOffset}, memstart {Numbers.Hex(outcome.Plan.Plan.MemoryStart.Value)}, root table at {outcome.Result.Root}");
        if (outcome.Machine.Image is { } image)
        {
            terminal.Out.WriteLine($"Kernel image at {image.Base}..{image.PhysicalEnd}, {Numbers.Bytes(image.Size)}");
        }
    }

    private void WriteMemory()
    {
        MemoryLayout memory = outcome.Plan.Memory;
        Table table = NewTable("memory from", "to", "size", "use");
        AddRows(table, memory.Memory.Count, index =>
        {
            MemoryRegion region = memory.Memory[index];
            return [region.Start.ToString(), region.End.ToString(), Numbers.Bytes(region.Size), region.NoMap ? "not mapped" : "mapped"];
        });
        terminal.Write(table);
        ulong reserved = memory.Reserved.Aggregate(0UL, (sum, region) => sum + region.Size);
        terminal.Out.WriteLine(
            $"{Numbers.Bytes(memory.MappedBytes)} to map; {Numbers.Bytes(reserved)} reserved in {Numbers.Of((ulong)memory.Reserved.Count, "range")}, where no table lies");
        WritePlaced();
    }

    private void WritePlaced()
    {
        IReadOnlyList<PlacedRegion> placed = outcome.Plan.PlacedRegions;
        if (placed.Count == 0)
        {
            return;
        }

        terminal.Out.WriteLine();
        Table table = NewTable("region without a place", "from", "to", "size", "use");
        AddRows(table, placed.Count, index =>
        {
            PlacedRegion region = placed[index];
            bool isThere = region.Fate == RegionFate.Placed;
            return
            [
                region.Region.Name,
                isThere ? region.Start.ToString()! : "-",
                isThere ? region.End.ToString()! : "-",
                Numbers.Bytes(region.Region.Size),
                isThere ? region.Region.NoMap ? "not mapped" : "reserved" : "not placed",
            ];
        });
        terminal.Write(table);
    }

    private void WriteSteps()
    {
        PlanStep[] steps = [.. outcome.Plan.Plan.Steps.Where(step => step.Kind == PlanStepKind.Map)];
        Table table = NewTable("step of", "virtual from", "physical from", "size", "bits of a page", "forbidden");
        AddRows(table, steps.Length, index =>
        {
            MapRequest request = steps[index].Request;
            return
            [
                PlanPhases.NameOf(steps[index].Phase),
                request.Virtual.ToString(),
                request.Physical.ToString(),
                Numbers.Bytes(request.Size),
                $"0x{request.Protection.PageBits:x16}",
                Forbidden(request.Flags),
            ];
        });
        terminal.Write(table);
        BlockDecision blocks = outcome.Plan.Blocks;
        terminal.Out.WriteLine($"Blocks and runs in banks of memory are {(blocks.Allowed ? "allowed" : "forbidden")}:");
        foreach (string reason in blocks.Reasons)
        {
            terminal.Out.WriteLine($"  {reason}");
        }
    }

    private void WriteResult()
    {
        TableStatistics made = outcome.Result.Statistics;
        OperationCounts counts = outcome.Result.Counts;
        terminal.WriteMarked($"[bold]{outcome.ScopeName} with {Markup.Escape(outcome.Strategy.Name)}[/]");
        terminal.Out.WriteLine($"{ContentsText.Of(made)}; {Numbers.Bytes(outcome.MappedBytes)} mapped");
        terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The tables take {outcome.TableBytes / (double)(1 << 20):N2} MiB; roots are not counted."));
        if (made.ContiguousPages + made.ContiguousPmdBlocks > 0)
        {
            terminal.Out.WriteLine($"contiguous bit on {Numbers.Of(made.ContiguousPages, "page")} and {Numbers.Of(made.ContiguousPmdBlocks, "PMD block")}");
        }

        terminal.Out.WriteLine($"{Numbers.Of(made.Visits, "visit")} of tables, {Numbers.Count(counts.FixmapMaps)} fixmap slots mapped and {Numbers.Count(counts.FixmapUnmaps)} cleared");
        string[] dsb = [.. Named((counts.DsbIshst, "ISHST"), (counts.DsbIsh, "ISH"), (counts.DsbNshst, "NSHST"), (counts.DsbNsh, "NSH"))];
        terminal.Out.WriteLine(
            $"TLBI {Numbers.Count(counts.Tlbi)}, DSB {Numbers.Count(counts.Dsb)}{(dsb.Length == 0 ? string.Empty : $" ({string.Join(", ", dsb)})")}, ISB {Numbers.Count(counts.Isb)}");
        terminal.Out.WriteLine($"Digest of the tables: {outcome.Digest}; built here in {Numbers.Milliseconds(outcome.Result.Elapsed.TotalMilliseconds)} ms.");
        if (outcome.ModelMilliseconds is { } modelled)
        {
            terminal.Out.WriteLine($"Modelled with the constants of --calibrate: {Numbers.Milliseconds(modelled)} ms.");
        }
    }

    private void WriteLate()
    {
        terminal.WriteMarked($"[bold]After the start, with {Markup.Escape(outcome.Strategy.Name)}[/]");
        Table table = new Table().Border(TableBorder.Simple);
        table.AddColumn(new TableColumn(new Markup("[bold]change[/]")).NoWrap());
        table.AddColumn(new TableColumn(new Markup("[bold]size[/]")).RightAligned().NoWrap());
        foreach (string title in outcome.Late.SelectMany(way => _lateCounts.Select(count => $"{way.Name}\n{count}")))
        {
            table.AddColumn(new TableColumn(new Markup($"[bold]{title}[/]")).RightAligned().NoWrap());
        }

        table.AddColumn(new TableColumn(new Markup("[bold]tables\nkept[/]")).RightAligned().NoWrap());
        for (int i = 0; i < outcome.Late[0].Changes.Count; i++)
        {
            LateChange change = outcome.Late[0].Changes[i];
            IEnumerable<ulong> counts = outcome.Late.SelectMany(way =>
                way.Changes[i].Result.Counts is var made ? new[] { made.FixmapMaps, made.Tlbi, made.Dsb, made.Isb } : []);
            string[] cells = [change.Function, Numbers.Bytes(change.Size), .. counts.Select(Numbers.Count), Numbers.Count(change.Result.Outstanding)];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }

        terminal.Write(table);
        LateChange added = outcome.Late[0].Changes[^1];
        terminal.Out.WriteLine($"Added memory lies at {added.Start} and takes {Numbers.Of(added.Result.Statistics.Tables, "table")}; removed, it leaves none behind.");
    }

    private static IEnumerable<string> Named(params (ulong Count, string Name)[] parts) =>
        parts.Where(part => part.Count > 0).Select(part => $"{part.Name} {Numbers.Count(part.Count)}");

    private static string Forbidden(MapFlags flags)
    {
        (MapFlags Flag, string Name)[] names = [(MapFlags.NoBlock, "blocks"), (MapFlags.NoContiguous, "runs"), (MapFlags.NoExec, "execution"), (MapFlags.KeepSmaller, "larger than there")];
        return string.Join(", ", names.Where(name => flags.HasFlag(name.Flag)).Select(name => name.Name));
    }

    private static void AddRows(Table table, int count, Func<int, string[]> row)
    {
        for (int i = 0; i < Math.Min(count, MostRows); i++)
        {
            table.AddRow(row(i).Select(cell => new Text(cell)));
        }

        if (count > MostRows)
        {
            table.AddRow(new Text($"and {count - MostRows} more"));
        }
    }

    private static Table NewTable(params string[] titles)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string title in titles)
        {
            TableColumn column = new TableColumn(new Markup($"[bold]{title}[/]")).NoWrap();
            table.AddColumn(title == "size" ? column.RightAligned() : column);
        }

        return table;
    }
}
