using System.CommandLine;
using Ptewright.Addressing;
using Ptewright.Cli.Options;
using Ptewright.Explaining;
using Ptewright.Machines;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Cli.Commands.Explain;

/// <summary>A fault whose values are given by hand.</summary>
internal sealed class GivenValues
{
    private readonly Option<string?> _syndrome = new("--esr") { Description = "ESR_EL1, hexadecimal.", HelpName = "VALUE" };
    private readonly Option<string?> _address = new("--far") { Description = "FAR_EL1: the address that faulted.", HelpName = "ADDRESS" };
    private readonly Option<string?> _par = new("--par") { Description = "PAR_EL1: what an AT instruction said of the address.", HelpName = "VALUE" };
    private readonly Option<string?> _granule = new("--granule") { Description = "With values by hand: the page size. [default: 4K]", HelpName = "4K|16K|64K" };
    private readonly Option<int?> _bits = new("--va-bits")
    {
        Description = "With values by hand: the size of virtual addresses in use. [default: 48]",
        HelpName = "N",
        CustomParser = result => NumberOption.ParseBits(result),
    };

    private readonly Option<string?> _kernel = new("--kernel") { Description = "With values by hand: the kernel's version, as in 6.1.0-56-arm64.", HelpName = "VERSION" };

    /// <summary>Gives the options to a command.</summary>
    public void AddTo(Command command)
    {
        _granule.CompletionSources.Add(TableOptions.Granules);
        foreach (Option option in new Option[] { _syndrome, _address, _par, _granule, _bits, _kernel })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether any value is given.</summary>
    public bool AreGiven(ParseResult parsed) => new Option<string?>[] { _syndrome, _address, _par, _granule, _kernel }.Any(option => parsed.GetValue(option) is not null) || parsed.GetValue(_bits) is not null;

    /// <summary>Whether a word is an entry: <c>pte=0068000042e80703</c>.</summary>
    public static bool IsEntry(string word) => NameOf(word) is not null;

    /// <summary>The values.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="words">The entries.</param>
    /// <exception cref="UsageException">One is no number, or they do not go together.</exception>
    public Oops Read(ParseResult parsed, string[] words)
    {
        if (words.FirstOrDefault(word => !IsEntry(word)) is { } other)
        {
            throw new UsageException($"{ForeignText.Quote(other)} is no entry, such as pte=0068000042e80703: values by hand do not go together with a file.");
        }

        PrintedEntry[] entries = [.. words.Select(word => new PrintedEntry(NameOf(word)!.Value, new Descriptor(SourceOptions.ParseNumber(word[4..].TrimEnd(','), word[..3])))).OrderBy(entry => entry.Name)];
        for (int i = 1; i < entries.Length; i++)
        {
            if (entries[i].Name == entries[i - 1].Name)
            {
                throw new UsageException($"The entry {entries[i].Name.ToString().ToLowerInvariant()} is given twice.");
            }
        }

        GranuleSize granule = TableOptions.ParseGranule(parsed.GetValue(_granule) ?? TableOptions.UsualGranule);
        int bits = parsed.GetValue(_bits) ?? TableOptions.UsualBits;
        _ = TableSizes.Geometry(granule, bits);
        VirtualAddress? address = Value(parsed, _address) is { } far ? new VirtualAddress(far) : null;
        bool isShapeGiven = parsed.GetValue(_granule) is not null || parsed.GetValue(_bits) is not null;
        string? kernel = parsed.GetValue(_kernel);
        if (kernel is not null && !LinuxVersion.TryParse(kernel, out _))
        {
            throw new UsageException($"{ForeignText.Quote(kernel)} is no version, such as 6.1.0-56-arm64.");
        }

        return new Oops
        {
            Kind = OopsKind.Values,
            Address = address,
            Syndrome = Value(parsed, _syndrome) is { } syndrome ? new ExceptionSyndrome(syndrome) : null,
            AddressTranslation = Value(parsed, _par),
            Entries = entries,
            Tables = isShapeGiven ? new PrintedTables(address is { } given && (given.Value & (1UL << 55)) == 0, granule, bits, null) : null,
            Release = kernel,
            Version = kernel is not null && LinuxVersion.TryParse(kernel, out LinuxVersion version) ? version : null,
        };
    }

    private static ulong? Value(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is { } text ? SourceOptions.ParseNumber(text, option.Name) : null;

    private static TableName? NameOf(string word) => word.Length < 5 || word[3] != '=' ? null : word[..3] switch
    {
        "pgd" => TableName.Pgd,
        "p4d" => TableName.P4d,
        "pud" => TableName.Pud,
        "pmd" => TableName.Pmd,
        "pte" => TableName.Pte,
        _ => null,
    };
}
