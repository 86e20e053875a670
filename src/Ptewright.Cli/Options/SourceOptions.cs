using System.CommandLine;
using Ptewright.Addressing;
using Ptewright.Cli.Output;
using Ptewright.Discovery;
using Ptewright.Images;
using Ptewright.Listing;
using Ptewright.Live;
using Ptewright.Texts;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Options;

/// <summary>Which tables a command reads: the source, and registers that it lacks.</summary>
/// <param name="name">What the argument is called.</param>
internal sealed class SourceOptions(string name = "SOURCE")
{
    private readonly Argument<string?> _source = new(name) { Description = $"Where the tables are: {OptionNames.In(LiveSource.Forms)}; for list, find, diff and verify also a copy of /sys/kernel/debug/kernel_page_tables." };
    private readonly Option<string?> _ttbr0 = Register("--ttbr0", "TTBR0_EL1");
    private readonly Option<string?> _ttbr1 = Register("--ttbr1", "TTBR1_EL1");
    private readonly Option<string?> _tcr = Register("--tcr", "TCR_EL1");
    private readonly Option<string?> _mair = Register("--mair", "MAIR_EL1");

    private readonly Option<string?> _memoryStart = new("--memstart")
    {
        Description = "For a kernel's own listing, which has no physical addresses: where the first address of its linear map leads (PHYS_OFFSET), as in 0x40000000.",
        HelpName = "ADDRESS",
    };

    /// <summary>Gives the argument and the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="isOptional">Whether the command has another way to tables.</param>
    public void AddTo(Command command, bool isOptional = false)
    {
        AddSourceTo(command, isOptional);
        AddRegistersTo(command);
    }

    /// <summary>Gives the options of registers alone to a command that has another place for the source.</summary>
    /// <param name="command">The command.</param>
    public void AddRegistersTo(Command command)
    {
        foreach (Option option in new Option[] { _ttbr0, _ttbr1, _tcr, _mair })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Gives the argument alone to a command that asks for no registers.</summary>
    /// <param name="command">The command.</param>
    /// <param name="isOptional">Whether the command has another way to tables.</param>
    public void AddSourceTo(Command command, bool isOptional = false)
    {
        _source.Arity = isOptional ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne;
        command.Arguments.Add(_source);
    }

    /// <summary>Whether a source is given.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_source) is not null;

    /// <summary>The source's name.</summary>
    public string Name(ParseResult parsed) => parsed.GetValue(_source)!;

    /// <summary>Gives the option that says where a kernel's listing leads to a command that asks for it.</summary>
    public void AddMemoryStartTo(Command command) => command.Options.Add(_memoryStart);

    /// <summary>Opens the source, and notes what of it is left out. A live guest stands still until it is disposed of.</summary>
    /// <exception cref="InvalidInputException">It is none, or a kernel's own listing.</exception>
    public MemoryImage Open(ParseResult parsed, Terminal terminal) => OpenTables(Name(parsed), terminal);

    /// <summary>Opens a source of tables by its name, and notes what of it is left out. A live guest stands still until it is disposed of.</summary>
    /// <exception cref="InvalidInputException">It is none, or a kernel's own listing.</exception>
    public static MemoryImage OpenTables(string name, Terminal terminal) => IsListing(name)
        ? throw new InvalidInputException($"{ForeignText.QuoteName(name)} is a kernel's own listing of its tables and has no tables: list, find, diff and verify read it.")
        : Open(name, terminal);

    /// <summary>Opens a source by its name, and notes what of it is left out.</summary>
    private static MemoryImage Open(string name, Terminal terminal)
    {
        MemoryImage image = LiveSource.Open(name);
        terminal.Note(image.Remarks.Select(remark => $"{name}: {remark}"));
        return image;
    }

    /// <summary>Opens the source, or a kernel's own listing.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="half">The half that is wanted.</param>
    /// <param name="terminal">Takes notes.</param>
    /// <param name="other">Another source than the argument's.</param>
    public Mappings OpenMappings(ParseResult parsed, AddressHalf? half, Terminal terminal, string? other = null)
    {
        string source = other ?? Name(parsed);
        if (IsListing(source))
        {
            return new Mappings(ReadListing(source, terminal), half, MemoryStart(parsed));
        }

        if (parsed.GetValue(_memoryStart) is not null)
        {
            throw new UsageException("Option --memstart belongs to a kernel's own listing: tables say themselves where they lead.");
        }

        MemoryImage image = Open(source, terminal);
        try
        {
            return new Mappings(image, Registers(parsed, image, terminal), half, terminal);
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>Whether it is said where a listing's linear map leads.</summary>
    public bool HasMemoryStart(ParseResult parsed) => parsed.GetValue(_memoryStart) is not null;

    /// <summary>Whether a source is a kernel's own listing of its tables.</summary>
    public static bool IsListing(string source) => File.Exists(source) && PtdumpFile.IsPtdump(source);

    /// <summary>Reads a kernel's own listing, and notes on the message side what was passed over.</summary>
    public static PtdumpMap ReadListing(string source, Terminal terminal)
    {
        PtdumpMap listing = PtdumpFile.Read(source);
        terminal.Note(listing.Remarks);
        return listing;
    }

    private PhysicalAddress? MemoryStart(ParseResult parsed) => Value(parsed, _memoryStart) is { } start ? new PhysicalAddress(start) : null;

    /// <summary>The registers: those given by hand, then the source's; and where neither say anything, those of the kernel that is found in it.</summary>
    /// <exception cref="AmbiguousRootException">Several are found.</exception>
    public ImageRegisters Registers(ParseResult parsed, MemoryImage image, Terminal terminal)
    {
        ImageRegisters given = new(Value(parsed, _ttbr0), Value(parsed, _ttbr1), Value(parsed, _tcr), Value(parsed, _mair));
        ImageRegisters known = given.Or(image.Registers);
        if (given is not { Ttbr0: null, Ttbr1: null, Tcr: null } || (image.CoreInfo is null && known is not { Ttbr0: null, Ttbr1: null, Tcr: null }))
        {
            return known;
        }

        if (RootDiscovery.TakeNote(image, terminal) is { } note)
        {
            return given.Or(note);
        }

        Found = RootDiscovery.Take(image, terminal);
        if (Found is null && known.Ttbr1 is not null)
        {
            terminal.Note("TTBR1, TCR from the VMCOREINFO note, which the tables do not bear out.");
        }

        return Found is null ? known : given.Or(Found.Registers);
    }

    /// <summary>The kernel that was found, where the registers had to be.</summary>
    public FoundKernel? Found { get; private set; }

    /// <summary>An address, a descriptor or a register as people type it: hexadecimal, whether or not it says so.</summary>
    /// <exception cref="UsageException">It is none of 64 bits.</exception>
    public static ulong ParseNumber(string text, string what) => FormOptions.Sentence(() => NumberText.Parse(text, NumberHabit.Address, what));

    private static ulong? Value(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is { } text ? ParseNumber(text, option.Name) : null;

    private static Option<string?> Register(string name, string register) =>
        new(name) { Description = $"{register}, where the source does not know it; hexadecimal.", HelpName = "VALUE" };
}
