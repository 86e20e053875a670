using System.CommandLine;
using Ptewright.Addressing;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Commands.Walk;

/// <summary><c>ptewright walk</c>: how addresses are translated, entry by entry.</summary>
internal sealed class WalkCommand
{
    private readonly SourceOptions _source = new();

    private readonly Argument<string[]> _addresses = new("VA")
    {
        Description = "The virtual addresses to translate, hexadecimal, as in ffff000012345678.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Write JSON." };

    private readonly Terminal _terminal;

    private WalkCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        WalkCommand self = new(terminal);
        DocumentedCommand command = new(
            "walk",
            "Translates addresses through somebody else's tables, entry by entry, or says which fault they give.",
            ("ptewright walk tables 0xffff000001234567", "One address through captured tables."),
            ("ptewright walk ram.img@0x40000000 --ttbr1 0x41a79001 --tcr 0x095001f6b54c350c 0xfff0000000200000", "Raw memory, registers by hand."));
        self._source.AddTo(command);
        command.Arguments.Add(self._addresses);
        command.Options.Add(self._json);
        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        VirtualAddress[] addresses = [.. parsed.GetValue(_addresses)!.Select(text => new VirtualAddress(SourceOptions.ParseNumber(text, "an address")))];
        using MemoryImage image = _source.Open(parsed, _terminal);
        List<WalkedAddress> walked = [];
        ImageRegisters registers = _source.Registers(parsed, image, _terminal);
        WalkStep[] steps = new WalkStep[TableWalker.MostSteps];
        foreach (VirtualAddress address in addresses)
        {
            // Bit 55 says which half, whatever the byte above it holds.
            AddressHalf half = (address.Value & (1UL << 55)) != 0 ? AddressHalf.Upper : AddressHalf.Lower;
            TranslationRoot root = TranslationRoot.Of(registers, half);
            using TableWalker walker = new(image, root);
            WalkResult result = walker.Walk(address, steps, out int count);
            walked.Add(new WalkedAddress(address, root, steps[..count], result, result.Fault == WalkFault.ExcludedMemory && image.LeavesOutZeros));
        }

        if (parsed.GetValue(_json))
        {
            WalkJson.Write(_terminal, walked);
        }
        else
        {
            new WalkReport(_terminal).Write(walked);
        }

        return ExitCode.Ok;
    }
}

/// <summary>One address and how it was translated.</summary>
/// <param name="Address">The address.</param>
/// <param name="Root">The half that it belongs to.</param>
/// <param name="Steps">The entries read.</param>
/// <param name="Result">Where that led.</param>
/// <param name="IsProbablyEmptyTable">Whether a table that was left out is probably an empty one.</param>
internal sealed record WalkedAddress(VirtualAddress Address, TranslationRoot Root, IReadOnlyList<WalkStep> Steps, WalkResult Result, bool IsProbablyEmptyTable);
