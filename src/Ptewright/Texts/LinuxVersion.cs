using System.Globalization;

namespace Ptewright.Texts;

/// <summary>A version of Linux, such as 6.12.117.</summary>
/// <param name="Major">The first number.</param>
/// <param name="Minor">The second number.</param>
/// <param name="Patch">The third number; 0 when there is none.</param>
/// <param name="Suffix">What follows the numbers, such as <c>-rc3</c> or <c>+deb12-arm64-16k</c>; otherwise empty.</param>
public readonly record struct LinuxVersion(int Major, int Minor, int Patch = 0, string Suffix = "")
{
    private const int MaxDigits = 5;

    /// <summary>Reads a version from text.</summary>
    /// <param name="text">Two or three numbers joined by full stops, and a suffix.</param>
    /// <param name="version">The version.</param>
    /// <returns>False when it does not begin with two numbers.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out LinuxVersion version)
    {
        version = default;
        if (!TryTakeNumber(ref text, out int major) || !TryTakeStop(ref text) || !TryTakeNumber(ref text, out int minor))
        {
            return false;
        }

        ReadOnlySpan<char> rest = text;
        if (!TryTakeStop(ref rest) || !TryTakeNumber(ref rest, out int patch))
        {
            patch = 0;
            rest = text;
        }

        version = new LinuxVersion(major, minor, patch, rest.ToString());
        return true;
    }

    /// <summary>Whether it is the given release or a later one; stable releases and suffixes do not matter.</summary>
    /// <param name="major">The first number.</param>
    /// <param name="minor">The second number.</param>
    public bool IsAtLeast(int major, int minor) => Major != major ? Major > major : Minor >= minor;

    /// <summary>The version as Linux writes it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{Patch}{Suffix}");

    private static bool TryTakeNumber(ref ReadOnlySpan<char> text, out int number)
    {
        int digits = text.IndexOfAnyExceptInRange('0', '9');
        digits = digits < 0 ? text.Length : digits;
        number = 0;
        if (digits is 0 or > MaxDigits)
        {
            return false;
        }

        number = int.Parse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
        text = text[digits..];
        return true;
    }

    private static bool TryTakeStop(ref ReadOnlySpan<char> text)
    {
        if (!text.StartsWith('.'))
        {
            return false;
        }

        text = text[1..];
        return true;
    }
}
