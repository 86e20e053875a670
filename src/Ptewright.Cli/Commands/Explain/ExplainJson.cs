using System.Text.Json;
using System.Text.Json.Serialization;
using Ptewright.Addressing;
using Ptewright.Cli.Output;
using Ptewright.Explaining;
using Ptewright.Translation;

namespace Ptewright.Cli.Commands.Explain;

/// <summary>What <c>explain --json</c> writes for one report. The shape is documented in docs/explain.md and promised to programs. What is not known is left out.</summary>
/// <param name="Kind">What kind of report: <c>fault</c>, <c>userFault</c>, <c>stackOverflow</c>, ...</param>
/// <param name="Line">Its first line in the text; 0 for values by hand.</param>
/// <param name="Summary">What happened; the first sentence names the most likely cause.</param>
/// <param name="Causes">What may be behind it, most likely first.</param>
/// <param name="Access"><c>read</c>, <c>write</c>, <c>execute</c>.</param>
/// <param name="ByUser">Whether EL0 made the access.</param>
/// <param name="Address">The address.</param>
/// <param name="Region">Where it lies.</param>
/// <param name="Syndrome">ESR.</param>
/// <param name="Tables">Which tables were printed.</param>
/// <param name="Entries">The printed entries at their true levels.</param>
/// <param name="Leaf">What the leaf allows.</param>
/// <param name="Agreement">Whether the entries give the fault: <c>agrees</c>, <c>allows</c>, <c>otherLevel</c>, <c>otherKind</c>, <c>notAboutEntries</c>, <c>unknown</c>.</param>
/// <param name="DeniedBy">By which rules the right was missing.</param>
/// <param name="Open">What the text leaves open.</param>
/// <param name="Source">What a source has at the address.</param>
/// <param name="Report">What the report says besides.</param>
internal sealed record ExplainJson(
    string Kind,
    int Line,
    IReadOnlyList<string> Summary,
    IReadOnlyList<CauseJson> Causes,
    string? Access,
    bool? ByUser,
    string? Address,
    RegionJson? Region,
    SyndromeJson? Syndrome,
    TablesJson? Tables,
    IReadOnlyList<EntryJson> Entries,
    AttributesJson? Leaf,
    string Agreement,
    IReadOnlyList<string> DeniedBy,
    IReadOnlyList<OpenJson> Open,
    SourceJson? Source,
    ReportJson Report)
{
    /// <summary>Writes a list with one object for each report.</summary>
    public static void Write(Terminal terminal, IReadOnlyList<Explanation> explanations) =>
        terminal.Out.WriteLine(JsonSerializer.Serialize([.. explanations.Select(Of)], CliJson.TypeOf<ExplainJson[]>(ExplainJsonCode.Default, leavesOutNulls: true)));

    private static ExplainJson Of(Explanation explanation) => new(
        CliJson.NameOf(explanation.Oops.Kind),
        explanation.Oops.Line,
        ExplanationText.Summary(explanation),
        [.. explanation.Causes.Select(cause => new CauseJson(CliJson.NameOf(cause.Kind), CliJson.NameOf(cause.Likelihood)))],
        explanation.Access == AccessRights.None ? null : CliJson.NameOf(explanation.Access),
        explanation.IsByUser,
        explanation.Address is { } address ? Hex(address) : null,
        explanation.Region is { } region
            ? new RegionJson(CliJson.NameOf(region.Kind), region.Start is { } start ? Hex(start) : null, region.Last is { } last ? Hex(last) : null, region.Offset == 0 ? null : region.Offset,
                region.Error == 0 ? null : region.Error, region.Tag, region.Detail, region.Profile?.Name, region.IsLayoutAssumed || region.IsSizeAssumed)
            : null,
        explanation.Oops.Syndrome is { } syndrome
            ? new SyndromeJson(Numbers.Hex(syndrome.Value), CliJson.NameOf(syndrome.Class), CliJson.NameOf(syndrome.FaultKind), syndrome.Level, syndrome.IsFarValid, explanation.Oops.IsSyndromeInferred,
                ExplanationText.Syndrome(explanation)!)
            : null,
        explanation.Oops.Tables is { } tables ? new TablesJson(tables.IsUser, 1 << ((int)tables.Granule - 10), tables.AddressBits, tables.Root?.ToString()) : null,
        [.. (explanation.Walk?.Steps ?? []).Select(step => new EntryJson(step.Name.ToString().ToLowerInvariant(), step.Level, step.Entry.ToString(), CliJson.NameOf(step.Kind), CliJson.NameOf(step.Role)))],
        explanation.Walk?.Attributes is { } attributes ? AttributesJson.Of(attributes) : null,
        CliJson.NameOf(explanation.Agreement),
        [.. explanation.DeniedBy.Select(CliJson.NameOf)],
        [.. explanation.Open.Zip(ExplanationText.Open(explanation), (question, words) => new OpenJson(CliJson.NameOf(question), OptionNames.In(words)))],
        explanation.Source is { } source
            ? new SourceJson(source.Name, [.. source.Steps.Select(WalkStepJson.Of)], source.Result.IsMapped ? source.Result.Physical.ToString() : null, source.Result.IsMapped ? null : CliJson.NameOf(source.Result.Fault),
                source.Result.Level, source.IsSameShape, source.IsSameRoot, [.. source.Changed.Select(entry => new ChangedJson(entry.Level, entry.Printed.ToString(), entry.Now.ToString()))])
            : null,
        ReportJson.Of(explanation.Oops));

    private static string Hex(VirtualAddress address) => $"0x{address.Value:x16}";
}

/// <summary>A cause.</summary>
/// <param name="Kind">What.</param>
/// <param name="Likelihood"><c>certain</c>, <c>likely</c>, <c>possible</c>.</param>
internal sealed record CauseJson(string Kind, string Likelihood);

/// <summary>Where the address lies.</summary>
internal sealed record RegionJson(string Kind, string? Start, string? Last, long? Offset, int? Error, int? Tag, string? Detail, string? Kernel, bool IsAssumed);

/// <summary>ESR.</summary>
internal sealed record SyndromeJson(string Value, string Class, string Fault, int? Level, bool IsFarValid, bool IsInferred, string Words);

/// <summary>Which tables.</summary>
internal sealed record TablesJson(bool IsUser, int PageKiB, int AddressBits, string? Root);

/// <summary>A printed entry.</summary>
/// <param name="Name">The name that it was printed under.</param>
/// <param name="Level">Its true level; absent where the CPU does not read it.</param>
/// <param name="Entry">Its 64 bits.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Role"><c>walked</c>, <c>repeated</c>, <c>unrelated</c>.</param>
internal sealed record EntryJson(string Name, int? Level, string Entry, string Kind, string Role);

/// <summary>What is open.</summary>
internal sealed record OpenJson(string What, string Words);

/// <summary>What a source has.</summary>
internal sealed record SourceJson(string Name, IReadOnlyList<WalkStepJson> Steps, string? Physical, string? Fault, int Level, bool IsSameShape, bool? IsSameRoot, IReadOnlyList<ChangedJson> Changed);

/// <summary>An entry that changed.</summary>
internal sealed record ChangedJson(int Level, string Printed, string Now);

/// <summary>What the report says besides.</summary>
internal sealed record ReportJson(
    string? Headline, string? Message, string? InternalError, string? Kernel, string? Hardware, int? Cpu, int? Pid, string? Process, string? Taint, string? Pstate, bool? Pan, string? Pc, string? Lr, string? Sp,
    IReadOnlyDictionary<string, string> Registers, string? Code, string? Kasan, string? Kfence, string? Panic)
{
    /// <summary>Of one report.</summary>
    public static ReportJson Of(Oops oops) => new(
        oops.Headline, oops.Message, oops.InternalError, oops.Release, oops.Hardware, oops.Cpu, oops.Pid, oops.Process, oops.Taint,
        oops.ProcessState is { } state ? Numbers.Hex(state) : null, oops.HasPan, oops.ProgramCounter, oops.LinkRegister, oops.StackPointer?.ToString(),
        oops.Registers.OrderBy(register => register.Key).ToDictionary(register => $"x{register.Key}", register => Numbers.Hex(register.Value)), oops.Code, oops.Kasan, oops.Kfence, oops.Panic);
}

/// <summary>The generated code that writes the JSON of <c>explain</c>.</summary>
[JsonSerializable(typeof(ExplainJson[]))]
internal sealed partial class ExplainJsonCode : JsonSerializerContext;
