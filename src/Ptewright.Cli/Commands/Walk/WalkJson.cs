using System.Text.Json;
using System.Text.Json.Serialization;
using Ptewright.Cli.Output;
using Ptewright.Walking;

namespace Ptewright.Cli.Commands.Walk;

/// <summary>What <c>walk --json</c> writes for one address. The shape is documented in docs/cli.md and promised to programs.</summary>
/// <param name="Address">The virtual address.</param>
/// <param name="Steps">The entries read, from the root's on.</param>
/// <param name="Physical">Where it leads; without a fault only.</param>
/// <param name="Attributes">What the leaf allows, with the restrictions of the tables; without a fault only.</param>
/// <param name="Fault">Why it leads nowhere; with a fault only.</param>
internal sealed record WalkJson(
    string Address,
    IReadOnlyList<WalkStepJson> Steps,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Physical,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AttributesJson? Attributes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] WalkFaultJson? Fault)
{
    /// <summary>Writes a list with one object for each address.</summary>
    public static void Write(Terminal terminal, IReadOnlyList<WalkedAddress> walked) => terminal.Out.WriteLine(JsonSerializer.Serialize(
        [.. walked.Select(item => new WalkJson(
            item.Address.ToString(),
            [.. item.Steps.Select(WalkStepJson.Of)],
            item.Result.IsMapped ? Numbers.Hex(item.Result.Physical.Value) : null,
            item.Result.IsMapped ? AttributesJson.Of(item.Result.Attributes) : null,
            item.Result.IsMapped ? null : new WalkFaultJson(CliJson.NameOf(item.Result.Fault), item.Result.Level, item.IsProbablyEmptyTable ? CliJson.NameOf(WalkFault.Translation) : null)))],
        CliJson.TypeOf<WalkJson[]>(WalkJsonCode.Default)));
}

/// <summary>A fault.</summary>
/// <param name="Kind"><c>translation</c>, <c>addressSize</c>, <c>accessFlag</c>, <c>missingMemory</c>, <c>excludedMemory</c>, <c>lostMemory</c>.</param>
/// <param name="Level">The level at which the walk ended.</param>
/// <param name="Inferred">Where the table was left out, as pages of zeros are: the fault that an empty one gives.</param>
internal sealed record WalkFaultJson(string Kind, int Level, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Inferred);

/// <summary>The generated code that writes the JSON of <c>walk</c>.</summary>
[JsonSerializable(typeof(WalkJson[]))]
internal sealed partial class WalkJsonCode : JsonSerializerContext;
