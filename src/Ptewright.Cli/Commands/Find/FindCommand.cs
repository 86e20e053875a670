using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ptewright.Addressing;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Commands.Find;

/// <summary><c>ptewright find</c>: every address that leads to a physical one.</summary>
internal sealed class FindCommand
{
    // Some 10 MB. All of them are found and counted; nobody reads more.
    private const int MostShown = 100_000;

    private readonly SourceOptions _source = new();
    private readonly HalfOption _half = new();

    private readonly Argument<string[]> _addresses = new("PA")
    {
        Description = "The physical addresses to look for, hexadecimal, as in 40200000.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Write JSON." };
    private readonly Terminal _terminal;

    private FindCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        FindCommand self = new(terminal);
        DocumentedCommand command = new(
            "find",
            "Says by which virtual addresses physical memory can be reached, and with which rights.",
            ("ptewright find tables 0x40200000", "Every address that leads there: an alias, a mapping that should be gone."),
            ("ptewright find tables 0x40200000 0x9000000 --half ttbr1 --json", "Two addresses, the kernel's half only, for a program to read."));
        self._source.AddTo(command);
        self._source.AddMemoryStartTo(command);
        command.Arguments.Add(self._addresses);
        self._half.AddTo(command);
        command.Options.Add(self._json);
        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        FoundAddress[] wanted =
            [.. parsed.GetValue(_addresses)!.Select(text => new FoundAddress(new PhysicalAddress(SourceOptions.ParseNumber(text, "an address")), []))];
        AddressHalf? half = _half.Read(parsed);
        using Mappings mappings = _source.OpenMappings(parsed, half, _terminal);
        if (mappings.Listing is not null)
        {
            if (!_source.HasMemoryStart(parsed))
            {
                throw new UsageException("A kernel's own listing has no physical addresses: say with --memstart where its linear map leads, and that is searched.");
            }

            _terminal.Note("only the linear map is searched: where the rest leads, a kernel's own listing does not say.");
        }

        Finder finder = new(_terminal, wanted);
        foreach (TranslationRoot root in mappings.Roots)
        {
            finder.Begin(root, mappings.Name);
            _ = mappings.Scan(root, finder);
        }

        if (parsed.GetValue(_json))
        {
            FoundAddressJson[] json = [.. wanted.Select(FoundAddressJson.Of)];
            _terminal.Out.WriteLine(JsonSerializer.Serialize(json, CliJson.TypeOf<FoundAddressJson[]>(FindJsonCode.Default)));
        }
        else
        {
            WriteText(wanted);
        }

        return wanted.All(found => found.Count > 0) ? ExitCode.Ok : ExitCode.No;
    }

    private void WriteText(FoundAddress[] found)
    {
        foreach (FoundAddress address in found)
        {
            _terminal.Out.WriteLine(address.Count == 0 ? $"{address.Physical}: nothing maps it" : $"{address.Physical}");
            foreach ((TranslationRoot root, VirtualAddress at, MappedRange range) in address.Mappings)
            {
                _terminal.Out.WriteLine($"  {at}  level {range.Level}, {RangeText.KindText(root, range.Level)}: {AttributeText.Of(range.Attributes)}");
            }

            if (address.More > 0)
            {
                _terminal.Out.WriteLine($"  ... and {Numbers.Count(address.More)} more.");
            }
        }
    }

    private sealed class Finder(Terminal terminal, FoundAddress[] wanted) : ListSink(terminal, [])
    {
        private int _shown;

        public override void End()
        {
        }

        protected override void Write(in MappedRange range)
        {
            if (!range.KnowsPhysical)
            {
                return;
            }

            foreach (FoundAddress found in wanted)
            {
                ulong inside = found.Physical.Value - range.Physical.Value;
                if (found.Physical >= range.Physical && inside <= range.Size - 1)
                {
                    found.Count++;
                    if (_shown < MostShown)
                    {
                        found.Mappings.Add(new FoundMapping(Root, range.Start + inside, range));
                        _shown++;
                    }
                }
            }
        }
    }
}

/// <summary>A physical address and what leads there.</summary>
/// <param name="Physical">The address.</param>
/// <param name="Mappings">The first addresses that lead there.</param>
internal sealed record FoundAddress(PhysicalAddress Physical, List<FoundMapping> Mappings)
{
    /// <summary>How many addresses lead there, those that were not kept included.</summary>
    public ulong Count { get; set; }

    /// <summary>How many were not kept.</summary>
    public ulong More => Count - (ulong)Mappings.Count;
}

/// <summary>One address that leads to a physical one.</summary>
/// <param name="Root">The half that it belongs to.</param>
/// <param name="Address">The address.</param>
/// <param name="Range">The range that it lies in.</param>
internal sealed record FoundMapping(TranslationRoot Root, VirtualAddress Address, MappedRange Range);

/// <summary>What <c>find --json</c> writes for one physical address.</summary>
/// <param name="Physical">The address that was looked for.</param>
/// <param name="Mappings">What leads there, ascending.</param>
/// <param name="More">How many addresses lead there beyond those.</param>
internal sealed record FoundAddressJson(string Physical, IReadOnlyList<FoundMappingJson> Mappings, ulong More)
{
    /// <summary>An address and what leads there.</summary>
    public static FoundAddressJson Of(FoundAddress found) => new(
        found.Physical.ToString(),
        [
            .. found.Mappings.Select(mapping => new FoundMappingJson(
                mapping.Address.ToString(),
                mapping.Root.Half == AddressHalf.Upper ? "ttbr1" : "ttbr0",
                mapping.Range.Level,
                mapping.Range.Level == 3 ? "page" : "block",
                mapping.Range.Attributes.IsContiguous,
                AttributesJson.Of(mapping.Range.Attributes))),
        ],
        found.More);
}

/// <summary>One address that leads to the physical one.</summary>
/// <param name="Address">The virtual address.</param>
/// <param name="Half"><c>ttbr0</c> or <c>ttbr1</c>.</param>
/// <param name="Level">The level of the leaf.</param>
/// <param name="Kind"><c>page</c> or <c>block</c>.</param>
/// <param name="Contiguous">The contiguous bit.</param>
/// <param name="Attributes">What the leaf allows, with the restrictions of the tables.</param>
internal sealed record FoundMappingJson(string Address, string Half, int Level, string Kind, bool Contiguous, AttributesJson Attributes);

/// <summary>The generated code that writes the JSON of <c>find</c>.</summary>
[JsonSerializable(typeof(FoundAddressJson[]))]
internal sealed partial class FindJsonCode : JsonSerializerContext;
