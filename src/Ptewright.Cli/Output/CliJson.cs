using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Ptewright.Cli.Output;

/// <summary>How the tool's JSON is written: camelCase, indented, by code that is generated for each command.</summary>
/// <remarks>Arrows and quotes stay as they are: nothing here ends up inside a web page unescaped.</remarks>
internal static class CliJson
{
    /// <summary>How a type of a command is written.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="command">The command's generated code.</param>
    /// <param name="leavesOutNulls">Whether what is null is left out, wherever it stands.</param>
    public static JsonTypeInfo<T> TypeOf<T>(IJsonTypeInfoResolver command, bool leavesOutNulls = false)
    {
        JsonSerializerOptions options = new()
        {
            DefaultIgnoreCondition = leavesOutNulls ? JsonIgnoreCondition.WhenWritingNull : JsonIgnoreCondition.Never,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            TypeInfoResolver = command,
            WriteIndented = true,
        };
        return (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
    }

    /// <summary>The name of a value in JSON.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
