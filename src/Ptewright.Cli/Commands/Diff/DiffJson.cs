using System.Text.Json.Serialization;
using Ptewright.Cli.Output;
using Ptewright.Comparing;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Commands.Diff;

/// <summary>What <c>diff --json</c> writes. The shape is documented in docs/cli.md.</summary>
/// <param name="Same">Whether nothing is different.</param>
/// <param name="Changes">By meaning.</param>
/// <param name="Tables">By structure; null where no table is the other's.</param>
/// <param name="MoreChanges">How many changes there are beyond those.</param>
/// <param name="MoreTables">How many tables there are beyond those.</param>
internal sealed record DiffJson(bool Same, IReadOnlyList<MapChangeJson> Changes, IReadOnlyList<TableChangeJson>? Tables, ulong MoreChanges, ulong MoreTables)
{
    /// <summary>The differences of all halves.</summary>
    public static DiffJson Of(IReadOnlyList<HalfDifference> differences) => new(
        differences.All(difference => difference.IsSame),
        [.. differences.SelectMany(difference => difference.Changes.First.Select(change => MapChangeJson.Of(Half(difference), change)))],
        differences.Any(difference => difference.Tables is null)
            ? null
            : [.. differences.SelectMany(difference => difference.Tables!.First.Select(table => TableChangeJson.Of(Half(difference), table)))],
        Sum(differences.Select(difference => difference.Changes.Count - (ulong)difference.Changes.First.Count)),
        Sum(differences.Select(difference => difference.Tables is { } tables ? tables.Count - (ulong)tables.First.Count : 0)));

    private static ulong Sum(IEnumerable<ulong> counts) => counts.Aggregate(0UL, (sum, count) => sum + count);

    private static string Half(HalfDifference difference) => difference.Before.Half == AddressHalf.Upper ? "ttbr1" : "ttbr0";
}

/// <summary>One change of what is mapped.</summary>
/// <param name="Half"><c>ttbr0</c> or <c>ttbr1</c>.</param>
/// <param name="Kinds">Any of <c>added</c>, <c>removed</c>, <c>moved</c>, <c>permission</c>, <c>memory</c>, <c>flags</c>, <c>split</c>, <c>merged</c>.</param>
/// <param name="Start">The first address.</param>
/// <param name="End">The address behind the last.</param>
/// <param name="Before">What was mapped, or null.</param>
/// <param name="After">What is mapped, or null.</param>
internal sealed record MapChangeJson(string Half, IReadOnlyList<string> Kinds, string Start, string End, MappingJson? Before, MappingJson? After)
{
    /// <summary>A change.</summary>
    public static MapChangeJson Of(string half, MapChange change) => new(
        half,
        [.. Enum.GetValues<MapChangeKinds>().Where(kind => kind != MapChangeKinds.None && change.Kinds.HasFlag(kind)).Select(CliJson.NameOf)],
        change.Start.ToString(),
        RangeText.EndText((change.Before ?? change.After)!.Value),
        change.Before is { } before ? MappingJson.Of(before) : null,
        change.After is { } after ? MappingJson.Of(after) : null);
}

/// <summary>How addresses are mapped.</summary>
/// <param name="Physical">Where the first one leads; null in a kernel's own listing.</param>
/// <param name="Level">The level of the leaves.</param>
/// <param name="Kind"><c>page</c> or <c>block</c>.</param>
/// <param name="Contiguous">The contiguous bit.</param>
/// <param name="Attributes">What the leaves allow, with the restrictions of the tables.</param>
internal sealed record MappingJson(string? Physical, int Level, string Kind, bool Contiguous, AttributesJson Attributes)
{
    /// <summary>A range.</summary>
    public static MappingJson Of(MappedRange range) =>
        new(RangeText.PhysicalText(range), range.Level, range.Level == 3 ? "page" : "block", range.Attributes.IsContiguous, AttributesJson.Of(range.Attributes));
}

/// <summary>One table that is not as it was.</summary>
/// <param name="Half"><c>ttbr0</c> or <c>ttbr1</c>.</param>
/// <param name="Kind"><c>added</c>, <c>removed</c>, <c>moved</c>, <c>changed</c>.</param>
/// <param name="Level">Its level.</param>
/// <param name="Start">The first address that it translates.</param>
/// <param name="Before">Where it lay, or null.</param>
/// <param name="After">Where it lies, or null.</param>
/// <param name="Entries">How many entries differ.</param>
internal sealed record TableChangeJson(string Half, string Kind, int Level, string Start, string? Before, string? After, int Entries)
{
    /// <summary>A table.</summary>
    public static TableChangeJson Of(string half, TableChange table) =>
        new(half, CliJson.NameOf(table.Kind), table.Level, table.Start.ToString(), table.Before?.ToString(), table.After?.ToString(), table.Entries);
}

/// <summary>The generated code that writes the JSON of <c>diff</c>.</summary>
[JsonSerializable(typeof(DiffJson))]
internal sealed partial class DiffJsonCode : JsonSerializerContext;
