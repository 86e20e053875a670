using System.CommandLine;
using System.Text.Json;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Decoding;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Commands.Decode;

/// <summary><c>ptewright encode</c>: 64 bits from the fields that <c>decode</c> names.</summary>
internal sealed class EncodeCommand
{
    private static readonly (string Name, EntryKind Kind, int UsualLevel)[] _kinds =
    [
        ("page", EntryKind.Page, 3), ("block", EntryKind.Block, 2), ("table", EntryKind.Table, 2), ("invalid", EntryKind.Invalid, 3), ("reserved", EntryKind.BadType, 3),
    ];

    private readonly Argument<string[]> _fields = new("FIELD=VALUE")
    {
        Description = "Fields by the names of decode, with a number (addresses hexadecimal) or a word of decode (hyphens for blanks); those that are not given are 0.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string> _kind = new("--kind")
    {
        Description = "The kind of descriptor; sets Valid and Type.",
        HelpName = "page|block|table|invalid|reserved",
        DefaultValueFactory = _ => "page",
    };

    private readonly Option<string?> _range = new("--range") { Description = "With --tlbi: the plan for all addresses from one to before another, instead of one operand.", HelpName = "FROM-TO" };
    private readonly Option<int?> _asid = new("--asid") { Description = "With --range: the ASID.", HelpName = "N", CustomParser = result => NumberOption.Parse(result) };
    private readonly Option<bool> _json = new("--json") { Description = "With --range: write JSON." };
    private readonly FormOptions _form = new();
    private readonly Terminal _terminal;

    private EncodeCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        EncodeCommand self = new(terminal);
        self._kind.CompletionSources.Add([.. _kinds.Select(kind => kind.Name)]);
        DocumentedCommand command = new(
            "encode",
            "Puts a descriptor, a register or the operand of a TLBI instruction together from its fields: the way back from decode.",
            ("ptewright encode OA=0x40000000 AttrIndx=1 SH=inner-shareable AF=1 PXN=1 UXN=1 DBM=1 SW=1", "A page of the kernel's data."),
            ("ptewright encode --kind block --level 1 --lpa2 OA=0x8000000000000 AF=1", "A block beyond 48 bits."),
            ("ptewright encode --register tcr_el1 T0SZ=16 T1SZ=16 TG1=4K IPS=48-bits", "A register."),
            ("ptewright encode --register esr_el1 EC=0x25 IL=1 WnR=write DFSC=permission-fault-level-3", "A register whose fields depend on its value."),
            ("ptewright encode --tlbi vale1is ASID=5 TTL=4k-level-3 VA=ffff000012345000", "The operand of an invalidation."),
            ("ptewright encode --tlbi vaale1is --range ffff000012345000-ffff000012745000", "All ways to forget a range, and which Linux takes."));
        command.Arguments.Add(self._fields);
        command.Options.Add(self._kind);
        self._form.AddTo(command);
        command.Options.Add(self._range);
        command.Options.Add(self._asid);
        command.Options.Add(self._json);
        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        if (parsed.GetValue(_range) is { } range)
        {
            return Plan(parsed, range);
        }

        if (parsed.GetValue(_asid) is not null || parsed.GetValue(_json))
        {
            throw new UsageException("Options --asid and --json belong to --range.");
        }

        (string Field, string Value)[] given = [.. parsed.GetValue(_fields)!.Select(Split)];
        ulong raw = FormOptions.Sentence(() => _form.Named(parsed) is { } named ? FieldLayout.Parse(named.Of, given) : Descriptor(parsed, given));
        _terminal.Out.WriteLine($"0x{raw:x16}");
        return ExitCode.Ok;
    }

    private int Plan(ParseResult parsed, string range)
    {
        TlbiOperation operation = _form.Operation(parsed) ?? throw new UsageException("Option --range belongs to --tlbi.");
        if (parsed.GetValue(_fields)!.Length > 0)
        {
            throw new UsageException("With --range there are no fields: the plan says all operands.");
        }

        int hyphen = range.IndexOf('-', StringComparison.Ordinal);
        if (hyphen < 0)
        {
            throw new UsageException($"'{range}' is no range, such as ffff000012345000-ffff000012745000.");
        }

        (GranuleSize granule, OutputAddressFormat format) = _form.Shape(parsed);
        ulong from = SourceOptions.ParseNumber(range[..hyphen], _range.Name);
        ulong to = SourceOptions.ParseNumber(range[(hyphen + 1)..], _range.Name);
        TlbiPlan plan = FormOptions.Sentence(() => TlbiPlan.Create(operation, from, to, granule, format.IsLpa2, parsed.GetValue(_asid) ?? 0));
        if (parsed.GetValue(_json))
        {
            _terminal.Out.WriteLine(JsonSerializer.Serialize(TlbiPlanJson.Of(plan), CliJson.TypeOf<TlbiPlanJson>(TlbiPlanJsonCode.Default)));
        }
        else
        {
            TlbiPlanReport.Write(plan, _terminal.Out);
        }

        return ExitCode.Ok;
    }

    private ulong Descriptor(ParseResult parsed, (string Field, string Value)[] given)
    {
        (string Name, EntryKind Kind, int UsualLevel) kind = Choice.Named(_kinds, known => known.Name, parsed.GetValue(_kind)!, "kind of descriptor");
        FieldLayout layout = Descriptor(parsed, kind.Kind, kind.UsualLevel);
        List<(string Field, ulong Value)> values = [.. given.Select(field => (field.Field, layout.Find(field.Field).Parse(field.Value)))];
        SetUnlessGiven(layout, values, "Valid", kind.Kind == EntryKind.Invalid ? 0UL : 1);
        SetUnlessGiven(layout, values, "Type", kind.Kind is EntryKind.Page or EntryKind.Table ? 1UL : 0);
        return layout.Encode(values);
    }

    private FieldLayout Descriptor(ParseResult parsed, EntryKind kind, int usualLevel)
    {
        (GranuleSize granule, OutputAddressFormat format) = _form.Shape(parsed);
        int level = _form.Level(parsed) ?? usualLevel;
        bool exists = kind switch
        {
            EntryKind.Page => level == 3,
            EntryKind.Table => level < 3,
            EntryKind.Block => TableShape.HasBlocks(level, granule, format),
            EntryKind.BadType => !TableShape.HasBlocks(level, granule, format),
            _ => true,
        };
        return exists ? DescriptorLayouts.Of(kind, level, granule, format)
            : throw new UsageException($"Level {level} has no descriptor of kind '{parsed.GetValue(_kind)}' with this granule and format.");
    }

    private static void SetUnlessGiven(FieldLayout layout, List<(string Field, ulong Value)> values, string name, ulong value)
    {
        bool has = layout.Fields.Any(field => field.Name == name);
        if (has && !values.Exists(given => string.Equals(given.Field, name, StringComparison.OrdinalIgnoreCase)))
        {
            values.Add((name, value));
        }
    }

    private static (string Field, string Value) Split(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 ? (text[..equals], text[(equals + 1)..]) : throw new UsageException($"'{text}' is no field with a value, such as AF=1.");
    }
}
