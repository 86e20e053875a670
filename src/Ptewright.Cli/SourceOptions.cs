using System.CommandLine;
using Ptewright.Files;
using Ptewright.Images;
using Ptewright.Walking;

namespace Ptewright.Cli;

/// <summary>Which tables a command reads: the source, and registers that it lacks.</summary>
/// <param name="name">What the argument is called.</param>
internal sealed class SourceOptions(string name = "SOURCE")
{
    private readonly Argument<string?> _source = new(name) { Description = $"Where the tables are: {MemorySource.Forms}." };
    private readonly Option<string?> _ttbr0 = Register("--ttbr0", "TTBR0_EL1");
    private readonly Option<string?> _ttbr1 = Register("--ttbr1", "TTBR1_EL1");
    private readonly Option<string?> _tcr = Register("--tcr", "TCR_EL1");
    private readonly Option<string?> _mair = Register("--mair", "MAIR_EL1");

    /// <summary>Gives the argument and the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="isOptional">Whether the command has another way to tables.</param>
    public void AddTo(Command command, bool isOptional = false)
    {
        _source.Arity = isOptional ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne;
        command.Arguments.Add(_source);
        foreach (Option option in new Option[] { _ttbr0, _ttbr1, _tcr, _mair })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether a source is given.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_source) is not null;

    /// <summary>The source's name.</summary>
    public string Name(ParseResult parsed) => parsed.GetValue(_source)!;

    /// <summary>Opens the source, and notes what of it is left out. A live guest stands still until it is disposed of.</summary>
    public MemoryImage Open(ParseResult parsed, Terminal terminal) => Open(Name(parsed), terminal);

    /// <summary>Opens a source by its name, and notes what of it is left out.</summary>
    public static MemoryImage Open(string name, Terminal terminal)
    {
        MemoryImage image = MemorySource.Open(name);
        foreach (string remark in image.Remarks)
        {
            terminal.Error.WriteLine($"ptewright: note: {name}: {remark}");
        }

        return image;
    }

    /// <summary>The registers: those given by hand, then the source's.</summary>
    public ImageRegisters Registers(ParseResult parsed, MemoryImage image) => new ImageRegisters(
        Value(parsed, _ttbr0), Value(parsed, _ttbr1), Value(parsed, _tcr), Value(parsed, _mair)).Or(image.Registers);

    /// <summary>How the half of an address is read.</summary>
    public TranslationRoot Root(ParseResult parsed, MemoryImage image, AddressHalf half) => TranslationRoot.Of(Registers(parsed, image), half);

    /// <summary>An address, a descriptor or a register as people type it: hexadecimal, whether or not it says so.</summary>
    /// <exception cref="UsageException">It is none of 64 bits.</exception>
    public static ulong ParseNumber(string text, string what) => FormOptions.Sentence(() => NumberText.Parse(text, NumberHabit.Address, what));

    private static ulong? Value(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is { } text ? ParseNumber(text, option.Name) : null;

    private static Option<string?> Register(string name, string register) =>
        new(name) { Description = $"{register}, where the source does not know it; hexadecimal.", HelpName = "VALUE" };
}
