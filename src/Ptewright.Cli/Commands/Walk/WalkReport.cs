using Ptewright.Cli.Output;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Commands.Walk;

/// <summary>What <c>walk</c> writes for people.</summary>
internal sealed class WalkReport(Terminal terminal)
{
    /// <summary>Writes all of it.</summary>
    public void Write(IReadOnlyList<WalkedAddress> walked)
    {
        for (int i = 0; i < walked.Count; i++)
        {
            if (i > 0)
            {
                terminal.Out.WriteLine();
            }

            Write(walked[i]);
        }
    }

    private void Write(WalkedAddress walked)
    {
        TranslationRoot root = walked.Root;
        terminal.WriteMarked($"[bold]{walked.Address}[/]");
        terminal.Out.WriteLine(
            $"{(root.Half == AddressHalf.Upper ? "TTBR1" : "TTBR0")}: root table at {root.Table}, {1 << (root.PageShift - 10)}K pages, {root.InputBits}-bit addresses, "
            + $"{(root.Format.IsLpa2 ? "LPA2" : root.Format.AddressBits == 52 ? "LPA" : "48-bit")} descriptors");
        foreach (WalkStep step in walked.Steps)
        {
            terminal.Out.WriteLine($"  level {step.Level,2}  [{step.Index,4}] at {step.Address,-14}  {step.Entry}  {Meaning(root, step)}");
        }

        terminal.Out.WriteLine(walked.Result.IsMapped
            ? $"  -> {walked.Result.Physical}  ({Numbers.Bytes(walked.Result.Size)} {(walked.Result.Level == 3 ? "page" : "block")}: {AttributeText.Of(walked.Result.Attributes)})"
            : $"  -> {FaultText(walked)}");
    }

    private static string Meaning(TranslationRoot root, WalkStep step) => step.Kind switch
    {
        EntryKind.Table => $"table at {root.Format.Decode(step.Entry)}{AttributeText.OfTable(step.Entry)}",
        EntryKind.Block or EntryKind.Page =>
            $"{(step.Kind == EntryKind.Page ? "page" : "block")} at {root.Format.Decode(step.Entry)}, {AttributeText.Of(new LeafAttributes(root.Format.AttributesOf(step.Entry), 0, root.Format.IsLpa2, root.Mair) { Regime = root.Regime })}",
        EntryKind.BadType => "type 0b01, which is reserved at this level",
        _ => step.Entry.IsNone ? "nothing" : "invalid (bit 0 is clear)",
    };

    /// <summary>A fault in words.</summary>
    public static string FaultText(WalkedAddress walked)
    {
        int level = walked.Result.Level;
        return walked.Result.Fault switch
        {
            WalkFault.Translation when walked.Root.IsDisabled => $"translation fault, level {level}: TCR_EL1 disables walks of this half (EPD)",
            WalkFault.Translation when walked.Steps.Count == 0 => $"translation fault, level {level}: the address has more than {walked.Root.InputBits} bits, so neither half has it",
            WalkFault.Translation => $"translation fault, level {level}",
            WalkFault.AddressSize => $"address size fault, level {level}: an address of more than {walked.Root.OutputBits} bits",
            WalkFault.AccessFlag => $"access flag fault, level {level}",
            WalkFault.ExcludedMemory when walked.IsProbablyEmptyTable =>
                $"the memory where the level {level} table should be was left out of the source, as pages of zeros are: an empty table, so a translation fault, level {level}; that is inferred",
            WalkFault.ExcludedMemory => $"the memory where the level {level} table should be was left out of the source",
            WalkFault.LostMemory => $"the memory where the level {level} table should be is in the source but cannot be read",
            _ => $"the source has no memory where the level {level} table should be",
        };
    }
}
