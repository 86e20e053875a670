using System.Text.Json;
using System.Text.Json.Serialization;
using Ptewright.Cli.Output;
using Ptewright.Counting;
using Spectre.Console;

namespace Ptewright.Cli.Commands.Count;

/// <summary>What <c>count</c> writes.</summary>
internal static class CountReport
{
    /// <summary>Writes an outcome.</summary>
    public static void Write(Terminal terminal, CountOutcome outcome, bool asJson)
    {
        if (asJson)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(CountJson.Of(outcome), CliJson.TypeOf<CountJson>(CountJsonCode.Default)));
        }
        else
        {
            WriteText(terminal, outcome);
        }
    }

    private static void WriteText(Terminal terminal, CountOutcome outcome)
    {
        string kernel = outcome.Profile is null ? string.Empty : $" ({outcome.Profile})";
        terminal.WriteMarked($"[bold]{Markup.Escape($"{outcome.Source}{kernel} on {outcome.Cpu} with {Numbers.Bytes(outcome.MemoryBytes)}")}[/]");
        terminal.Out.WriteLine($"counted from {outcome.Region.Start} to {outcome.Region.End}");
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string head in new[] { string.Empty, string.Empty, "TLBI", "DSB", "ISB", "instructions" })
        {
            table.AddColumn(new TableColumn(head) { Alignment = head.Length == 0 ? Justify.Left : Justify.Right, NoWrap = true });
        }

        bool hasGranules = outcome.Passes.Select(pass => pass.Granule).Distinct().Skip(1).Any();
        foreach (CountedPass pass in outcome.Passes)
        {
            string name = hasGranules ? $"{pass.Name}, {pass.Granule}" : pass.Name;
            ExecutedCounts executed = pass.Executed;
            AddRow(table, name, "executed", new PredictedCounts(executed.Tlbi, executed.Dsb, executed.Isb), Numbers.Count(executed.Instructions));
            if (pass.Own is { } own)
            {
                AddRow(table, string.Empty, "by itself", own, string.Empty);
            }

            AddRow(table, string.Empty, "predicted", pass.Predicted, string.Empty);
        }

        terminal.Write(table);
        int equal = outcome.Passes.Count(pass => pass.IsEqual);
        terminal.WriteMarked(outcome.IsEqual
            ? "[bold]As predicted[/], to the last TLBI, DSB and ISB."
            : $"[bold]Not as predicted[/]: {equal} of {outcome.Passes.Count} equal.");
    }

    private static void AddRow(Table table, string name, string kind, PredictedCounts counts, string instructions) => table.AddRow(
        new Text(name), new Text(kind), new Text(Numbers.Count(counts.Tlbi)), new Text(Numbers.Count(counts.Dsb)), new Text(Numbers.Count(counts.Isb)), new Text(instructions));
}

/// <summary>What <c>count --json</c> writes. The shape is documented in docs/count.md and promised to programs.</summary>
/// <param name="Source">The kernel's file, or <c>boot image</c>.</param>
/// <param name="Profile">The kernel profile; absent for the boot image.</param>
/// <param name="Cpu">The CPU.</param>
/// <param name="MemoryBytes">The machine's memory.</param>
/// <param name="CommandLine">The command line that it got.</param>
/// <param name="Start">The first instruction that counts.</param>
/// <param name="End">The instruction at which counting ends.</param>
/// <param name="Results">One for a kernel; one for each granule and strategy of the boot image.</param>
/// <param name="Equal">Whether everything is as predicted.</param>
/// <param name="Kernel">What is known of the kernel itself, and how; absent for the boot image.</param>
internal sealed record CountJson(
    string Source,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Profile,
    string Cpu,
    ulong MemoryBytes,
    string CommandLine,
    string Start,
    string End,
    IReadOnlyList<CountResultJson> Results,
    bool Equal,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] KernelJson? Kernel)
{
    /// <summary>An outcome as JSON.</summary>
    public static CountJson Of(CountOutcome outcome) => new(
        outcome.Source,
        outcome.Profile,
        outcome.Cpu,
        outcome.MemoryBytes,
        outcome.CommandLine,
        Numbers.Hex(outcome.Region.Start.Value),
        Numbers.Hex(outcome.Region.End.Value),
        [.. outcome.Passes.Select(pass => new CountResultJson(pass.Name, pass.Granule, pass.Executed, pass.Predicted, pass.Own, pass.IsEqual))],
        outcome.IsEqual,
        outcome.Kernel is null ? null : KernelJson.Of(outcome.Kernel));
}

/// <summary>One pass through the region.</summary>
/// <param name="Name"><c>paging_init</c>, or the strategy.</param>
/// <param name="Granule"><c>4K</c>, <c>16K</c> or <c>64K</c>.</param>
/// <param name="Executed">What the plugin counted: <c>instructions</c>, <c>tlbi</c>, <c>dsb</c>, <c>isb</c>.</param>
/// <param name="Predicted">What the engine predicts: <c>tlbi</c>, <c>dsb</c>, <c>isb</c>.</param>
/// <param name="Own">What the boot image counted of itself; absent for a kernel.</param>
/// <param name="Equal">Whether all say the same.</param>
internal sealed record CountResultJson(
    string Name,
    string Granule,
    ExecutedCounts Executed,
    PredictedCounts Predicted,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PredictedCounts? Own,
    bool Equal);

/// <summary>The generated code that writes the JSON of <c>count</c>.</summary>
[JsonSerializable(typeof(CountJson))]
internal sealed partial class CountJsonCode : JsonSerializerContext;
