using System.Text.Json;
using System.Text.Json.Serialization;
using Ptewright.Checking;
using Ptewright.Cli.Output;

namespace Ptewright.Cli.Commands.Check;

/// <summary>What <c>check ordering --json</c> writes.</summary>
/// <param name="Profile">The kernel.</param>
/// <param name="Strategy">How it writes tables.</param>
/// <param name="Safe">Whether no rule can be broken with every barrier in place.</param>
/// <param name="Scenarios">What was looked at.</param>
internal sealed record CheckOrderingJson(string Profile, string Strategy, bool Safe, IReadOnlyList<CheckOrderingScenarioJson> Scenarios)
{
    /// <summary>Writes a report as one JSON object.</summary>
    public static void Write(Terminal terminal, OrderingReport report)
    {
        CheckOrderingJson document = new(
            report.Profile.Name, report.Strategy.Name, report.IsSafe, [.. report.Scenarios.Select(CheckOrderingScenarioJson.Of)]);
        terminal.Out.Flush();
        JsonSerializer.Serialize(terminal.Stream, document, CliJson.TypeOf<CheckOrderingJson>(CheckOrderingJsonCode.Default));
        terminal.Out.WriteLine();
    }
}

/// <summary>One scenario.</summary>
/// <param name="Name"><c>boot</c> or <c>hot-add</c>.</param>
/// <param name="Summary">What is done in it.</param>
/// <param name="Operations">How many operations it has.</param>
/// <param name="Tables">How many tables are made.</param>
/// <param name="Violation">The shortest run that breaks a rule as it is, or null.</param>
/// <param name="Places">Each barrier and invalidation.</param>
internal sealed record CheckOrderingScenarioJson(
    string Name, string Summary, int Operations, int Tables, CheckOrderingRunJson? Violation, IReadOnlyList<CheckOrderingPlaceJson> Places)
{
    /// <summary>The same as JSON.</summary>
    public static CheckOrderingScenarioJson Of(OrderingScenario scenario) => new(
        scenario.Name,
        scenario.Summary,
        scenario.Events,
        scenario.Tables,
        CheckOrderingRunJson.Of(scenario.Violation),
        [.. scenario.Places.Select(CheckOrderingPlaceJson.Of)]);
}

/// <summary>All barriers or invalidations that stand for one line of the kernel.</summary>
/// <param name="Function">The kernel's function.</param>
/// <param name="Instruction">The instruction.</param>
/// <param name="Occurrences">How often it is executed.</param>
/// <param name="Needed">At how many of them leaving out that one breaks a rule.</param>
/// <param name="Verdict"><c>needed</c>, <c>needed-together</c> (any one can be left out, not all), <c>not-needed</c>.</param>
/// <param name="ShortestRun">The shortest run that goes wrong, or null.</param>
/// <param name="Omitted">The operations that are left out in it.</param>
/// <param name="CoveredBy">What does the work of those that are not needed; null stands for nothing, because nothing relies on them.</param>
internal sealed record CheckOrderingPlaceJson(
    string Function,
    string Instruction,
    int Occurrences,
    int Needed,
    string Verdict,
    CheckOrderingRunJson? ShortestRun,
    IReadOnlyList<int> Omitted,
    IReadOnlyList<CheckOrderingCoverJson> CoveredBy)
{
    /// <summary>The same as JSON.</summary>
    public static CheckOrderingPlaceJson Of(OrderingPlace place) => new(
        place.Function,
        place.Instruction,
        place.Occurrences,
        place.Needed,
        place.Verdict switch
        {
            OrderingVerdict.Needed => "needed",
            OrderingVerdict.NeededTogether => "needed-together",
            _ => "not-needed",
        },
        CheckOrderingRunJson.Of(place.ShortestRun),
        place.Omitted,
        [.. place.CoveredBy.Select(cover => new CheckOrderingCoverJson(cover.By, cover.Count))]);
}

/// <summary>What does the work of some occurrences.</summary>
/// <param name="By">Function and instruction, or null.</param>
/// <param name="Count">For how many.</param>
internal sealed record CheckOrderingCoverJson(string? By, int Count);

/// <summary>A run that breaks a rule.</summary>
/// <param name="Rule"><c>zeroed</c>, <c>window</c>, <c>usable</c> or <c>forgotten</c>.</param>
/// <param name="Steps">Its steps.</param>
internal sealed record CheckOrderingRunJson(string Rule, IReadOnlyList<CheckOrderingStepJson> Steps)
{
    /// <summary>The same as JSON.</summary>
    public static CheckOrderingRunJson? Of(OrderingRun? run) => run is null ? null : new(
        CheckOrderingReport.NameOf(run.Rule),
        [.. run.Steps.Select(step => new CheckOrderingStepJson(
            step.Event,
            step.Actor switch
            {
                OrderingActor.Writer => "writer",
                OrderingActor.Walker => "walker",
                _ => "left-out",
            },
            step.Text))]);
}

/// <summary>One step.</summary>
/// <param name="Operation">The number of the operation; of a walker's step, the one after which it happens.</param>
/// <param name="Actor"><c>writer</c>, <c>walker</c>, or <c>left-out</c> where the barrier would stand.</param>
/// <param name="Text">What happens.</param>
internal sealed record CheckOrderingStepJson(int Operation, string Actor, string Text);

/// <summary>The generated code that writes the JSON of <c>check ordering</c>.</summary>
[JsonSerializable(typeof(CheckOrderingJson))]
internal sealed partial class CheckOrderingJsonCode : JsonSerializerContext;
