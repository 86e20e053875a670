using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Texts;

namespace Ptewright.Explaining;

/// <summary>Finds words and numbers in kernel messages.</summary>
internal static class OopsWords
{
    /// <summary>What stands behind some words; null when they are not there.</summary>
    public static string? Behind(string text, string words)
    {
        int at = text.IndexOf(words, StringComparison.Ordinal);
        return at < 0 ? null : text[(at + words.Length)..].Trim();
    }

    /// <summary>The hexadecimal number behind some words, with or without <c>0x</c>; null when there is none.</summary>
    public static ulong? Number(string text, string words)
    {
        int at = text.IndexOf(words, StringComparison.Ordinal);
        return at < 0 ? null : NumberAt(text, at + words.Length);
    }

    /// <summary>The hexadecimal number at a place, behind blanks, with or without <c>0x</c>; null when there is none of 64 bits.</summary>
    public static ulong? NumberAt(string text, int at)
    {
        ReadOnlySpan<char> digits = text.AsSpan(at).TrimStart();
        digits = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? digits[2..] : digits;
        digits = digits[..LengthOfHexadecimal(digits)];
        return digits.Length is > 0 and <= 16 && FileNumber.TryHexadecimal(digits, out ulong number) ? number : null;
    }

    /// <summary>The decimal number behind some words; null when there is none.</summary>
    public static int? Decimal(string text, string words)
    {
        int at = text.IndexOf(words, StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        ReadOnlySpan<char> digits = text.AsSpan(at + words.Length).TrimStart();
        int length = digits.IndexOfAnyExceptInRange('0', '9');
        digits = length < 0 ? digits : digits[..length];
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
    }

    /// <summary>The address of 16 digits behind some words; null when there are fewer.</summary>
    public static VirtualAddress? Address(string text, string words)
    {
        int at = text.IndexOf(words, StringComparison.Ordinal);
        ReadOnlySpan<char> digits = at < 0 ? default : text.AsSpan(at + words.Length).TrimStart();
        digits = digits.StartsWith("0x", StringComparison.Ordinal) ? digits[2..] : digits;
        return LengthOfHexadecimal(digits) == 16 && FileNumber.TryHexadecimal(digits[..16], out ulong number) ? new VirtualAddress(number) : null;
    }

    /// <summary>The text up to some words; all of it where they are not there.</summary>
    public static string UpTo(string text, string words)
    {
        int at = text.IndexOf(words, StringComparison.Ordinal);
        return (at < 0 ? text : text[..at]).Trim();
    }

    /// <summary>Whether the kernel calls it an access to a program's memory; 4.19 has other words for it than later ones.</summary>
    public static bool IsOfUserMemory(string words) => words.Contains("user memory", StringComparison.Ordinal) || words.Contains("user space memory", StringComparison.Ordinal)
        || words.Contains("userspace memory", StringComparison.Ordinal);

    private static int LengthOfHexadecimal(ReadOnlySpan<char> text)
    {
        int length = 0;
        while (length < text.Length && char.IsAsciiHexDigit(text[length]))
        {
            length++;
        }

        return length;
    }
}
