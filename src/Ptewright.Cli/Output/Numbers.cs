using System.Globalization;

namespace Ptewright.Cli.Output;

/// <summary>Numbers as people read them.</summary>
internal static class Numbers
{
    /// <summary>A count, with commas between thousands.</summary>
    public static string Count(ulong number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Sixty-four bits, or fewer without zeros in front, in hexadecimal.</summary>
    public static string Hex(ulong number) => string.Create(CultureInfo.InvariantCulture, $"0x{number:x}");

    /// <summary>A number of bytes in the largest unit in which it is whole: <c>2 GiB</c>, <c>1,034 MiB</c>.</summary>
    public static string Bytes(ulong bytes)
    {
        string[] units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
        int unit = 0;
        while (unit < units.Length - 1 && bytes >= 1024 && bytes % 1024 == 0)
        {
            bytes >>= 10;
            unit++;
        }

        return $"{Count(bytes)} {units[unit]}";
    }

    /// <summary>A count of things: <c>1 table</c>, <c>8,209 tables</c>.</summary>
    /// <param name="number">How many.</param>
    /// <param name="thing">What one is called; more have an s.</param>
    public static string Of(ulong number, string thing) => $"{Count(number)} {thing}{(number == 1 ? string.Empty : "s")}";

    /// <summary>A computed time: one digit behind the point, three below 1 ms.</summary>
    public static string Milliseconds(double milliseconds) => milliseconds.ToString(milliseconds < 1 ? "0.000" : "0.0", CultureInfo.InvariantCulture);

    /// <summary>A change in whole percent.</summary>
    public static string Percent(double percent) => percent.ToString("0", CultureInfo.InvariantCulture) is var digits && digits == "-0" ? "0%" : $"{digits}%";

    /// <summary>A change as the published tables write it, <c>(-35%)</c>, padded so that columns of it line up.</summary>
    public static string InBrackets(double? percent) => (percent is { } known ? $"({Percent(known)})" : string.Empty).PadLeft(6);
}
