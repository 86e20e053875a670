using System.Globalization;
using Ptewright.Cli.Output;
using Ptewright.Decoding;

namespace Ptewright.Cli.Commands.Decode;

/// <summary>What <c>encode --tlbi --range</c> says, in 80 columns.</summary>
internal static class TlbiPlanReport
{
    /// <summary>Writes it.</summary>
    public static void Write(TlbiPlan plan, TextWriter output)
    {
        ulong end = unchecked(plan.From + (plan.Pages << (int)plan.Granule));
        output.WriteLine(Line($"{Numbers.Of(plan.Pages, "page")} of {1 << ((int)plan.Granule - 10)}K{(plan.IsLpa2 ? " with LPA2" : string.Empty)}, 0x{plan.From:x16} to 0x{end:x16}"));
        Row("by address", plan.Pages, plan.Operation.Name, plan.Pages == 1 ? Line($"0x{plan.First:x16}") : Line($"0x{plan.First:x16} to 0x{plan.Last:x16}"));
        if (plan.Ranges.Count == 0)
        {
            output.WriteLine("  by range          -  more pages than ranges can cover");
        }
        else
        {
            int ranges = plan.Ranges.Count(step => step.Operation.IsRange);
            string which = ranges == 0 || ranges == plan.Ranges.Count ? "FEAT_TLBIRANGE" : Line($"{plan.Ranges.Count - ranges} of them {plan.Operation.Name}");
            Row("by range", (ulong)plan.Ranges.Count, plan.Operation.ForRange(ranges > 0).Name, which);
        }

        if (plan.OfAsid is { } asid)
        {
            Row("by ASID", 1, asid.Name, Line($"0x{plan.First >> 48 << 48:x16}"));
        }

        Row("everything", 1, plan.OfEverything.Name, string.Empty);
        if (plan.Operation.Target == TlbiTarget.IntermediateAddress)
        {
            output.WriteLine($"After it come DSB, {plan.Operation.Sibling("VMALLE1").Name}, DSB: TLBs hold both stages as one.");
        }

        if (plan.Linux.Count > 0)
        {
            output.WriteLine("Linux:");
        }

        foreach (TlbiChoice choice in plan.Linux)
        {
            output.WriteLine($"  {choice.When}:");
            output.WriteLine(Line($"    {Numbers.Count(choice.Count),9}  {choice.Operation.Name}{(choice.Limit is { } limit ? $", because {limit} are too many" : string.Empty)}"));
        }

        if (plan.Linux is [{ Operation.IsOfAllAsids: false, When: var when }, ..] && when.StartsWith("a program", StringComparison.Ordinal))
        {
            output.WriteLine("  With KPTI each is executed twice, for the two ASIDs of the program.");
        }

        if (plan.Ranges.Count > 0)
        {
            output.WriteLine("With FEAT_TLBIRANGE, pages = (NUM + 1) << (5 * SCALE + 1):");
        }

        foreach (TlbiStep step in plan.Ranges)
        {
            string shape = step.Operation.IsRange ? Line($" = {((step.Operand >> 39) & 31) + 1} << {(5 * ((step.Operand >> 44) & 3)) + 1}") : string.Empty;
            output.WriteLine(Line($"  {step.Operation.Name,-14}  0x{step.Operand:x16}  0x{step.From:x16}  {Numbers.Count(step.Pages)}{shape}"));
        }

        void Row(string way, ulong count, string name, string rest) =>
            output.WriteLine(Line($"  {way,-10} {Numbers.Count(count),9}  {name,-14}  {rest}").TrimEnd());
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
