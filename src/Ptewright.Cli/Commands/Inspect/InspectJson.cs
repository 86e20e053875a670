using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ptewright.Captures;
using Ptewright.Cli.Output;
using Ptewright.Discovery;
using Ptewright.Images;
using Ptewright.Live;

namespace Ptewright.Cli.Commands.Inspect;

/// <summary>What <c>inspect --json</c> writes. The shape is documented in docs/inspect.md and promised to programs.</summary>
/// <param name="Source">The source's name.</param>
/// <param name="Format">What it is.</param>
/// <param name="Ranges">The memory that it has.</param>
/// <param name="Missing">The memory that it has not, by the reason.</param>
/// <param name="Remarks">What of it is left out or taken otherwise.</param>
/// <param name="BytesSearched">How many bytes were gone through.</param>
/// <param name="BytesOfHoles">How many bytes of holes were passed over.</param>
/// <param name="Ambiguous">Whether there are several kernels and nothing says which is meant.</param>
/// <param name="Kernels">The kernels, the one that most speaks for first.</param>
/// <param name="Candidates">Roots for which too little speaks.</param>
/// <param name="Programs">Programs' roots.</param>
/// <param name="Tried">What was tried, in sentences.</param>
/// <param name="Places">Where no kernel is found: the source with the address at which one would be, if there is such an address.</param>
/// <param name="Machine">The machine of the kernel that is meant; absent where none is.</param>
internal sealed record InspectJson(
    string Source,
    string Format,
    IReadOnlyList<RangeJson> Ranges,
    IReadOnlyList<MissingJson> Missing,
    IReadOnlyList<string> Remarks,
    ulong BytesSearched,
    ulong BytesOfHoles,
    bool Ambiguous,
    IReadOnlyList<KernelJson> Kernels,
    IReadOnlyList<KernelJson> Candidates,
    IReadOnlyList<RootJson> Programs,
    IReadOnlyList<string> Tried,
    IReadOnlyList<string> Places,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MachineJson? Machine)
{
    /// <summary>Writes it.</summary>
    public static void Write(Terminal terminal, MemoryImage image, DiscoveryResult result, IReadOnlyList<MissingMemory> missing, IReadOnlyList<string> places, FoundMachine? machine) => terminal.Out.WriteLine(JsonSerializer.Serialize(
        new InspectJson(
            image.Name,
            FormatOf(image),
            [.. image.Segments.Select(RangeJson.Of)],
            [.. missing.Select(MissingJson.Of)],
            image.Remarks,
            result.BytesRead,
            result.BytesOfHoles,
            result.IsAmbiguous,
            [.. result.Kernels.Select(kernel => KernelJson.Of(image, kernel))],
            [.. result.Candidates.Select(kernel => KernelJson.Of(image, kernel))],
            [.. result.Programs.Select(RootJson.Of)],
            result.Tried,
            places,
            MachineJson.Of(machine)),
        CliJson.TypeOf<InspectJson>(InspectJsonCode.Default)));

    /// <summary>What a source is, in words.</summary>
    public static string FormatOf(MemoryImage image) => image switch
    {
        RawImage => "raw memory",
        ElfCore => "ELF core",
        KdumpImage => "kdump-compressed dump",
        KcoreImage => "kernel that runs here",
        LimeImage => "LiME dump",
        AvmlImage => "AVML dump",
        TableFolder => "table folder",
        GdbImage or QmpImage => "live guest",
        _ => "memory",
    };

    /// <summary>What a root is called.</summary>
    public static string NameOf(RootKind kind) => CliJson.NameOf(kind);
}

/// <summary>A range of memory.</summary>
/// <param name="Start">Its first byte.</param>
/// <param name="Size">Its bytes.</param>
internal sealed record RangeJson(string Start, ulong Size)
{
    /// <summary>A range in JSON.</summary>
    public static RangeJson Of(MemorySegment range) => new(range.Start.ToString(), range.Size);
}

/// <summary>Memory that a source has not.</summary>
/// <param name="Kind"><c>absent</c>, <c>leftOut</c>, <c>zeros</c>, <c>lost</c>.</param>
/// <param name="Bytes">How many bytes.</param>
/// <param name="Count">How many ranges.</param>
/// <param name="Why">More of it in words, where there is more.</param>
/// <param name="Ranges">The ranges; of more than 16,384 the first ones.</param>
internal sealed record MissingJson(
    string Kind,
    ulong Bytes,
    ulong Count,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Why,
    IReadOnlyList<RangeJson> Ranges)
{
    /// <summary>It in JSON.</summary>
    public static MissingJson Of(MissingMemory missing) =>
        new(CliJson.NameOf(missing.Kind), missing.Bytes, missing.Count, missing.Why, [.. missing.Ranges.Select(RangeJson.Of)]);
}

/// <summary>A root table.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Table">Where it lies.</param>
/// <param name="By">How it is known.</param>
/// <param name="Evidence">The same in words.</param>
internal sealed record RootJson(string Kind, string Table, string By, string Evidence)
{
    /// <summary>A root in JSON.</summary>
    public static RootJson Of(FoundRoot root) => new(InspectJson.NameOf(root.Kind), root.Table.ToString(), CliJson.NameOf(root.By), root.Evidence);
}

/// <summary>A kernel, or a root that may be one's. What is not known is left out.</summary>
internal sealed record KernelJson
{
    /// <summary>Whether the tables prove it.</summary>
    public required bool Proven { get; init; }

    /// <summary>How much speaks for it, of 100.</summary>
    public required int Score { get; init; }

    /// <summary>TTBR1_EL1.</summary>
    public required string Ttbr1 { get; init; }

    /// <summary>TCR_EL1.</summary>
    public required string Tcr { get; init; }

    /// <summary>MAIR_EL1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? Mair { get; init; }

    /// <summary>Its release.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? Release { get; init; }

    /// <summary>Its banner.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? Banner { get; init; }

    /// <summary>Its build.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? BuildId { get; init; }

    /// <summary>The profile for it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Profile { get; init; }

    /// <summary>The page size in bytes.</summary>
    public required KnownJson PageSize { get; init; }

    /// <summary>The size of virtual addresses in use.</summary>
    public required KnownJson VaBits { get; init; }

    /// <summary>Whether descriptors are LPA2's.</summary>
    public required bool Lpa2 { get; init; }

    /// <summary>The size of virtual addresses that it is built for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? BuiltVaBits { get; init; }

    /// <summary>Where the image begins.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? ImageStart { get; init; }

    /// <summary>Its bytes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? ImageSize { get; init; }

    /// <summary>Its virtual address.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? ImageAddress { get; init; }

    /// <summary>kimage_voffset.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? KimageVoffset { get; init; }

    /// <summary>By how much it was moved.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? KaslrOffset { get; init; }

    /// <summary>The first address of the linear map that is mapped.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? LinearStart { get; init; }

    /// <summary>Where it leads.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? LinearPhysical { get; init; }

    /// <summary>memstart_addr.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownJson? PhysOffset { get; init; }

    /// <summary>Its roots.</summary>
    public required IReadOnlyList<RootJson> Roots { get; init; }

    /// <summary>What speaks for it.</summary>
    public required IReadOnlyList<ScorePoint> Points { get; init; }

    /// <summary>The first of its tables that the source has not, in sentences with the entries that lead there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? TablesNotThere { get; init; }

    /// <summary>A kernel in JSON.</summary>
    public static KernelJson Of(MemoryImage image, FoundKernel kernel) => new()
    {
        Proven = kernel.IsProven,
        Score = kernel.Score,
        Ttbr1 = Numbers.Hex(kernel.Registers.Ttbr1!.Value),
        Tcr = Numbers.Hex(kernel.Registers.Tcr!.Value),
        Mair = kernel is { Registers.Mair: { } mair, MairBy: { } by } ? new(Numbers.Hex(mair), CliJson.NameOf(by), by == KnownBy.Usual ? "what Linux writes at boot" : "the source's registers") : null,
        Release = KnownJson.Of(kernel.Release),
        Banner = KnownJson.Of(kernel.Banner),
        BuildId = KnownJson.Of(kernel.BuildId),
        Profile = kernel.Profile?.Profile.Name,
        PageSize = KnownJson.Of(kernel.Granule, granule => (1 << (int)granule).ToString(CultureInfo.InvariantCulture))!,
        VaBits = KnownJson.Of(kernel.InputBits)!,
        Lpa2 = kernel.IsLpa2.Value,
        BuiltVaBits = KnownJson.Of(kernel.BuiltBits),
        ImageStart = KnownJson.Of(kernel.ImageStart),
        ImageSize = KnownJson.Of(kernel.ImageSize),
        ImageAddress = KnownJson.Of(kernel.ImageAddress),
        KimageVoffset = KnownJson.Of(kernel.ImageOffset, Numbers.Hex),
        KaslrOffset = KnownJson.Of(kernel.KaslrOffset, Numbers.Hex),
        LinearStart = KnownJson.Of(kernel.LinearStart),
        LinearPhysical = KnownJson.Of(kernel.LinearPhysical),
        PhysOffset = KnownJson.Of(kernel.PhysicalOffset, Numbers.Hex),
        Roots = [.. kernel.Roots.Select(RootJson.Of)],
        Points = kernel.Points,
        TablesNotThere = Inspect.TablesNotThere.Of(image, kernel) is { Count: > 0 } tables ? [.. tables.Findings.Select(finding => finding.ToString())] : null,
    };
}

/// <summary>The generated code that writes the JSON of <c>inspect</c>.</summary>
[JsonSerializable(typeof(InspectJson))]
internal sealed partial class InspectJsonCode : JsonSerializerContext;
