using System.Text.Json;
using System.Text.Json.Serialization;
using Ptewright.Booting;
using Ptewright.Cli.Output;
using Ptewright.Texts;

namespace Ptewright.Cli.Commands.Boot;

/// <summary>What <c>boot --json</c> writes. The shape is documented in docs/boot.md and promised to programs.</summary>
/// <param name="Accelerator"><c>kvm</c>, <c>hvf</c> or <c>tcg</c>; null with <c>--log</c>.</param>
/// <param name="Cpu">QEMU's name of the CPU; null with <c>--log</c>.</param>
/// <param name="Midr">MIDR_EL1.</param>
/// <param name="MemoryBytes">The machine's memory.</param>
/// <param name="Image">Where the image lay: its part of the map is the kernel's alias.</param>
/// <param name="ImageBytes">Its size in memory.</param>
/// <param name="TicksPerSecond">The frequency of the generic timer.</param>
/// <param name="Results">One entry a granule and strategy.</param>
/// <param name="Vectors">One entry a vector file that was checked.</param>
/// <param name="Constants">The cost model's constants, one entry a granule that determines them; <c>--calibrate</c> reads them.</param>
/// <param name="Problems">What the image said was wrong or left out.</param>
/// <param name="Passed">Results that are as they must be.</param>
/// <param name="Failed">Results that are not.</param>
internal sealed record BootJson(
    string? Accelerator,
    string? Cpu,
    string Midr,
    ulong MemoryBytes,
    string Image,
    ulong ImageBytes,
    ulong TicksPerSecond,
    IReadOnlyList<BootResultJson> Results,
    IReadOnlyList<BootVectorResult> Vectors,
    IReadOnlyList<BootConstantsJson> Constants,
    IReadOnlyList<string> Problems,
    int Passed,
    int Failed)
{
    /// <summary>Writes an outcome as one JSON object.</summary>
    public static void Write(Terminal terminal, BootOutcome outcome)
    {
        BootMachine machine = outcome.Transcript.Machine;
        BootJson document = new(
            outcome.Accelerator,
            outcome.Cpu,
            Numbers.Hex(machine.Midr),
            outcome.MemoryBytes,
            machine.Image.ToString(),
            machine.ImageEnd.Value - machine.Image.Value,
            machine.Frequency,
            [.. outcome.Regimes.SelectMany(regime => regime.Comparisons.Select(comparison => BootResultJson.Of(machine, regime, comparison)))],
            outcome.Transcript.Vectors,
            [.. outcome.Regimes.Where(regime => regime.Model is not null).Select(BootConstantsJson.Of)],
            outcome.Transcript.Problems,
            outcome.Passed,
            outcome.Failed);
        terminal.Out.WriteLine(JsonSerializer.Serialize(document, CliJson.TypeOf<BootJson>(BootJsonCode.Default)));
    }
}

/// <summary>One strategy.</summary>
/// <param name="Granule"><c>4K</c>, <c>16K</c> or <c>64K</c>.</param>
/// <param name="VaBits">The size of virtual addresses that the tables are built for.</param>
/// <param name="ActualVaBits">The size that this CPU uses.</param>
/// <param name="Scope"><c>map_mem</c> or <c>paging_init</c>.</param>
/// <param name="Strategy">The strategy.</param>
/// <param name="Tables">Tables made.</param>
/// <param name="Counts">Operations executed at EL1.</param>
/// <param name="CountsMatchHost">Whether the host's engine executed exactly as many.</param>
/// <param name="Digest">The digest over all table pages.</param>
/// <param name="DigestMatchesHost">Whether the host's engine made the same tables.</param>
/// <param name="TicksMin">Ticks of the generic timer, fastest creation.</param>
/// <param name="TicksMedian">The median.</param>
/// <param name="MeasuredMs">The fastest creation in milliseconds.</param>
/// <param name="ModelMs">The modelled time; null without a model.</param>
/// <param name="CyclesMin">CPU cycles; 0 where the CPU does not count them.</param>
/// <param name="InstructionsMin">Instructions retired; 0 where the CPU does not count them.</param>
/// <param name="PagesVerified">Addresses that the CPU translated and that were compared with the plan.</param>
/// <param name="Passed">Whether all is as it must be.</param>
internal sealed record BootResultJson(
    string Granule,
    int VaBits,
    int ActualVaBits,
    string Scope,
    string Strategy,
    ulong Tables,
    CountsJson Counts,
    bool CountsMatchHost,
    string Digest,
    bool DigestMatchesHost,
    ulong TicksMin,
    ulong TicksMedian,
    double MeasuredMs,
    double? ModelMs,
    ulong CyclesMin,
    ulong InstructionsMin,
    ulong PagesVerified,
    bool Passed)
{
    /// <summary>A comparison as JSON.</summary>
    public static BootResultJson Of(BootMachine machine, BootRegimeOutcome regime, BootComparison comparison) => new(
        GranuleText.NameOf(regime.Regime.Geometry.Granule),
        regime.Regime.Geometry.VirtualAddressBits,
        regime.Regime.Geometry.ActualVirtualAddressBits,
        BootScopes.Name(regime.Regime.Scope),
        comparison.Preset.Name,
        comparison.Result.Tables,
        CountsJson.Of(comparison.Result.Counts),
        comparison.CountsMatch,
        comparison.Result.Digest.ToString(),
        comparison.DigestMatches,
        comparison.Result.TicksMin,
        comparison.Result.TicksMedian,
        Math.Round(MeasuredCosts.Milliseconds(machine, comparison.Result.TicksMin), 3),
        regime.ModelMilliseconds(comparison) is { } modelled ? Math.Round(modelled, 3) : null,
        comparison.Result.CyclesMin,
        comparison.Result.InstructionsMin,
        comparison.Result.PagesVerified,
        comparison.Passed);
}

/// <summary>The constants of one granule.</summary>
/// <param name="Granule"><c>4K</c>, <c>16K</c> or <c>64K</c>.</param>
/// <param name="WindowMicroseconds">One window cycle.</param>
/// <param name="EntryMicroseconds">One synchronised entry.</param>
/// <param name="TableMicroseconds">The rest, for each table.</param>
internal sealed record BootConstantsJson(string Granule, double WindowMicroseconds, double EntryMicroseconds, double TableMicroseconds)
{
    /// <summary>The constants of a regime that has some.</summary>
    public static BootConstantsJson Of(BootRegimeOutcome regime) => new(
        GranuleText.NameOf(regime.Regime.Geometry.Granule),
        regime.Model!.WindowMicroseconds,
        regime.Model.EntryMicroseconds,
        regime.Model.TableMicroseconds);
}

/// <summary>The generated code that writes the JSON of <c>boot</c>.</summary>
[JsonSerializable(typeof(BootJson))]
internal sealed partial class BootJsonCode : JsonSerializerContext;
