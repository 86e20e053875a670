using System.Globalization;

namespace Ptewright.Texts;

/// <summary>Numbers as people type them.</summary>
/// <remarks>
/// <para><c>0x…</c> is hexadecimal and <c>0d…</c> decimal everywhere; bare digits are what is usual for the field (<see cref="NumberHabit"/>). <c>_</c> and the backtick of
/// WinDbg may stand between digits. Behind a hexadecimal number the colon or comma may stay that kernels and debuggers print there.</para>
/// <para>What files contain has formats of its own, and is not read here.</para>
/// </remarks>
internal static class NumberText
{
    private const int MostHexadecimalDigits = 16;
    private const string IsNone = "is no number";

    /// <summary>Reads a number of 64 bits.</summary>
    /// <param name="text">The number: no sign, no blanks.</param>
    /// <param name="habit">What bare digits are.</param>
    /// <param name="value">The number; 0 when it is none.</param>
    /// <returns>False when it is none, is larger than 64 bits, or can be read in two ways.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, NumberHabit habit, out ulong value) => Objection(text, habit, out value) is null;

    /// <summary>Reads a number of 64 bits.</summary>
    /// <param name="text">The number.</param>
    /// <param name="habit">What bare digits are.</param>
    /// <param name="what">What it is for, in the sentence about what is wrong.</param>
    /// <exception cref="InvalidInputException">It is none of 64 bits, or can be read in two ways.</exception>
    public static ulong Parse(string text, NumberHabit habit, string what)
    {
        ArgumentNullException.ThrowIfNull(text);
        string? objection = Objection(text, habit, out ulong value);
        return objection is null ? value : throw new InvalidInputException(objection == IsNone
            ? $"{TextFile.Quote(text)} is no number for {what}, such as {(habit == NumberHabit.Address ? "ffff000040200000 or 0x40200000" : "64 or 0x40")}."
            : $"{TextFile.Quote(text)} {objection}, so it is no number for {what}.");
    }

    /// <summary>What is wrong with a number, as the rest of a sentence about it.</summary>
    /// <returns>Null when nothing is.</returns>
    internal static string? Objection(ReadOnlySpan<char> text, NumberHabit habit, out ulong value)
    {
        value = 0;
        if (habit == NumberHabit.Address && text is [.., ':' or ','])
        {
            text = text[..^1];
        }

        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return Hexadecimal(Digits(text[2..]), ref value);
        }

        if (text.StartsWith("0d", StringComparison.OrdinalIgnoreCase))
        {
            string digits = Digits(text[2..]);
            bool isDecimal = digits.Length > 0 && digits.All(char.IsAsciiDigit);
            if (habit == NumberHabit.Count || (isDecimal && !IsAsWideAsPrinted(text)))
            {
                return Decimal(digits, ref value);
            }

            return isDecimal ? $"is decimal or hexadecimal: write 0d_{digits} or 0x{text}" : Hexadecimal(Digits(text), ref value);
        }

        return habit == NumberHabit.Address ? Hexadecimal(Digits(text), ref value) : Decimal(Digits(text), ref value);
    }

    // Kernels print addresses with 8 or 16 digits, and such a one may begin with 0d too.
    private static bool IsAsWideAsPrinted(ReadOnlySpan<char> text) => text.Length is 8 or MostHexadecimalDigits && !text.ContainsAny('_', '`');

    private static string Digits(ReadOnlySpan<char> text) =>
        text is [] or [.., '_' or '`'] ? string.Empty : text.ToString().Replace("_", string.Empty, StringComparison.Ordinal).Replace("`", string.Empty, StringComparison.Ordinal);

    private static string? Hexadecimal(string digits, ref ulong value)
    {
        if (digits.Length == 0 || !digits.All(char.IsAsciiHexDigit))
        {
            return IsNone;
        }

        if (digits.Length > MostHexadecimalDigits)
        {
            return string.Create(CultureInfo.InvariantCulture, $"has {digits.Length} hexadecimal digits where 64 bits have at most {MostHexadecimalDigits}");
        }

        value = ulong.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return null;
    }

    private static string? Decimal(string digits, ref ulong value)
    {
        if (digits.Length == 0 || !digits.All(char.IsAsciiHexDigit))
        {
            return IsNone;
        }

        if (!digits.All(char.IsAsciiDigit))
        {
            return "is not decimal (hexadecimal begins with 0x)";
        }

        return ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value) ? null : "is larger than 64 bits hold";
    }
}
