using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ptewright.Captures;

/// <summary>What <c>tables.json</c> holds; docs/table-folder.md describes it.</summary>
internal sealed record TablesJson(
    int Version,
    string Kernel,
    string Granule,
    int VaBits,
    int ActualVaBits,
    string AddressFormat,
    string PageOffset,
    string Memstart,
    string Root,
    RegistersJson Registers,
    string Digest,
    string Sha256,
    IReadOnlyList<RunJson> Runs,
    string? IdentityRoot = null);

/// <summary>The registers.</summary>
internal sealed record RegistersJson(string Ttbr0, string Ttbr1, string Tcr, string Mair);

/// <summary>Table pages behind one another.</summary>
internal sealed record RunJson(string Address, ulong Offset, int Pages);

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

/// <summary>What <c>capture.json</c> holds.</summary>
internal sealed record CaptureJson(int Version, string Source, CaptureRegistersJson Registers, string Sha256, IReadOnlyList<CaptureRunJson> Runs);

/// <summary>The registers that the source of a capture had.</summary>
internal sealed record CaptureRegistersJson(string? Ttbr0 = null, string? Ttbr1 = null, string? Tcr = null, string? Mair = null);

/// <summary>Pages behind one another: where they lie in memory, how many bytes they have.</summary>
internal sealed record CaptureRunJson(string Address, ulong Size);

/// <summary>How the files are written and read, by generated code: what is missing or null where it may not be is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TablesJson))]
[JsonSerializable(typeof(PlanJson))]
[JsonSerializable(typeof(CaptureJson))]
internal sealed partial class TableFolderJson : JsonSerializerContext
{
    /// <summary>The same with <c>+</c> and quotes as they are.</summary>
    public static TableFolderJson Plain => new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
