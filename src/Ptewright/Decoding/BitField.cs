using System.Globalization;
using Ptewright.Texts;
using Ptewright.Walking;

namespace Ptewright.Decoding;

/// <summary>One field of a descriptor or register: where it stands and what its values mean.</summary>
/// <param name="Name">Its name in the Arm ARM; reserved bits are named by their places, <c>RES0_50_48</c>.</param>
/// <param name="Meaning">What it is, in words.</param>
/// <param name="Unit">What its number is.</param>
/// <param name="Pieces">Its bits.</param>
/// <param name="Words">Its values in words; those that are not here speak for themselves.</param>
public sealed record BitField(string Name, string Meaning, FieldUnit Unit, IReadOnlyList<FieldPiece> Pieces, IReadOnlyList<string?> Words)
{
    /// <summary>All its bits.</summary>
    public ulong Mask => Pieces.Aggregate(0UL, (mask, piece) => mask | piece.Mask);

    /// <summary>Its places: <c>47:12, 9:8</c>.</summary>
    public string Bits => string.Join(", ", Pieces);

    /// <summary>Its value.</summary>
    /// <param name="raw">The 64 bits that it is part of.</param>
    public ulong Extract(ulong raw) => Pieces.Aggregate(0UL, (value, piece) => value | ((raw & piece.Mask) >> piece.Low << piece.At));

    /// <summary>The bits that hold a value; of a virtual address its highest bits may be there or not.</summary>
    /// <exception cref="InvalidInputException">It does not fit.</exception>
    public ulong Place(ulong value)
    {
        return Fits(value) ? Scatter(value) : throw new InvalidInputException($"{Name} (bits {Bits}) cannot hold 0x{value:x}.");
    }

    /// <summary>A value in words.</summary>
    public string Explain(ulong value) => Unit switch
    {
        FieldUnit.Address => string.Create(CultureInfo.InvariantCulture, $"0x{value:x}"),
        FieldUnit.VirtualAddress => string.Create(CultureInfo.InvariantCulture, $"0x{Extend(value):x}"),
        FieldUnit.UnusedAddressBits => AddressSizeLimits.Any.Explain((int)value),
        FieldUnit.MemoryAttribute => MemoryAttributeText.Of((byte)value),
        FieldUnit.Nothing => value == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"not 0: 0x{value:x}"),
        _ => value < (ulong)Words.Count && Words[(int)value] is { } words ? words : value.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The value that a text stands for: a number (of an address hexadecimal, otherwise decimal unless it begins with 0x), or one of <see cref="Words"/> with
    /// hyphens for blanks.</summary>
    /// <exception cref="InvalidInputException">It stands for none.</exception>
    public ulong Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out ulong value)
            ? value
            : throw new InvalidInputException(
                $"{TextFile.Quote(text)} is no value of {Name}; take a {(Habit == NumberHabit.Count ? "number, with 0x a hexadecimal one" : "hexadecimal number")}"
                + $"{(Words.Count == 0 ? string.Empty : ", or a word of decode")}.");
    }

    /// <summary>The same without an exception.</summary>
    internal bool TryParse(string text, out ulong value)
    {
        for (int i = 0; i < Words.Count; i++)
        {
            if (Words[i] is { } words && string.Equals(words.Replace(' ', '-'), text, StringComparison.OrdinalIgnoreCase))
            {
                value = (ulong)i;
                return true;
            }
        }

        return NumberText.TryParse(text, Habit, out value);
    }

    /// <summary>Whether a value fits.</summary>
    internal bool Fits(ulong value)
    {
        ulong held = Extract(Scatter(value));
        return held == value || (Unit == FieldUnit.VirtualAddress && Extend(held) == value);
    }

    /// <summary>A virtual address with the highest bits that the field does not hold.</summary>
    internal ulong Extend(ulong value)
    {
        int top = Pieces.Max(piece => piece.High - piece.Low + piece.At);
        return (value >> top & 1) != 0 ? value | (~0UL << top) : value;
    }

    private NumberHabit Habit => Unit is FieldUnit.Address or FieldUnit.VirtualAddress ? NumberHabit.Address : NumberHabit.Count;

    private ulong Scatter(ulong value) => Pieces.Aggregate(0UL, (bits, piece) => bits | ((value >> piece.At << piece.Low) & piece.Mask));
}
