using System.Text.Json;
using System.Text.Json.Serialization;
using Ptewright.Cli.Output;
using Ptewright.Firmware;
using Ptewright.Kernels.Late;
using Ptewright.LinearMap;
using Ptewright.Texts;

namespace Ptewright.Cli.Commands.Map;

/// <summary>What <c>map --json</c> writes. The shape is documented in docs/cli.md and promised to programs.</summary>
/// <param name="Profile">The kernel profile.</param>
/// <param name="Strategy">The preset's name, or the switches as they were given.</param>
/// <param name="Scope"><c>map_mem</c> or <c>paging_init</c>.</param>
/// <param name="Granule"><c>4K</c>, <c>16K</c> or <c>64K</c>.</param>
/// <param name="VaBits">The size of virtual addresses that the kernel is built for.</param>
/// <param name="ActualVaBits">The size that this CPU uses.</param>
/// <param name="Levels">The levels that this CPU walks.</param>
/// <param name="PageOffset">The first address of the linear map as built: PAGE_OFFSET.</param>
/// <param name="Memstart">The physical address at <paramref name="PageOffset"/>: memstart_addr, as 64 bits; it wraps below 0.</param>
/// <param name="Root">Where the kernel's root lies.</param>
/// <param name="Tables">Tables made, roots not counted.</param>
/// <param name="Visits">How often tables were entered.</param>
/// <param name="Counts">Operations executed.</param>
/// <param name="Leaves">Entries written.</param>
/// <param name="Bytes">What all leaves together map.</param>
/// <param name="TableBytes">The memory that the tables take, roots not counted.</param>
/// <param name="Blocks">Whether banks of memory may have blocks, and why.</param>
/// <param name="Digest">The digest of the tables below the kernel's root.</param>
/// <param name="ElapsedMs">How long the build took here; the only figure that differs from run to run.</param>
/// <param name="ModelMs">The modelled time on the machine of <c>--calibrate</c>; null without.</param>
/// <param name="Remarks">What was assumed, passed over or left out.</param>
/// <param name="Kernel">What is known of the kernel itself, and how.</param>
/// <param name="PlacedRegions">With a device tree: its reserved regions that the kernel had to place, in the order of the tree.</param>
/// <param name="Late">With <c>--late</c>: what changed after the start, each change for each way.</param>
internal sealed record MapJson(
    string Profile,
    string Strategy,
    string Scope,
    string Granule,
    int VaBits,
    int ActualVaBits,
    int Levels,
    string PageOffset,
    string Memstart,
    string Root,
    MapLevelsJson Tables,
    MapLevelsJson Visits,
    CountsJson Counts,
    MapLeavesJson Leaves,
    ulong Bytes,
    ulong TableBytes,
    MapBlocksJson Blocks,
    string Digest,
    double ElapsedMs,
    double? ModelMs,
    IReadOnlyList<string> Remarks,
    KernelJson Kernel,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<MapPlacedJson>? PlacedRegions,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<MapLateJson>? Late)
{
    /// <summary>Writes an outcome as one JSON object.</summary>
    public static void Write(Terminal terminal, MapOutcome outcome)
    {
        TableStatistics made = outcome.Result.Statistics;
        MapJson document = new(
            outcome.Plan.Profile.Name,
            outcome.Strategy.Name,
            outcome.ScopeName,
            GranuleText.NameOf(outcome.Plan.Geometry.Granule),
            outcome.Plan.Geometry.VirtualAddressBits,
            outcome.Plan.Geometry.ActualVirtualAddressBits,
            outcome.Levels,
            outcome.Plan.Geometry.PageOffset.ToString(),
            Numbers.Hex(outcome.Plan.Plan.MemoryStart.Value),
            Numbers.Hex(outcome.Result.Root.Value),
            new MapLevelsJson(made.PteTables, made.PmdTables, made.PudTables, made.P4dTables, made.Tables),
            new MapLevelsJson(made.PteVisits, made.PmdVisits, made.PudVisits, made.P4dVisits, made.Visits),
            CountsJson.Of(outcome.Result.Counts),
            new MapLeavesJson(made.Pages, made.PmdBlocks, made.PudBlocks, made.ContiguousPages, made.ContiguousPmdBlocks),
            outcome.MappedBytes,
            outcome.TableBytes,
            new MapBlocksJson(outcome.Plan.Blocks.Allowed, outcome.Plan.Blocks.Reasons),
            outcome.Digest.ToString(),
            Math.Round(outcome.Result.Elapsed.TotalMilliseconds, 3),
            outcome.ModelMilliseconds is { } modelled ? Math.Round(modelled, 3) : null,
            [.. outcome.Remarks],
            KernelJson.Of(outcome.Machine),
            outcome.Plan.PlacedRegions.Count == 0 ? null : [.. outcome.Plan.PlacedRegions.Select(MapPlacedJson.Of)],
            outcome.Late.Count == 0 ? null : [.. outcome.Late.SelectMany(way => way.Changes.Select(change => MapLateJson.Of(way, change)))]);
        terminal.Out.WriteLine(JsonSerializer.Serialize(document, CliJson.TypeOf<MapJson>(MapJsonCode.Default)));
    }
}

/// <summary>Whether banks of memory may have blocks and contiguous runs.</summary>
/// <param name="Allowed">Whether they may.</param>
/// <param name="Reasons">What forbids them, each enough by itself; or, where nothing does, what could have.</param>
internal sealed record MapBlocksJson(bool Allowed, IReadOnlyList<string> Reasons);

/// <summary>A reserved region that the kernel had to place.</summary>
/// <param name="Name">The name of its node.</param>
/// <param name="Size">How many bytes.</param>
/// <param name="NoMap">Whether it must not be mapped.</param>
/// <param name="Fate"><c>placed</c>, <c>noRoom</c>, <c>givenBack</c>, <c>replaced</c> or <c>tooMany</c>.</param>
/// <param name="Start">Its first byte; null when it was never placed.</param>
internal sealed record MapPlacedJson(string Name, ulong Size, bool NoMap, string Fate, string? Start)
{
    /// <summary>One region.</summary>
    public static MapPlacedJson Of(PlacedRegion placed) => new(
        placed.Region.Name,
        placed.Region.Size,
        placed.Region.NoMap,
        JsonNamingPolicy.CamelCase.ConvertName(placed.Fate.ToString()),
        placed.Start?.ToString());
}

/// <summary>One late change.</summary>
/// <param name="Way"><c>fixmap</c> or <c>direct</c>.</param>
/// <param name="Function">The kernel's function.</param>
/// <param name="Start">The first address changed.</param>
/// <param name="Size">How many bytes.</param>
/// <param name="Counts">Operations executed.</param>
/// <param name="TablesMade">Tables made.</param>
/// <param name="TablesFreed">Tables freed.</param>
/// <param name="TablesKept">Late tables there are afterwards.</param>
internal sealed record MapLateJson(
    string Way, string Function, string Start, ulong Size, CountsJson Counts, ulong TablesMade, ulong TablesFreed, ulong TablesKept)
{
    /// <summary>One change made one way.</summary>
    public static MapLateJson Of(MapLate way, LateChange change) => new(
        way.Name,
        change.Function,
        change.Start.ToString(),
        change.Size,
        CountsJson.Of(change.Result.Counts),
        change.Result.Statistics.Tables,
        change.Result.Removed.Tables,
        change.Result.Outstanding);
}

/// <summary>A number for each level below the root.</summary>
/// <param name="Pte">Level 3.</param>
/// <param name="Pmd">Level 2.</param>
/// <param name="Pud">Level 1.</param>
/// <param name="P4d">Level 0.</param>
/// <param name="Total">All of them.</param>
internal sealed record MapLevelsJson(ulong Pte, ulong Pmd, ulong Pud, ulong P4d, ulong Total);

/// <summary>Entries written.</summary>
/// <param name="Pages">Level-3 entries.</param>
/// <param name="PmdBlocks">Blocks of level 2.</param>
/// <param name="PudBlocks">Blocks of level 1.</param>
/// <param name="ContiguousPages">Level-3 entries with the contiguous bit.</param>
/// <param name="ContiguousPmdBlocks">Blocks of level 2 with the contiguous bit.</param>
internal sealed record MapLeavesJson(ulong Pages, ulong PmdBlocks, ulong PudBlocks, ulong ContiguousPages, ulong ContiguousPmdBlocks);

/// <summary>The generated code that writes the JSON of <c>map</c>.</summary>
[JsonSerializable(typeof(MapJson))]
internal sealed partial class MapJsonCode : JsonSerializerContext;
