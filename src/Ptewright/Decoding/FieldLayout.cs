using Ptewright.Texts;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Decoding;

/// <summary>All 64 bits of one form of descriptor or of one register, as fields.</summary>
/// <param name="Name">What it is: <c>page</c>, <c>TCR_EL1</c>.</param>
/// <param name="Fields">The fields from bit 63 down; every bit belongs to exactly one.</param>
public sealed record FieldLayout(string Name, IReadOnlyList<BitField> Fields)
{
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

    /// <summary>The field of a name.</summary>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public BitField Find(string name) => Fields.FirstOrDefault(field => string.Equals(field.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new InvalidInputException(
            $"A {Name} has no field {TextFile.Quote(name)}; there are {string.Join(", ", Fields.Where(field => field.Unit != FieldUnit.Nothing).Select(field => field.Name))}.");

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

    // T0SZ goes with TG0, T1SZ with TG1.
    private GranuleSize? GranuleFor(BitField size, ulong raw)
    {
        BitField granule = Find($"TG{size.Name[1]}");
        return GranuleText.Find(granule.Explain(granule.Extract(raw)));
    }

    // What the two files of data are written with.
    internal static BitField Bit(string name, int bit, string meaning, params string[] words) => Bits(name, bit, bit, meaning, words);

    internal static BitField Bits(string name, int high, int low, string meaning, params string?[] words) =>
        new(name, meaning, FieldUnit.Number, [new FieldPiece(high, low, 0)], words);

    internal static BitField Special(FieldUnit unit, string name, int high, int low, string meaning) => new(name, meaning, unit, [new FieldPiece(high, low, 0)], []);

    internal static BitField Address(string name, string meaning, params FieldPiece[] pieces) => new(name, meaning, FieldUnit.Address, pieces, []);

    internal static BitField Reserved(int high, int low) => Unused("RES0", "reserved, 0", high, low);

    internal static BitField Ignored(int high, int low) => Unused("IGN", "ignored by the CPU", high, low);

    private static BitField Unused(string prefix, string meaning, int high, int low) =>
        new(high == low ? $"{prefix}_{low}" : $"{prefix}_{high}_{low}", meaning, FieldUnit.Nothing, [new FieldPiece(high, low, 0)], []);
}
