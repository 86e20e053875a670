using Ptewright.Texts;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Decoding;

/// <summary>All 64 bits of one form of descriptor or of one register, as fields.</summary>
/// <param name="Name">What it is: <c>page</c>, <c>TCR_EL1</c>.</param>
/// <param name="Fields">The fields from bit 63 down; every bit belongs to exactly one.</param>
public sealed record FieldLayout(string Name, IReadOnlyList<BitField> Fields)
{
    private const int MostRounds = 4;

    /// <summary>Puts 64 bits together.</summary>
    /// <param name="values">Names of fields (case does not matter) and their values; a field that is not named is 0.</param>
    /// <exception cref="InvalidInputException">There is no such field, it is named twice, or the value does not fit.</exception>
    public ulong Encode(IEnumerable<(string Field, ulong Value)> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        ulong raw = 0;
        HashSet<BitField> seen = [];
        foreach ((string name, ulong value) in values)
        {
            BitField field = Find(name);
            raw |= seen.Add(field) ? field.Place(value) : throw new InvalidInputException($"{field.Name} is given twice.");
        }

        return raw;
    }

    /// <summary>Puts 64 bits together from texts, where the fields that there are depend on the bits themselves: a register with several forms.</summary>
    /// <param name="formOf">The fields that a value has.</param>
    /// <param name="values">Names of fields (case does not matter) and their values as <see cref="BitField.Parse"/> takes them; a field that is not named is 0.</param>
    /// <exception cref="InvalidInputException">The form that the values lead to has no such field, it is named twice, or a text is no value of it.</exception>
    public static ulong Parse(Func<ulong, FieldLayout> formOf, IReadOnlyList<(string Field, string Value)> values)
    {
        ArgumentNullException.ThrowIfNull(formOf);
        ArgumentNullException.ThrowIfNull(values);

        // What chooses the form stands in fields that the form before it has too: EC, then ISV. So each round knows more, until nothing changes.
        ulong raw = 0;
        for (int round = 0; round < MostRounds; round++)
        {
            FieldLayout form = formOf(raw);
            raw = values.Aggregate(0UL, (bits, given) =>
                form.Has(given.Field) is { } field && field.TryParse(given.Value, out ulong value) && field.Fits(value) ? bits | field.Place(value) : bits);
        }

        FieldLayout last = formOf(raw);
        return last.Encode([.. values.Select(given => (given.Field, last.Find(given.Field).Parse(given.Value)))]);
    }

    /// <summary>The field of a name.</summary>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public BitField Find(string name) => Has(name)
        ?? throw new InvalidInputException(
            $"There is no field {TextFile.Quote(name)} ({Name}); there are {string.Join(", ", Fields.Where(field => field.Unit != FieldUnit.Nothing).Select(field => field.Name))}.");

    /// <summary>The value of a field in words, by what the other fields say of it.</summary>
    /// <param name="field">One of <see cref="Fields"/>.</param>
    /// <param name="raw">All 64 bits.</param>
    public string Explain(BitField field, ulong raw)
    {
        ArgumentNullException.ThrowIfNull(field);
        ulong value = field.Extract(raw);
        return field.Unit == FieldUnit.UnusedAddressBits && GranuleFor(field, raw) is { } granule
            ? AddressSizeLimits.Of(granule, Find("DS").Extract(raw) != 0).Explain((int)value)
            : field.Explain(value);
    }

    private BitField? Has(string name) => Fields.FirstOrDefault(field => string.Equals(field.Name, name, StringComparison.OrdinalIgnoreCase));

    // T0SZ goes with TG0, T1SZ with TG1.
    private GranuleSize? GranuleFor(BitField size, ulong raw)
    {
        BitField granule = Find($"TG{size.Name[1]}");
        return GranuleText.Find(granule.Explain(granule.Extract(raw)));
    }

    // What the files of data are written with.
    internal static BitField Bit(string name, int bit, string meaning, params string[] words) => Bits(name, bit, bit, meaning, words);

    internal static BitField Bits(string name, int high, int low, string meaning, params string?[] words) =>
        new(name, meaning, FieldUnit.Number, [new FieldPiece(high, low, 0)], words);

    internal static BitField Special(FieldUnit unit, string name, int high, int low, string meaning) => new(name, meaning, unit, [new FieldPiece(high, low, 0)], []);

    internal static BitField Address(string name, string meaning, params FieldPiece[] pieces) => new(name, meaning, FieldUnit.Address, pieces, []);

    internal static BitField Reserved(int high, int low) => Unused("RES0", "reserved, 0", high, low);

    internal static BitField Ones(int bit) => Bit($"RES1_{bit}", bit, "reserved, 1", "0, although it is reserved as 1", "1");

    internal static BitField Ignored(int high, int low) => Unused("IGN", "ignored by the CPU", high, low);

    private static BitField Unused(string prefix, string meaning, int high, int low) =>
        new(high == low ? $"{prefix}_{low}" : $"{prefix}_{high}_{low}", meaning, FieldUnit.Nothing, [new FieldPiece(high, low, 0)], []);
}
