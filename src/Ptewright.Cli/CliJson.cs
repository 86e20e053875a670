using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ptewright.Cli;

/// <summary>How the tool's JSON is written: camelCase, indented, by generated code.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(BenchJson))]
[JsonSerializable(typeof(CheckOrderingJson))]
[JsonSerializable(typeof(BootJson))]
[JsonSerializable(typeof(CompareJson))]
[JsonSerializable(typeof(CountJson))]
[JsonSerializable(typeof(DecodedJson[]))]
[JsonSerializable(typeof(DiffJson))]
[JsonSerializable(typeof(FoundAddressJson[]))]
[JsonSerializable(typeof(MapJson))]
[JsonSerializable(typeof(RacesJson))]
[JsonSerializable(typeof(TableProblemJson[]))]
[JsonSerializable(typeof(TraceJson))]
[JsonSerializable(typeof(VerifyJson))]
[JsonSerializable(typeof(WalkBenchJson))]
[JsonSerializable(typeof(WalkJson[]))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>The name of a value in JSON.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary>The same with arrows and quotes as they are: nothing here ends up inside a web page unescaped.</summary>
    public static CliJson Plain => new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
