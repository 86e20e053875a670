using System.Text.Json;
using System.Text.Json.Serialization;
using Ptewright.Addressing;
using Ptewright.Cli.Output;
using Ptewright.Findings;
using Ptewright.Translation;
using Ptewright.Verifying;
using Ptewright.Walking;
using Spectre.Console;

namespace Ptewright.Cli.Commands.Verify;

/// <summary>What <c>verify</c> writes.</summary>
internal static class VerifyReport
{
    // Somebody who named the wrong machine has a difference for every table.
    private const int MostRows = 40;

    /// <summary>Writes an outcome.</summary>
    public static void Write(Terminal terminal, VerifyOutcome outcome, bool asJson)
    {
        if (asJson)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(VerifyJson.Of(outcome), CliJson.TypeOf<VerifyJson>(VerifyJsonCode.Default)));
        }
        else
        {
            WriteText(terminal, outcome);
        }
    }

    private static void WriteText(Terminal terminal, VerifyOutcome outcome)
    {
        MapVerification verification = outcome.Verification;
        terminal.WriteMarked($"[bold]{Markup.Escape(outcome.Source)} against {Markup.Escape(outcome.Plan.Profile.Name)} on {Markup.Escape(outcome.Described.Machine.Cpu.Name)}[/]");
        terminal.Out.WriteLine($"{Numbers.Count(verification.LeavesPredicted)} leaves predicted, {Numbers.Count(verification.LeavesFound)} found");
        if (verification.TablePagesPredicted > 0)
        {
            terminal.Out.WriteLine(
                $"{Numbers.Of((ulong)verification.TablePagesPredicted, "table page")} predicted, {Numbers.Count((ulong)verification.TablePagesAtPredictedAddress)} of them where they were predicted");
        }

        if (verification.Differences.Count > 0)
        {
            WriteDifferences(terminal, verification.Differences);
        }

        foreach (Finding problem in verification.Problems)
        {
            terminal.Out.WriteLine($"{(problem.Severity == FindingSeverity.Note ? "Note" : "Problem")}: {problem}");
        }

        foreach (string remark in outcome.Plan.Remarks)
        {
            terminal.Out.WriteLine($"Note: {OptionNames.In(remark)}");
        }

        int explained = verification.Differences.Count(difference => difference.Explanation is not null);
        terminal.WriteMarked(verification.Unexplained == 0
            ? $"[bold]As predicted[/]: {Numbers.Of((ulong)explained, "difference")}, each explained by a later step of the kernel; 0 unexplained."
            : $"[bold]Not as predicted[/]: {Numbers.Count((ulong)verification.Unexplained)} unexplained, {Numbers.Count((ulong)explained)} explained.");
    }

    private static void WriteDifferences(Terminal terminal, IReadOnlyList<MapDifference> differences)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string title in new[] { "address", "size", "predicted", "found", "because" })
        {
            TableColumn column = new(new Markup($"[bold]{title}[/]"));
            table.AddColumn(title == "size" ? column.RightAligned().NoWrap() : title == "because" ? column : column.NoWrap());
        }

        // What is not explained is what one looks for.
        foreach (MapDifference difference in differences.OrderBy(item => item.Explanation is not null).ThenBy(item => item.Start.Value).Take(MostRows))
        {
            table.AddRow(
                new Text(difference.Start.ToString()),
                new Text(difference.Size == 0 ? string.Empty : Numbers.Bytes(difference.Size)),
                new Text(difference.PredictedText),
                new Text(difference.FoundText),
                new Text(difference.Explanation ?? "unexplained"));
        }

        terminal.Write(table);
        if (differences.Count > MostRows)
        {
            terminal.Out.WriteLine($"and {Numbers.Count((ulong)(differences.Count - MostRows))} more; --json has all of them");
        }
    }
}

/// <summary>What <c>verify --json</c> writes. The shape is documented in docs/cli.md and promised to programs.</summary>
/// <param name="Source">What was verified.</param>
/// <param name="Profile">The kernel profile.</param>
/// <param name="Cpu">The CPU.</param>
/// <param name="LeavesPredicted">Leaves that were predicted.</param>
/// <param name="LeavesFound">Leaves that are there.</param>
/// <param name="TablePagesPredicted">Table pages that were predicted below the root.</param>
/// <param name="TablePagesAtPredictedAddress">Those that lie where they were predicted.</param>
/// <param name="Differences">Where the two differ.</param>
/// <param name="Problems">What is wrong with the tables themselves.</param>
/// <param name="Unexplained">Differences without an explanation, and problems.</param>
/// <param name="Kernel">What is known of the kernel itself, and how.</param>
/// <param name="Machine">What was found in the source; what was given went before. Absent where nothing was looked for.</param>
internal sealed record VerifyJson(
    string Source,
    string Profile,
    string Cpu,
    ulong LeavesPredicted,
    ulong LeavesFound,
    int TablePagesPredicted,
    int TablePagesAtPredictedAddress,
    IReadOnlyList<VerifyDifferenceJson> Differences,
    IReadOnlyList<string> Problems,
    int Unexplained,
    KernelJson Kernel,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MachineJson? Machine)
{
    /// <summary>An outcome as JSON.</summary>
    public static VerifyJson Of(VerifyOutcome outcome) => new(
        outcome.Source,
        outcome.Plan.Profile.Name,
        outcome.Described.Machine.Cpu.Name,
        outcome.Verification.LeavesPredicted,
        outcome.Verification.LeavesFound,
        outcome.Verification.TablePagesPredicted,
        outcome.Verification.TablePagesAtPredictedAddress,
        [.. outcome.Verification.Differences.Select(VerifyDifferenceJson.Of)],
        [.. outcome.Verification.Problems.Select(problem => problem.ToString())],
        outcome.Verification.Unexplained,
        KernelJson.Of(outcome.Described.Machine),
        MachineJson.Of(outcome.Found));
}

/// <summary>One difference.</summary>
/// <param name="Kind"><c>missing</c>, <c>extra</c>, <c>moved</c>, <c>changed</c>, <c>table</c>, <c>tableEntry</c>.</param>
/// <param name="Start">The first address.</param>
/// <param name="Size">How many bytes; 0 for a table.</param>
/// <param name="Level">For a table: its level.</param>
/// <param name="Predicted">The leaf's level, bits and address there, or the table's address; absent for nothing.</param>
/// <param name="Found">The same of what is there.</param>
/// <param name="Explained">The later step that made it; absent when none is known.</param>
internal sealed record VerifyDifferenceJson(
    string Kind,
    string Start,
    ulong Size,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Level,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] VerifyLeafJson? Predicted,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] VerifyLeafJson? Found,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Explained)
{
    /// <summary>A difference as JSON.</summary>
    public static VerifyDifferenceJson Of(MapDifference difference) => new(
        CliJson.NameOf(difference.Kind),
        difference.Start.ToString(),
        difference.Size,
        difference.TableLevel,
        VerifyLeafJson.Of(difference.Predicted, difference.PredictedTable, difference.PredictedEntry),
        VerifyLeafJson.Of(difference.Found, difference.FoundTable, difference.FoundEntry),
        difference.Explanation);
}

/// <summary>A leaf, or where a table lies.</summary>
/// <param name="Physical">Where it leads, or lies; absent for a leaf of a kernel's own listing.</param>
/// <param name="Level">The leaf's level; absent for a table.</param>
/// <param name="Bits">The bits of the leaf, or of the entry that leads to the table, that are not address; absent where only the table's place differs.</param>
internal sealed record VerifyLeafJson(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Physical,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Level,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Bits)
{
    /// <summary>A leaf or a table as JSON; null for nothing.</summary>
    public static VerifyLeafJson? Of(MappedRange? range, PhysicalAddress? table, Descriptor? entry) =>
        range is { } leaf ? new VerifyLeafJson(RangeText.PhysicalText(leaf), leaf.Level, Numbers.Hex(leaf.Attributes.Bits))
        : table is { } known ? new VerifyLeafJson(Numbers.Hex(known.Value), null, entry is { } bits ? Numbers.Hex(bits.Raw) : null)
        : null;
}

/// <summary>The generated code that writes the JSON of <c>verify</c>.</summary>
[JsonSerializable(typeof(VerifyJson))]
internal sealed partial class VerifyJsonCode : JsonSerializerContext;
