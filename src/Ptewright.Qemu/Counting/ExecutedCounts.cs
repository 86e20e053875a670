using System.Globalization;

namespace Ptewright.Counting;

/// <summary>How many instructions an emulated CPU executed in a region of code, and how many of them were of the kinds that cost.</summary>
/// <param name="Instructions">All of them, those below included.</param>
/// <param name="Tlbi">Invalidations of the TLB, whatever they reach.</param>
/// <param name="Dsb">Data synchronisation barriers, whatever their domain and type.</param>
/// <param name="Isb">Instruction synchronisation barriers.</param>
public readonly record struct ExecutedCounts(ulong Instructions, ulong Tlbi, ulong Dsb, ulong Isb)
{
    private const string Mark = "@ptewright-count ";
    private static readonly string[] _names = ["instructions", "tlbi", "dsb", "isb"];

    /// <summary>Reads a line that the plugin wrote: <c>@ptewright-count instructions=8383559 tlbi=1020 dsb=5102 isb=3067</c>.</summary>
    /// <param name="line">The line.</param>
    /// <param name="counts">What it says.</param>
    /// <returns>False when it is another line.</returns>
    public static bool TryParse(ReadOnlySpan<char> line, out ExecutedCounts counts)
    {
        counts = default;
        if (!line.StartsWith(Mark, StringComparison.Ordinal))
        {
            return false;
        }

        ReadOnlySpan<char> rest = line[Mark.Length..];
        Span<ulong> values = stackalloc ulong[_names.Length];
        int count = 0;
        foreach (Range range in rest.Split(' '))
        {
            ReadOnlySpan<char> word = rest[range];
            if (count == _names.Length || !word.StartsWith(_names[count], StringComparison.Ordinal) || word.Length == _names[count].Length
                || word[_names[count].Length] != '='
                || !ulong.TryParse(word[(_names[count].Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out values[count]))
            {
                return false;
            }

            count++;
        }

        counts = new ExecutedCounts(values[0], values[1], values[2], values[3]);
        return count == _names.Length;
    }
}
