using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ptewright.Checking;
using Ptewright.Cli.Output;
using Ptewright.Texts;

namespace Ptewright.Cli.Commands.Check;

/// <summary>What <c>check races --json</c> writes; addresses and descriptors are hexadecimal text, numbers of interleavings decimal text, because they
/// may be larger than JSON readers keep exact.</summary>
/// <param name="Kernel">The profile.</param>
/// <param name="Lock">Where the fixmap lock is held: <c>whole-walk</c>, <c>pud-window</c>, <c>pud-entries</c>, <c>none</c>.</param>
/// <param name="KernelLock">Where that kernel holds it by itself.</param>
/// <param name="Strategy">The strategy.</param>
/// <param name="Cpu">The CPU.</param>
/// <param name="Granule"><c>4K</c>, <c>16K</c> or <c>64K</c>.</param>
/// <param name="VaBits">The size of virtual addresses that the kernel was built for.</param>
/// <param name="Safe">Whether nothing goes wrong.</param>
/// <param name="States">States of all scenarios.</param>
/// <param name="Interleavings">Interleavings of all scenarios.</param>
/// <param name="Worst">The number of the scenario with the shortest interleaving that goes wrong, its first finding; null when safe.</param>
/// <param name="Scenarios">The scenarios.</param>
internal sealed record RacesJson(
    string Kernel,
    string Lock,
    string KernelLock,
    string Strategy,
    string Cpu,
    string Granule,
    int VaBits,
    bool Safe,
    int States,
    string Interleavings,
    int? Worst,
    IReadOnlyList<RaceScenarioJson> Scenarios)
{
    /// <summary>Writes a report as one JSON object.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="report">The report.</param>
    /// <param name="first">The number of its first scenario.</param>
    public static void Write(Terminal terminal, RaceReport report, int first)
    {
        RaceWording wording = new(report);
        RacesJson document = new(
            report.Options.Profile.Name,
            CheckRacesCommand.NameOf(report.Options.FixmapLock),
            CheckRacesCommand.NameOf(report.Options.Profile.Facts.FixmapLock),
            report.Options.Strategy.Name,
            report.Options.Cpu.Name,
            GranuleText.NameOf(report.Geometry.Granule),
            report.Geometry.VirtualAddressBits,
            report.IsSafe,
            report.States,
            report.Interleavings.ToString(CultureInfo.InvariantCulture),
            report.Worst is { } worst ? first + report.Results.TakeWhile(other => other != worst).Count() : null,
            [.. report.Results.Select((result, index) => RaceScenarioJson.Of(result, first + index, wording))]);
        terminal.Out.Flush();
        JsonSerializer.Serialize(terminal.Stream, document, CliJson.TypeOf<RacesJson>(RacesJsonCode.Default));
        terminal.Out.WriteLine();
    }
}

/// <summary>One scenario.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Name">Which tables are missing.</param>
/// <param name="A">What writer A is asked for.</param>
/// <param name="B">What writer B is asked for.</param>
/// <param name="States">States.</param>
/// <param name="Interleavings">Interleavings; one that goes wrong ends where it does.</param>
/// <param name="Wrong">How many of them go wrong.</param>
/// <param name="Safe">Whether none does.</param>
/// <param name="Findings">The ways in which it goes wrong, shortest first.</param>
internal sealed record RaceScenarioJson(
    int Number,
    string Name,
    RaceTaskJson A,
    RaceTaskJson B,
    int States,
    string Interleavings,
    string Wrong,
    bool Safe,
    IReadOnlyList<RaceFindingJson> Findings)
{
    /// <summary>Makes it of a result.</summary>
    public static RaceScenarioJson Of(RaceResult result, int number, RaceWording wording) => new(
        number,
        result.Scenario.Name,
        RaceTaskJson.Of(result.Scenario.A),
        RaceTaskJson.Of(result.Scenario.B),
        result.States,
        result.Interleavings.ToString(CultureInfo.InvariantCulture),
        result.WrongInterleavings.ToString(CultureInfo.InvariantCulture),
        result.IsSafe,
        [.. result.Findings.Select(finding => RaceFindingJson.Of(finding, wording))]);
}

/// <summary>What a writer is asked for.</summary>
/// <param name="Work"><c>addMemory</c> or <c>changeProtection</c>.</param>
/// <param name="Physical">Where the range lies.</param>
/// <param name="Virtual">Where it is seen.</param>
/// <param name="Bytes">Its length.</param>
internal sealed record RaceTaskJson(string Work, string Physical, string Virtual, ulong Bytes)
{
    /// <summary>Makes it of a task.</summary>
    public static RaceTaskJson Of(RaceTask task) => new(
        CliJson.NameOf(task.Work), task.Request.Physical.ToString(), task.Request.Virtual.ToString(), task.Request.Size);
}

/// <summary>One way in which a scenario goes wrong.</summary>
/// <param name="Kind">What goes wrong: <c>slotMapsNothing</c>, <c>slotMapsAnother</c>, <c>linkOverwritten</c>, <c>refused</c>, <c>deadlock</c>, <c>wrongTables</c>,
/// <c>lostTable</c>.</param>
/// <param name="Slot">Through which slot: <c>FIX_PUD</c>; or null.</param>
/// <param name="Interleavings">How many interleavings end in it.</param>
/// <param name="Message">What the last step does wrong.</param>
/// <param name="Steps">The shortest of them.</param>
internal sealed record RaceFindingJson(string Kind, string? Slot, string Interleavings, string Message, IReadOnlyList<RaceStepJson> Steps)
{
    /// <summary>Makes it of a finding.</summary>
    public static RaceFindingJson Of(RaceFinding finding, RaceWording wording) => new(
        CliJson.NameOf(finding.Kind),
        finding.Slot == Cpu.TableSlot.None ? null : TableNames.Of(finding.Slot),
        finding.Interleavings.ToString(CultureInfo.InvariantCulture),
        finding.Message,
        [.. finding.Steps.Select((step, index) => RaceStepJson.Of(step, index + 1, wording))]);
}

/// <summary>One step of an interleaving.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Writer"><c>A</c> or <c>B</c>.</param>
/// <param name="Kind">What is done: <c>takeLock</c>, <c>releaseLock</c>, <c>load</c>, <c>store</c>, <c>clear</c>.</param>
/// <param name="Text">The same in words.</param>
/// <param name="After">What the writer does right behind it that the other one cannot tell apart from it.</param>
internal sealed record RaceStepJson(int Number, string Writer, string Kind, string Text, IReadOnlyList<string> After)
{
    /// <summary>Makes it of a step.</summary>
    public static RaceStepJson Of(RaceStep step, int number, RaceWording wording) => new(
        number,
        step.Writer.ToString(),
        CliJson.NameOf(step.Operation.Kind),
        wording.Describe(step.Operation),
        [.. step.After.Select(wording.Describe)]);
}

/// <summary>The generated code that writes the JSON of <c>check races</c>.</summary>
[JsonSerializable(typeof(RacesJson))]
internal sealed partial class RacesJsonCode : JsonSerializerContext;
