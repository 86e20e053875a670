using System.CommandLine;
using Ptewright.Decoding;
using Ptewright.Translation;

namespace Ptewright.Cli.Options;

/// <summary>Which register, which operand, or which form of descriptor, 64 bits are.</summary>
internal sealed class FormOptions
{
    private readonly Option<string?> _register = new("--register")
    {
        Description = $"A register instead of a descriptor: {string.Join(", ", RegisterLayouts.Names)}.",
        HelpName = "NAME",
    };

    private readonly Option<string?> _tlbi = new("--tlbi")
    {
        Description = "The operand of a TLBI instruction instead of a descriptor: vae1is, vaale1is, rvae1is, ipas2e1is, aside1is, vae2 and their like.",
        HelpName = "NAME",
    };

    private readonly Option<string> _granule = new("--granule") { Description = "The page size.", HelpName = "4K|16K|64K", DefaultValueFactory = _ => "4K" };
    private readonly Option<bool> _lpa2 = new("--lpa2") { Description = "52-bit descriptors of 4K and 16K pages (TCR_EL1.DS = 1), and roots of 52-bit addresses; TLBI ranges then count 64 KiB." };
    private readonly Option<bool> _lpa = new("--lpa") { Description = "52-bit descriptors of 64K pages (TCR_EL1.IPS = 6), and roots of 52-bit addresses." };
    private readonly Option<int?> _level = new("--level")
    {
        Description = "The level of the descriptor, -1 to 3.",
        HelpName = "N",
        CustomParser = result => NumberOption.Parse(result),
    };

    /// <summary>Gives the options to a command.</summary>
    public void AddTo(Command command)
    {
        _register.CompletionSources.Add([.. RegisterLayouts.Names]);
        foreach (Option option in new Option[] { _register, _tlbi, _level, _granule, _lpa2, _lpa })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The register or operand; null for a descriptor.</summary>
    public NamedForm? Named(ParseResult parsed)
    {
        bool has52 = parsed.GetValue(_lpa2) || parsed.GetValue(_lpa);
        if (Operation(parsed) is { } operation)
        {
            (GranuleSize granule, OutputAddressFormat format) = Shape(parsed);
            bool isLpa2 = format.IsLpa2;
            GranuleSize? known = parsed.GetResult(_granule) is { Implicit: false } ? granule : null;
            return new NamedForm(raw => TlbiLayouts.Of(operation, isLpa2, raw), raw => TlbiLayouts.Describe(operation, raw, known, isLpa2));
        }

        if (parsed.GetValue(_register) is not { } name)
        {
            return null;
        }

        _ = Sentence(() => RegisterLayouts.Of(name, has52));
        return new NamedForm(raw => RegisterLayouts.Of(name, has52, raw), raw => RegisterLayouts.Describe(name, raw) is { } sentence ? [sentence] : []);
    }

    /// <summary>The instruction of <c>--tlbi</c>, if it is given.</summary>
    public TlbiOperation? Operation(ParseResult parsed) => parsed.GetValue(_tlbi) is not { } name ? null
        : parsed.GetValue(_register) is null ? Sentence(() => TlbiOperation.Parse(name))
        : throw new UsageException("Options --register and --tlbi exclude each other.");

    /// <summary>The descriptor's level, if it is given.</summary>
    public int? Level(ParseResult parsed) => parsed.GetValue(_level) is not { } level ? null
        : level is >= -1 and <= 3 ? level : throw new UsageException($"There is no level {level}; there are -1 to 3.");

    /// <summary>The granule, and where descriptors keep their address.</summary>
    public (GranuleSize Granule, OutputAddressFormat Format) Shape(ParseResult parsed)
    {
        GranuleSize granule = TableOptions.ParseGranule(parsed.GetValue(_granule)!);
        bool lpa = parsed.GetValue(_lpa);
        bool lpa2 = parsed.GetValue(_lpa2);
        if ((lpa && granule != GranuleSize.Size64K) || (lpa2 && granule == GranuleSize.Size64K))
        {
            throw new UsageException("Option --lpa belongs to --granule 64K, --lpa2 to 4K and 16K.");
        }

        return (granule, lpa || lpa2 ? OutputAddressFormat.Bits52(granule) : OutputAddressFormat.Bits48(granule));
    }

    /// <summary>Turns what the library refuses into a wrong command line.</summary>
    public static T Sentence<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidInputException wrong)
        {
            throw new UsageException(wrong.Message);
        }
    }
}

/// <summary>A register, or the operand of an instruction: its fields may depend on its value.</summary>
/// <param name="Of">The fields that a value has.</param>
/// <param name="Describe">What a value says as a whole, in sentences.</param>
internal sealed record NamedForm(Func<ulong, FieldLayout> Of, Func<ulong, IReadOnlyList<string>> Describe);
