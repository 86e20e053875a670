using System.CommandLine;
using Ptewright.Cli.Output;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Options;

/// <summary>Which halves of the addresses a command reads: one, or all that the registers tell of.</summary>
internal sealed class HalfOption
{
    private readonly Option<string?> _half = new("--half")
    {
        Description = "Only the lower half (ttbr0, programs) or only the upper one (ttbr1, the kernel). [default: both, as far as the source has them]",
        HelpName = "ttbr0|ttbr1",
    };

    /// <summary>Gives the option to a command.</summary>
    public void AddTo(Command command)
    {
        _half.CompletionSources.Add("ttbr0", "ttbr1");
        command.Options.Add(_half);
    }

    /// <summary>The half that is asked for; null for both.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public AddressHalf? Read(ParseResult parsed) => parsed.GetValue(_half) switch
    {
        null => null,
        "ttbr0" => AddressHalf.Lower,
        "ttbr1" => AddressHalf.Upper,
        string other => throw new UsageException($"There is no half '{other}'; there are ttbr0, ttbr1."),
    };

    /// <summary>How each half is read, the lower one first.</summary>
    /// <param name="half">The half that is asked for; then it must be known.</param>
    /// <param name="registers">The registers.</param>
    /// <param name="image">Where the tables lie.</param>
    /// <param name="terminal">Takes a note where the lower half is left out: captures and tables that were built often have the kernel's half alone.</param>
    public static IReadOnlyList<TranslationRoot> Roots(AddressHalf? half, ImageRegisters registers, MemoryImage image, Terminal terminal)
    {
        if (half is { } one)
        {
            return [TranslationRoot.Of(registers, one)];
        }

        if (registers.Ttbr1 is null && registers.Ttbr0 is not null)
        {
            return [TranslationRoot.Of(registers, AddressHalf.Lower)];
        }

        TranslationRoot upper = TranslationRoot.Of(registers, AddressHalf.Upper);
        if (registers.Ttbr0 is null)
        {
            return [upper];
        }

        try
        {
            TranslationRoot lower = TranslationRoot.Of(registers, AddressHalf.Lower);
            Span<byte> first = stackalloc byte[8];
            if (lower.IsDisabled || image.TryRead(lower.Table, first))
            {
                return [lower, upper];
            }

            if (lower.Table.Value != 0)
            {
                terminal.Note($"the source does not have the lower half's root table at {lower.Table}, so that half is left out.");
            }
        }
        catch (InvalidInputException unusable)
        {
            terminal.Note($"the lower half is left out: {unusable.Message}");
        }

        return [upper];
    }
}
