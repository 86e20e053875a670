using System.Globalization;

namespace Ptewright.Files;

/// <summary>Numbers as people write them: decimal, or hexadecimal behind <c>0x</c>.</summary>
public static class NumberText
{
    /// <summary>Reads a number of 64 bits.</summary>
    /// <param name="text">The digits: no sign, no blanks.</param>
    /// <param name="value">The number.</param>
    /// <returns>False when it is none.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out ulong value) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
