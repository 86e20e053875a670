using Ptewright.Texts;

namespace Ptewright.Captures;

/// <summary>The script for TRACE32 that firmware writes beside the files of a ramdump, <c>load.cmm</c>: which file is loaded where. It is not run: conditions, settings of the debugger and whatever
/// else it does are passed over.</summary>
/// <remarks><c>d.load.binary FILE ADDRESS [/OPTION...]</c>, the command also as <c>data.load.binary</c> and in TRACE32's short forms, in any case; the address hexadecimal, perhaps behind the
/// class of memory (<c>A:</c>).</remarks>
internal static class RamdumpScript
{
    // Options that do not change which bytes are loaded where.
    private static readonly string[] _harmless = ["/noclear", "/nc", "/nosymbol", "/ny", "/byte", "/word", "/long", "/quad", "/verify"];

    /// <summary>Whether a text is such a script: one of its lines loads a file.</summary>
    public static bool IsScript(LineReader lines)
    {
        while (lines.TryRead(out ReadOnlySpan<char> line))
        {
            if (IsLoad(line))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a line loads a file.</summary>
    public static bool IsLoad(ReadOnlySpan<char> line)
    {
        line = line.Trim();
        int end = line.IndexOfAny(' ', '\t');
        if (end < 0)
        {
            return false;
        }

        string[] parts = line[..end].ToString().ToLowerInvariant().Split('.');
        return parts is [("d" or "data"), "load", { Length: > 0 } kind] && "binary".StartsWith(kind, StringComparison.Ordinal);
    }

    /// <summary>What a line loads.</summary>
    /// <param name="lines">The text, for errors.</param>
    /// <param name="line">The line, which loads a file.</param>
    /// <returns>The file, and where its memory begins.</returns>
    /// <exception cref="InvalidInputException">It does not say where, or loads otherwise than all of a file.</exception>
    public static (string File, ulong Start) Parse(LineReader lines, ReadOnlySpan<char> line)
    {
        string[] words = line.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Skip(3).FirstOrDefault(word => !_harmless.Contains(word, StringComparer.OrdinalIgnoreCase)) is { } option)
        {
            throw lines.Error($"{TextFile.Quote(option)} changes what is loaded, and is not followed");
        }

        string place = words.Length > 2 ? words[2][(words[2].IndexOf(':', StringComparison.Ordinal) + 1)..] : string.Empty;
        if (!FileNumber.TryPrefixed(place, out ulong start) && !FileNumber.TryHexadecimal(place, out start))
        {
            throw lines.Error($"{TextFile.Quote(line.Trim())} does not say as a number where the file's memory begins");
        }

        string file = words[1].Trim('"');
        return (file.StartsWith("./", StringComparison.Ordinal) || file.StartsWith(".\\", StringComparison.Ordinal) ? file[2..] : file, start);
    }
}
