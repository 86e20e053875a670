using System.Text.Json.Serialization;
using Ptewright.Decoding;

namespace Ptewright.Cli.Commands.Decode;

/// <summary>What <c>encode --tlbi --range --json</c> writes.</summary>
/// <param name="Operation">The instruction for one page.</param>
/// <param name="Granule">The page size: <c>4K</c>.</param>
/// <param name="Lpa2">Whether ranges count 64 KiB.</param>
/// <param name="From">The first address.</param>
/// <param name="To">Where the range ends.</param>
/// <param name="Pages">How many pages.</param>
/// <param name="ByAddress">Page by page: how many instructions, with the first and the last operand.</param>
/// <param name="ByRange">With FEAT_TLBIRANGE: every instruction; empty where the range is too large for them.</param>
/// <param name="ByAsid">The instruction for a whole ASID; null where there is none.</param>
/// <param name="Everything">The instruction for the whole regime.</param>
/// <param name="Linux">What Linux takes.</param>
internal sealed record TlbiPlanJson(
    string Operation,
    string Granule,
    bool Lpa2,
    string From,
    string To,
    ulong Pages,
    TlbiPagesJson ByAddress,
    IReadOnlyList<TlbiStepJson> ByRange,
    string? ByAsid,
    string Everything,
    IReadOnlyList<TlbiChoiceJson> Linux)
{
    /// <summary>A plan.</summary>
    public static TlbiPlanJson Of(TlbiPlan plan) => new(
        plan.Operation.Name,
        $"{1 << ((int)plan.Granule - 10)}K",
        plan.IsLpa2,
        $"0x{plan.From:x16}",
        $"0x{unchecked(plan.From + (plan.Pages << (int)plan.Granule)):x16}",
        plan.Pages,
        new TlbiPagesJson(plan.Pages, $"0x{plan.First:x16}", $"0x{plan.Last:x16}"),
        [.. plan.Ranges.Select(step => new TlbiStepJson(step.Operation.Name, $"0x{step.Operand:x16}", $"0x{step.From:x16}", step.Pages))],
        plan.OfAsid?.Name,
        plan.OfEverything.Name,
        [.. plan.Linux.Select(choice => new TlbiChoiceJson(choice.When, choice.Count, choice.Operation.Name, choice.Limit))]);
}

/// <summary>One instruction a page.</summary>
/// <param name="Count">How many.</param>
/// <param name="First">The first operand.</param>
/// <param name="Last">The last operand.</param>
internal sealed record TlbiPagesJson(ulong Count, string First, string Last);

/// <summary>One instruction.</summary>
/// <param name="Operation">Its name.</param>
/// <param name="Operand">Its operand.</param>
/// <param name="From">The first address.</param>
/// <param name="Pages">How many pages it is for.</param>
internal sealed record TlbiStepJson(string Operation, string Operand, string From, ulong Pages);

/// <summary>What Linux does.</summary>
/// <param name="When">When.</param>
/// <param name="Count">How many instructions.</param>
/// <param name="Operation">Which; where single pages are left over beside ranges, that of the ranges.</param>
/// <param name="Limit">The limit that made it forget more than it had to; null where none did.</param>
internal sealed record TlbiChoiceJson(string When, ulong Count, string Operation, string? Limit);

/// <summary>The generated code that writes it.</summary>
[JsonSerializable(typeof(TlbiPlanJson))]
internal sealed partial class TlbiPlanJsonCode : JsonSerializerContext;
