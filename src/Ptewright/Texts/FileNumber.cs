using System.Globalization;

namespace Ptewright.Texts;

/// <summary>Numbers as kernels and tools write them into files: no sign, no blanks, nothing between the digits. What people type is <see cref="NumberText"/>.</summary>
internal static class FileNumber
{
    /// <summary>Reads hexadecimal digits.</summary>
    public static bool TryHexadecimal(ReadOnlySpan<char> digits, out ulong number) =>
        ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);

    /// <summary>Reads hexadecimal digits behind <c>0x</c>.</summary>
    public static bool TryPrefixed(ReadOnlySpan<char> text, out ulong number)
    {
        number = 0;
        return text.StartsWith("0x", StringComparison.Ordinal) && TryHexadecimal(text[2..], out number);
    }

    /// <summary>Reads decimal digits, or hexadecimal ones behind <c>0x</c>.</summary>
    public static bool TryEither(ReadOnlySpan<char> text, out ulong number) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? TryHexadecimal(text[2..], out number)
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
