using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Decoding;
using Ptewright.Translation;

namespace Ptewright.Cli.Commands.Decode;

/// <summary><c>ptewright decode</c>: every field of a descriptor or register, in words.</summary>
internal sealed class DecodeCommand
{
    private readonly Argument<string> _value = new("VALUE") { Description = "The 64 bits, hexadecimal, as in 00e8000040000707 or as a kernel prints them, pte=00e8000040000707." };
    private readonly FormOptions _form = new();
    private readonly Option<bool> _json = new("--json") { Description = "Write JSON." };
    private readonly Terminal _terminal;

    private DecodeCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        DecodeCommand self = new(terminal);
        DocumentedCommand command = new(
            "decode",
            "Explains every field of a descriptor, of a register of the memory system, or of a TLBI instruction's operand.",
            ("ptewright decode 0x00e8000040000707", "A descriptor: as a page, and as a table, because the bits do not say which."),
            ("ptewright decode 0x00e8000040000705 --level 2 --lpa2", "A block of 52-bit descriptors."),
            ("ptewright decode 0x500074b5503510 --register tcr_el1", "A register."),
            ("ptewright decode 0x9600004f --register esr_el1", "Why an exception was taken: every field that its class has."),
            ("ptewright decode 0x0005d38000012345 --tlbi rvale1is --granule 64K", "What an invalidation asks for."));
        command.Arguments.Add(self._value);
        self._form.AddTo(command);
        command.Options.Add(self._json);
        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        (int? level, string digits) = SplitName(parsed.GetValue(_value)!);
        ulong raw = SourceOptions.ParseNumber(digits, "VALUE");
        NamedForm? named = _form.Named(parsed);
        FieldLayout[] layouts = named is null ? [.. Layouts(parsed, raw, level)] : [named.Of(raw)];
        IReadOnlyList<string> sentences = named?.Describe(raw) ?? [];
        if (parsed.GetValue(_json))
        {
            DecodedJson[] json = [.. layouts.Select(layout => DecodedJson.Of(layout, raw, sentences))];
            _terminal.Out.WriteLine(JsonSerializer.Serialize(json, CliJson.TypeOf<DecodedJson[]>(DecodeJsonCode.Default)));
            return ExitCode.Ok;
        }

        for (int i = 0; i < layouts.Length; i++)
        {
            Write(layouts[i], raw, i == 0 ? string.Empty : "or ", sentences);
        }

        return ExitCode.Ok;
    }

    // As a kernel that cannot handle a fault prints entries. Where it has fewer levels than names, a name repeats an entry of the next one; --level says which it is.
    private static (int? Level, string Digits) SplitName(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return (equals < 0 ? null : text[..equals].ToUpperInvariant()) switch
        {
            "PTE" => (3, text[(equals + 1)..]),
            "PMD" => (2, text[(equals + 1)..]),
            "PUD" => (1, text[(equals + 1)..]),
            "P4D" or "PGD" => (0, text[(equals + 1)..]),
            _ => (null, text),
        };
    }

    private IEnumerable<FieldLayout> Layouts(ParseResult parsed, ulong raw, int? named)
    {
        (GranuleSize granule, OutputAddressFormat format) = _form.Shape(parsed);
        Descriptor entry = new(raw);

        // Without a level 0b11 may be a page or a table; 0b01 is taken for the most usual block.
        int[] levels = (_form.Level(parsed) ?? named) is { } given ? [given] : entry.IsTableOrPage ? [3, 2] : [2];
        return levels.Select(level => DescriptorLayouts.Of(DescriptorLayouts.KindOf(entry, level, granule, format), level, granule, format));
    }

    // What is reserved or ignored is shown where it is not 0.
    private void Write(FieldLayout layout, ulong raw, string prefix, IReadOnlyList<string> sentences)
    {
        _terminal.Out.WriteLine($"{prefix}0x{raw:x16}: {layout.Name}");
        foreach (string sentence in sentences)
        {
            WriteFolded($"  {sentence}", 2);
        }

        BitField[] shown = [.. layout.Fields.Where(field => field.Unit != FieldUnit.Nothing || field.Extract(raw) != 0)];
        int width = shown.Select(field => field.Name.Length).Append(10).Max();
        foreach (BitField field in shown)
        {
            string start = string.Create(CultureInfo.InvariantCulture, $"  {field.Bits,-12}  {field.Name.PadRight(width)}  {Numbers.Hex(field.Extract(raw)),-14}  ");
            WriteFolded($"{start}{layout.Explain(field, raw)}  ({field.Meaning})", 16);
        }
    }

    // A terminal gets lines that fit it; elsewhere there is room for almost all.
    private void WriteFolded(string text, int indent)
    {
        foreach (string line in FoldedText.Lines(text, indent, _terminal.Width))
        {
            _terminal.Out.WriteLine(line);
        }
    }
}

/// <summary>What <c>decode --json</c> writes for one form that the bits may be.</summary>
/// <param name="Value">The 64 bits.</param>
/// <param name="Form">What they are: <c>page</c>, <c>block</c>, <c>table</c>, <c>invalid entry</c>, <c>reserved entry</c>, a register, or an operand.</param>
/// <param name="Sentences">What they say as a whole; absent where the fields say all.</param>
/// <param name="Fields">Every field from bit 63 down, reserved ones too.</param>
internal sealed record DecodedJson(
    string Value, string Form, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Sentences, IReadOnlyList<DecodedFieldJson> Fields)
{
    /// <summary>One form.</summary>
    public static DecodedJson Of(FieldLayout layout, ulong raw, IReadOnlyList<string> sentences) => new(
        $"0x{raw:x16}",
        layout.Name,
        sentences.Count == 0 ? null : sentences,
        [.. layout.Fields.Select(field => new DecodedFieldJson(field.Name, field.Bits, Numbers.Hex(field.Extract(raw)), layout.Explain(field, raw), field.Meaning))]);
}

/// <summary>One field.</summary>
/// <param name="Name">Its name in the Arm ARM.</param>
/// <param name="Bits">Its places, as in <c>47:12</c>.</param>
/// <param name="Value">Its value.</param>
/// <param name="Words">The value in words.</param>
/// <param name="Meaning">What the field is.</param>
internal sealed record DecodedFieldJson(string Name, string Bits, string Value, string Words, string Meaning);

/// <summary>The generated code that writes the JSON of <c>decode</c>.</summary>
[JsonSerializable(typeof(DecodedJson[]))]
internal sealed partial class DecodeJsonCode : JsonSerializerContext;
