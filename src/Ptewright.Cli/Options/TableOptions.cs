using System.CommandLine;
using System.CommandLine.Parsing;
using Ptewright.LinearMap;
using Ptewright.Strategies;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Cli.Options;

/// <summary>The shape of the tables that a command line asks for.</summary>
/// <param name="Geometry">Granule, address size, levels.</param>
/// <param name="Flags">What is forbidden.</param>
internal readonly record struct TableChoice(TableGeometry Geometry, MapFlags Flags)
{
    /// <summary>Whether descriptors hold 52-bit addresses: a kernel with 52-bit virtual addresses has LPA or LPA2.</summary>
    public bool WideAddresses => Geometry.VirtualAddressBits == 52;

    /// <summary>The granule as it is written on the command line.</summary>
    public string GranuleName => TableOptions.NameOf(Geometry.Granule);
}

/// <summary>The options that every command which builds tables has: <c>--granule</c>, <c>--va-bits</c>, <c>--blocks</c>.</summary>
internal sealed class TableOptions
{
    private static readonly GranuleSize[] _granules = [GranuleSize.Size4K, GranuleSize.Size16K, GranuleSize.Size64K];

    private readonly Option<string> _granule = new("--granule")
    {
        Description = "Page size of the tables.",
        HelpName = "4K|16K|64K",
        DefaultValueFactory = _ => NameOf(GranuleSize.Size4K),
    };

    private readonly Option<int> _bits = new("--va-bits")
    {
        Description = "Size of virtual addresses: 4K 39, 48, 52; 16K 36, 47, 48, 52; 64K 42, 48, 52. 52 comes with 52-bit descriptors (LPA, LPA2).",
        HelpName = "N",
        CustomParser = ParseBits,
        DefaultValueFactory = _ => 48,
    };

    private readonly Option<bool> _blocks = new("--blocks")
    {
        Description = "Allow block mappings and the contiguous bit; otherwise single pages, as with rodata=full.",
    };

    /// <summary>Gives the options to a command.</summary>
    public void AddTo(Command command)
    {
        _granule.CompletionSources.Add([.. _granules.Select(NameOf)]);
        command.Options.Add(_granule);
        command.Options.Add(_bits);
        command.Options.Add(_blocks);
    }

    /// <summary>What the command line asks for.</summary>
    /// <exception cref="UsageException">There is no such granule, or Linux has no such combination.</exception>
    public TableChoice Read(ParseResult parsed)
    {
        GranuleSize granule = ParseGranule(parsed.GetValue(_granule)!);
        int bits = parsed.GetValue(_bits);
        return new TableChoice(Geometry(granule, bits), parsed.GetValue(_blocks) ? MapFlags.None : LinearMapPlanner.PagesOnly);
    }

    /// <summary>The tables of these sizes.</summary>
    /// <exception cref="UsageException">Linux has no such combination.</exception>
    public static TableGeometry Geometry(GranuleSize granule, int bits) => TableGeometry.TryCreate(granule, bits, bits, out TableGeometry geometry)
        ? geometry
        : throw new UsageException($"There are no {bits}-bit virtual addresses with {NameOf(granule)} pages; there are {Existing()}.");

    /// <summary>The granule as it is written on the command line.</summary>
    public static string NameOf(GranuleSize granule) => $"{(1 << (int)granule) >> 10}K";

    // Asked of the geometry itself, so that the sentence cannot say anything else than what is accepted.
    private static string Existing() => string.Join("; ", _granules.Select(granule =>
        $"{NameOf(granule)} {string.Join(", ", Enumerable.Range(1, 64).Where(bits => TableGeometry.TryCreate(granule, bits, bits, out _)))}"));

    /// <summary>The granule of that name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static GranuleSize ParseGranule(string text)
    {
        int index = Array.FindIndex(_granules, granule => string.Equals(NameOf(granule), text, StringComparison.OrdinalIgnoreCase));
        return index >= 0
            ? _granules[index]
            : throw new UsageException($"There is no granule '{text}'; there are {string.Join(", ", _granules.Select(NameOf))}.");
    }

    /// <summary>Reads a number of bits.</summary>
    public static int ParseBits(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (!NumberText.TryParse(text, NumberHabit.Count, out ulong bits) || bits > int.MaxValue)
        {
            result.AddError($"'{text}' is no number of bits for --va-bits.");
        }

        return (int)Math.Min(bits, int.MaxValue);
    }
}
