using System.Text.Json;
using System.Text.Json.Serialization;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Strategies;

namespace Ptewright.Cli.Commands.Compare;

/// <summary>What <c>compare --json</c> writes. The shape is documented in docs/cli.md and promised to programs.</summary>
/// <param name="Machines">The machines, in the order of the report.</param>
internal sealed record CompareJson(IReadOnlyList<MachineJson> Machines)
{
    /// <summary>Writes the comparisons as one JSON object.</summary>
    public static void Write(Terminal terminal, PublishedMeasurements published, IReadOnlyList<MachineComparison> machines, TableChoice shape)
    {
        CompareJson document = new([.. machines.Select(machine => MachineJson.Of(published, machine, shape))]);
        terminal.Out.WriteLine(JsonSerializer.Serialize(document, CliJson.TypeOf<CompareJson>(CompareJsonCode.Default)));
    }
}

/// <summary>One machine.</summary>
/// <param name="Id">The machine's id, or <c>custom</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Kernel">The kernel whose plan was built; left out where memory alone was.</param>
/// <param name="Cpu">The CPU that it runs on; left out likewise.</param>
/// <param name="KernelStrategy">The strategy that this kernel has itself; left out likewise.</param>
/// <param name="MemoryBytes">The memory that is mapped.</param>
/// <param name="Granule"><c>4K</c>, <c>16K</c> or <c>64K</c>.</param>
/// <param name="VaBits">The size of virtual addresses.</param>
/// <param name="CostsOf">The id of the machine whose constants the modelled times use.</param>
/// <param name="IdenticalTables">Whether all strategies made the same tables in the same places.</param>
/// <param name="Digest">The digest that all strategies share, or null when they do not.</param>
/// <param name="Strategies">The strategies, in the order asked for.</param>
internal sealed record MachineJson(
    string Id,
    string Name,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Kernel,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Cpu,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? KernelStrategy,
    ulong MemoryBytes,
    string Granule,
    int VaBits,
    string CostsOf,
    bool IdenticalTables,
    string? Digest,
    IReadOnlyList<StrategyJson> Strategies)
{
    /// <summary>The comparison of one machine.</summary>
    public static MachineJson Of(PublishedMeasurements published, MachineComparison machine, TableChoice shape) => new(
        machine.Id,
        machine.Name,
        machine.Kernel?.Profile.Name,
        machine.Cpu?.Name,
        machine.Kernel?.Strategy.Name,
        machine.MemoryBytes,
        shape.GranuleName,
        shape.Geometry.VirtualAddressBits,
        machine.CostsOf,
        machine.IdenticalTables,
        machine.IdenticalTables ? machine.Outcomes[0].Digest.ToString() : null,
        [.. machine.Outcomes.Select(outcome => StrategyJson.Of(outcome, ModelChange.Percent(published, machine, outcome)))]);
}

/// <summary>One strategy on one machine: counts, then computed and published times, which never mix.</summary>
/// <param name="Name">The preset's name, or the switches as they were given.</param>
/// <param name="Tables">Tables made, without the root and the temporary ones.</param>
/// <param name="Fixmaps">Fixmap slots mapped.</param>
/// <param name="Tlbi">TLBI instructions of any kind.</param>
/// <param name="DsbIshst">DSB ISHST instructions.</param>
/// <param name="DsbIsh">DSB ISH instructions.</param>
/// <param name="Isb">ISB instructions.</param>
/// <param name="Ptes">Level-3 entries.</param>
/// <param name="Blocks">Block entries of levels 1 and 2.</param>
/// <param name="Contiguous">Pages and blocks that carry the contiguous bit.</param>
/// <param name="TemporaryTables">Tables of the temporary map of <c>premapped</c>.</param>
/// <param name="ModelMs">The modelled time.</param>
/// <param name="PublishedMs">The published time, or null.</param>
/// <param name="PublishedSeries">The version of the series that it was posted with.</param>
/// <param name="Kind"><c>calibration</c> when the model was solved from that column, else <c>prediction</c>.</param>
/// <param name="ChangePercent">As posted, against the column before it; null when nobody published one.</param>
/// <param name="ModelChangePercent">Computed, against the modelled time of the strategy before it; null when that was not run.</param>
/// <param name="BuildMs">How long the build took here; the only figure that differs from run to run.</param>
internal sealed record StrategyJson(
    string Name,
    ulong Tables,
    ulong Fixmaps,
    ulong Tlbi,
    ulong DsbIshst,
    ulong DsbIsh,
    ulong Isb,
    ulong Ptes,
    ulong Blocks,
    ulong Contiguous,
    ulong TemporaryTables,
    double ModelMs,
    double? PublishedMs,
    string? PublishedSeries,
    string Kind,
    int? ChangePercent,
    double? ModelChangePercent,
    double BuildMs)
{
    /// <summary>The outcome of one strategy.</summary>
    public static StrategyJson Of(StrategyOutcome outcome, double? modelChange) => new(
        outcome.Strategy.Name,
        outcome.Result.Statistics.Tables,
        outcome.Result.Counts.FixmapMaps,
        outcome.Result.Counts.Tlbi,
        outcome.Result.Counts.DsbIshst,
        outcome.Result.Counts.DsbIsh,
        outcome.Result.Counts.Isb,
        outcome.Result.Statistics.Pages,
        outcome.Result.Statistics.Blocks,
        outcome.Result.Statistics.ContiguousPages + outcome.Result.Statistics.ContiguousPmdBlocks,
        outcome.Result.TemporaryTables,
        Math.Round(outcome.ModelMilliseconds, 3),
        outcome.Published?.Milliseconds,
        outcome.Published?.Series,
        outcome.Kind == EstimateKind.Calibration ? "calibration" : "prediction",
        outcome.Published?.ChangePercent,
        modelChange is { } percent ? Math.Round(percent, 1) : null,
        Math.Round(outcome.Result.Elapsed.TotalMilliseconds, 3));
}

/// <summary>The generated code that writes the JSON of <c>compare</c>.</summary>
[JsonSerializable(typeof(CompareJson))]
internal sealed partial class CompareJsonCode : JsonSerializerContext;
