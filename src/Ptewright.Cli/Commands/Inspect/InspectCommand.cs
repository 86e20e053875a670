using System.CommandLine;
using Ptewright.Captures;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Discovery;
using Ptewright.Images;

namespace Ptewright.Cli.Commands.Inspect;

/// <summary><c>ptewright inspect</c>: what a source is, which kernel is in it, where its roots are, and how each of these is known.</summary>
internal sealed class InspectCommand
{
    private readonly SourceOptions _source = new();

    private readonly Option<string[]> _by = new("--by")
    {
        Description = "Ask only this: the registers that the source knows, a VMCOREINFO note, VMCOREINFO in memory, the symbols of a kernel in memory, or the structure of the tables alone. Several may be given. [default: all]",
        HelpName = "registers|note|text|symbols|tables",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Write JSON." };
    private readonly Terminal _terminal;

    private InspectCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        InspectCommand self = new(terminal);
        self._by.CompletionSources.Add("registers", "note", "text", "symbols", "tables");
        DocumentedCommand command = new(
            "inspect",
            "Says what a source is, which kernel is in it, where its translation tables begin, and how each of these is known.",
            ("ptewright inspect vmcore", "A crash dump."),
            ("ptewright inspect ram.img@0x40000000", "Raw memory of which nothing is known but where it lay."),
            ("ptewright inspect ram.img@0x40000000 --by tables --json", "What the tables alone show, for a program to read."));
        self._source.AddSourceTo(command);
        command.Options.Add(self._by);
        command.Options.Add(self._json);
        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        DiscoveryMethods methods = (parsed.GetValue(_by) ?? []).Aggregate(DiscoveryMethods.None, (all, word) => all | Method(word));
        using MemoryImage image = Open(parsed);
        DiscoveryResult result = RootDiscovery.Find(image, methods == DiscoveryMethods.None ? DiscoveryMethods.All : methods | DiscoveryMethods.Programs, _terminal);
        IReadOnlyList<MissingMemory> missing = image.FindMissing(CancellationToken.None);
        IReadOnlyList<string> places = result.Kernels.Count == 0 && image is RawImage { Parts: [var part] } ? FindPlaces(part) : [];
        FoundMachine? machine = result.Kernel is { } kernel ? MachineFinding.Of(image, kernel, _terminal) : null;
        if (parsed.GetValue(_json))
        {
            InspectJson.Write(_terminal, image, result, missing, places, machine);
        }
        else
        {
            new InspectReport(_terminal).Write(image, result, missing, places, machine);
        }

        return result.Kernel is null ? ExitCode.No : ExitCode.Ok;
    }

    // Raw memory without an address is refused; a kernel in it may show which one it is.
    private MemoryImage Open(ParseResult parsed)
    {
        string name = _source.Name(parsed);
        try
        {
            return _source.Open(parsed, _terminal);
        }
        catch (InvalidInputException refusal) when (MemorySource.IsUnknownFile(name))
        {
            List<string> places = FindPlaces(new RawPart(name, default));
            throw places.Count == 0 ? refusal : new InvalidInputException($"{refusal.Message} {PlacesText(places)}");
        }
    }

    private List<string> FindPlaces(RawPart part) => [.. _terminal.WithProgress(progress => MemoryPlacement.Find(start => new RawImage([part with { Start = start }], []), progress))
        .Select(place => $"{part.Path}{(part.Offset == 0 ? string.Empty : $"+0x{part.Offset:x}")}@{place.Start}{(part.Length is { } length ? $":0x{length:x}" : string.Empty)}")];

    /// <summary>A hint at where memory lay.</summary>
    public static string PlacesText(IReadOnlyList<string> places) => $"The tables of a kernel in it lead to where they lie if it is {string.Join(" or ", places)}.";

    private static DiscoveryMethods Method(string word) => word switch
    {
        "registers" => DiscoveryMethods.Registers,
        "note" => DiscoveryMethods.Note,
        "text" => DiscoveryMethods.Text,
        "symbols" => DiscoveryMethods.Symbols,
        "tables" => DiscoveryMethods.Tables,
        _ => throw new UsageException($"--by takes registers, note, text, symbols or tables, not '{word}'."),
    };
}
