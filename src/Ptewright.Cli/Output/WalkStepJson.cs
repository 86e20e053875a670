using Ptewright.Walking;

namespace Ptewright.Cli.Output;

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
