using System.Text.Json;
using System.Text.Json.Serialization;
using Ptewright.Walking;

namespace Ptewright.Cli;

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
            item.Result.IsMapped ? null : new WalkFaultJson(CliJson.NameOf(item.Result.Fault), item.Result.Level)))],
        CliJson.Plain.WalkJsonArray));
}

/// <summary>One entry.</summary>
/// <param name="Level">-1 to 3.</param>
/// <param name="Address">Where it lies.</param>
/// <param name="Index">Its index in its table.</param>
/// <param name="Entry">Its 64 bits.</param>
/// <param name="Kind"><c>invalid</c>, <c>table</c>, <c>block</c>, <c>page</c>, <c>badType</c>.</param>
internal sealed record WalkStepJson(int Level, string Address, int Index, string Entry, string Kind)
{
    /// <summary>An entry that was read.</summary>
    public static WalkStepJson Of(WalkStep step) =>
        new(step.Level, Numbers.Hex(step.Address.Value), step.Index, step.Entry.ToString(), CliJson.NameOf(step.Kind));
}

/// <summary>A fault.</summary>
/// <param name="Kind"><c>translation</c>, <c>addressSize</c>, <c>accessFlag</c>, <c>missingMemory</c>.</param>
/// <param name="Level">The level at which the walk ended.</param>
internal sealed record WalkFaultJson(string Kind, int Level);

/// <summary>What a leaf allows, with the restrictions of the tables on the way.</summary>
/// <param name="Write">Whether it may be written.</param>
/// <param name="User">Whether programs may reach it.</param>
/// <param name="KernelExecute">Whether the kernel may execute it.</param>
/// <param name="UserExecute">Whether programs may execute it.</param>
/// <param name="Memory">The memory type in words, or the index where MAIR is not known.</param>
/// <param name="AttrIndx">The index into MAIR.</param>
/// <param name="Shareability">SH, 0 to 3; null where those bits are address.</param>
/// <param name="AccessFlag">AF.</param>
/// <param name="NotGlobal">nG.</param>
/// <param name="Contiguous">The contiguous bit.</param>
/// <param name="Guarded">GP.</param>
/// <param name="Dbm">DBM.</param>
internal sealed record AttributesJson(
    bool Write,
    bool User,
    bool KernelExecute,
    bool UserExecute,
    string Memory,
    int AttrIndx,
    int? Shareability,
    bool AccessFlag,
    bool NotGlobal,
    bool Contiguous,
    bool Guarded,
    bool Dbm)
{
    /// <summary>The attributes of a leaf.</summary>
    public static AttributesJson Of(LeafAttributes attributes) => new(
        !attributes.IsReadOnly,
        attributes.IsUser,
        attributes.IsKernelExecutable,
        attributes.IsUserExecutable,
        AttributeText.Memory(attributes),
        attributes.AttributeIndex,
        attributes.Shareability,
        attributes.IsAccessed,
        attributes.IsNotGlobal,
        attributes.IsContiguous,
        attributes.IsGuarded,
        attributes.IsDirtyModifier);
}
