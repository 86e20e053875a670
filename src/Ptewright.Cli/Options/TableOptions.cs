using System.CommandLine;
using Ptewright.LinearMap;
using Ptewright.Machines;
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
    public string GranuleName => GranuleText.NameOf(Geometry.Granule);
}

/// <summary>The options that every command which builds tables has: <c>--granule</c>, <c>--va-bits</c>, <c>--blocks</c>.</summary>
internal sealed class TableOptions
{
    /// <summary>The page size unless one is asked for.</summary>
    public const string UsualGranule = "4K";

    /// <summary>The size of virtual addresses unless one is asked for.</summary>
    public const int UsualBits = 48;

    /// <summary>What help says of the size of virtual addresses.</summary>
    public const string BitsDescription = "Size of virtual addresses: 4K 39, 48, 52; 16K 36, 47, 48, 52; 64K 42, 48, 52. 52 comes with 52-bit descriptors (LPA, LPA2).";

    private readonly Option<string> _granule = new("--granule")
    {
        Description = "Page size of the tables.",
        HelpName = "4K|16K|64K",
        DefaultValueFactory = _ => UsualGranule,
    };

    private readonly Option<int> _bits = new("--va-bits")
    {
        Description = BitsDescription,
        HelpName = "N",
        CustomParser = NumberOption.ParseBits,
        DefaultValueFactory = _ => UsualBits,
    };

    private readonly Option<bool> _blocks = BlocksOption();

    /// <summary>The page sizes as they are written on the command line.</summary>
    public static string[] Granules => [.. GranuleText.All.Select(GranuleText.NameOf)];

    /// <summary>The option that allows blocks where there is no kernel that decides about them.</summary>
    public static Option<bool> BlocksOption() => new("--blocks")
    {
        Description = "Allow block mappings and the contiguous bit; otherwise single pages, as with rodata=full.",
    };

    /// <summary>Gives the options to a command.</summary>
    public void AddTo(Command command)
    {
        _granule.CompletionSources.Add(Granules);
        command.Options.Add(_granule);
        command.Options.Add(_bits);
        command.Options.Add(_blocks);
    }

    /// <summary>What the command line asks for.</summary>
    /// <exception cref="UsageException">There is no such granule.</exception>
    /// <exception cref="InvalidRequestException">Linux has no such combination.</exception>
    public TableChoice Read(ParseResult parsed) => Choose(parsed.GetValue(_granule)!, parsed.GetValue(_bits), parsed.GetValue(_blocks));

    /// <summary>The tables of these sizes.</summary>
    /// <param name="granule">The granule's name.</param>
    /// <param name="bits">The size of virtual addresses.</param>
    /// <param name="blocks">Whether blocks and contiguous runs are allowed.</param>
    /// <exception cref="UsageException">There is no such granule.</exception>
    /// <exception cref="InvalidRequestException">Linux has no such combination.</exception>
    public static TableChoice Choose(string granule, int bits, bool blocks) =>
        new(TableSizes.Geometry(ParseGranule(granule), bits), blocks ? MapFlags.None : LinearMapPlanner.PagesOnly);

    /// <summary>The granule of that name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static GranuleSize ParseGranule(string text) => GranuleText.Find(text, StringComparison.OrdinalIgnoreCase)
        ?? throw new UsageException($"There is no granule '{text}'; there are {string.Join(", ", Granules)}.");
}
