using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ptewright.LinearMap;

namespace Ptewright.Captures;

/// <summary>What <c>tables.json</c> holds; docs/table-folder.md describes it.</summary>
internal sealed record FolderJson(
    int Version,
    string Source,
    FolderRegistersJson Registers,
    [property: JsonPropertyOrder(2)] string Sha256,
    [property: JsonPropertyOrder(3)] IReadOnlyList<FolderRunJson> Runs,
    [property: JsonPropertyOrder(1)] FolderKernelJson? Kernel = null);

/// <summary>The registers, as far as the source knew them.</summary>
internal sealed record FolderRegistersJson(string? Ttbr0 = null, string? Ttbr1 = null, string? Tcr = null, string? Mair = null);

/// <summary>What is known of tables that were built here.</summary>
internal sealed record FolderKernelJson(
    string Profile,
    string Granule,
    int VaBits,
    int ActualVaBits,
    string AddressFormat,
    string PageOffset,
    string Memstart,
    string Root,
    string Digest,
    string? IdentityRoot = null,
    int? FixmapSlots = null);

/// <summary>Pages behind one another: where they lie in memory, how many bytes they have.</summary>
internal sealed record FolderRunJson(string Address, ulong Size);

/// <summary>What <c>plan.json</c> holds.</summary>
internal sealed record PlanJson(int Version, string Kernel, IReadOnlyList<StepJson> Steps);

/// <summary>One step; the members behind <see cref="Phase"/> are those of a mapping.</summary>
internal sealed record StepJson(
    string Kind,
    string Phase,
    string? Physical = null,
    string? Virtual = null,
    string? Size = null,
    string? Protection = null,
    IReadOnlyList<string>? Flags = null,
    string? Root = null);

/// <summary>The one member that every version of a description has.</summary>
internal sealed record FolderVersionJson(int Version);

/// <summary>How the files are written and read, by generated code: what is missing or null where it may not be is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(FolderJson))]
[JsonSerializable(typeof(PlanJson))]
[JsonSerializable(typeof(FolderVersionJson))]
[JsonSerializable(typeof(BuiltFolderV1Json))]
internal sealed partial class FolderJsonContext : JsonSerializerContext
{
    /// <summary>The same with <c>+</c> and quotes as they are.</summary>
    public static FolderJsonContext Plain => new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
