using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Ptewright.Cli.Output;
using Ptewright.Findings;
using Ptewright.Listing;
using Ptewright.Walking;

namespace Ptewright.Cli.Commands.List;

/// <summary>What <c>list --format json</c> writes, range by range, so that memory does not grow with them. The shape is documented in docs/cli.md.</summary>
internal sealed class ListJson : ListSink, IDisposable
{
    private const int MostPending = 1 << 16;
    private static readonly JsonWriterOptions _options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Utf8JsonWriter _writer;
    private readonly JsonTypeInfo<AttributesJson> _attributesJson = CliJson.TypeOf<AttributesJson>(ListJsonCode.Default);
    private readonly List<TableProblemJson> _problems = [];

    /// <summary>Begins the object.</summary>
    public ListJson(Terminal terminal, IReadOnlyList<RangeFilter> filters)
        : base(terminal, filters)
    {
        terminal.Out.Flush();
        _writer = new Utf8JsonWriter(terminal.Stream, _options);
        _writer.WriteStartObject();
        _writer.WriteStartArray("ranges");
    }

    /// <inheritdoc/>
    public override void End()
    {
        _writer.WriteEndArray();
        _writer.WritePropertyName("problems");
        JsonSerializer.Serialize(_writer, [.. _problems], CliJson.TypeOf<TableProblemJson[]>(ListJsonCode.Default));
        _writer.WriteEndObject();
        _writer.Flush();
        Terminal.Out.WriteLine();
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    /// <inheritdoc/>
    protected override void Write(in MappedRange range)
    {
        _writer.WriteStartObject();
        _writer.WriteString("start", Numbers.Hex(range.Start.Value));
        _writer.WriteString("end", RangeText.EndText(range));
        _writer.WriteString("physical", RangeText.PhysicalText(range));
        _writer.WriteNumber("level", range.Level);
        _writer.WriteString("kind", range.Level == 3 ? "page" : "block");
        _writer.WriteBoolean("contiguous", range.Attributes.IsContiguous);
        _writer.WritePropertyName("attributes");
        JsonSerializer.Serialize(_writer, AttributesJson.Of(range.Attributes), _attributesJson);
        _writer.WriteEndObject();
        if (_writer.BytesPending > MostPending)
        {
            _writer.Flush();
        }
    }

    /// <inheritdoc/>
    protected override void Write(TableProblem problem, Finding finding) => _problems.Add(TableProblemJson.Of(problem, finding));
}

/// <summary>Something wrong with tables.</summary>
/// <param name="Kind"><c>missingMemory</c>, <c>excludedMemory</c>, <c>lostMemory</c>, <c>loop</c>, <c>badType</c>, <c>addressSize</c>, <c>brokenRun</c>, <c>tooMany</c>.</param>
/// <param name="Address">The first address that is affected.</param>
/// <param name="Message">It in words.</param>
/// <param name="Path">The entries that lead there, from the root's on.</param>
/// <param name="Inferred">With <c>excludedMemory</c>: what it most probably is, as far as can be told without the table: <c>emptyTable</c>.</param>
internal sealed record TableProblemJson(
    string Kind,
    string Address,
    string Message,
    IReadOnlyList<WalkStepJson> Path,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Inferred)
{
    /// <summary>A problem.</summary>
    public static TableProblemJson Of(TableProblem problem, Finding finding) => new(
        CliJson.NameOf(problem.Kind),
        problem.Address.ToString(),
        finding.ToString(),
        [.. problem.Path.Select(WalkStepJson.Of)],
        problem.IsProbablyEmptyTable ? "emptyTable" : null);
}

/// <summary>The generated code that writes the parts of the JSON of <c>list</c>.</summary>
[JsonSerializable(typeof(AttributesJson))]
[JsonSerializable(typeof(TableProblemJson[]))]
internal sealed partial class ListJsonCode : JsonSerializerContext;
