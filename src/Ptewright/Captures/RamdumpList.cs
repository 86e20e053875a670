using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Texts;

namespace Ptewright.Captures;

/// <summary>The text file that lists the files of a ramdump of a system on chip: <c>dump_info.txt</c>, <c>load.cmm</c>, or one that somebody wrote by hand.</summary>
/// <remarks>
/// <para>Each line says of one file where its memory begins and how long it is: <c>PREFERENCE BASE LENGTH REGION... FILE</c>, as Qualcomm's tools write it, or <c>FILE BASE [LENGTH]</c>. The base is
/// hexadecimal, the length decimal unless it begins with <c>0x</c>. Files lie beside the list. Behind <c>#</c> is a comment.</para>
/// <para>Or it is the script that firmware writes for TRACE32, <c>load.cmm</c>: its lines <c>d.load.binary FILE ADDRESS</c> count (<see cref="RamdumpScript"/>).</para>
/// </remarks>
internal static class RamdumpList
{
    // What is longer is no such list.
    private const int MaxLength = 256 << 10;
    private const int MaxLines = 10_000;
    private const int MaxLineLength = 1024;

    /// <summary>Whether a name is that of a list: a short text whose first line is one of a list.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static bool IsList(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length is 0 or > MaxLength)
        {
            return false;
        }

        try
        {
            string text = TextFile.Read(path, MaxLength);
            LineReader lines = new(text, path, MaxLines, MaxLineLength);
            while (lines.TryRead(out ReadOnlySpan<char> line))
            {
                if (!IsRemark(line))
                {
                    return TryParse(line, out _) || RamdumpScript.IsScript(new LineReader(text, path, MaxLines, MaxLineLength));
                }
            }
        }
        catch (InvalidInputException)
        {
            // No text, or none of short lines.
        }

        return false;
    }

    /// <summary>Opens the files that a list names.</summary>
    /// <param name="path">The list.</param>
    /// <exception cref="InvalidInputException">A line is none of such a list, a file is not as long as its line says, or two overlap in memory.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static MemoryImage Open(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        List<RawPart> parts = [];
        List<string> absent = [];
        string text = TextFile.Read(path, MaxLength);
        bool isScript = RamdumpScript.IsScript(new LineReader(text, path, MaxLines, MaxLineLength));
        LineReader lines = new(text, path, MaxLines, MaxLineLength);
        while (lines.TryRead(out ReadOnlySpan<char> line))
        {
            if (isScript ? !RamdumpScript.IsLoad(line) : IsRemark(line))
            {
                continue;
            }

            Entry entry;
            if (isScript)
            {
                (string loaded, ulong start) = RamdumpScript.Parse(lines, line);
                entry = new Entry(loaded, start, null);
            }
            else if (!TryParse(line, out entry))
            {
                throw lines.Error($"{TextFile.Quote(line)} does not say of a file where its memory begins, as in '1 0x80000000 1073741824 DDR-CS0 DDRCS0_0.BIN'");
            }

            // A list is as foreign as the dump: it leads to nothing elsewhere.
            if (Path.GetFileName(entry.File) != entry.File || entry.File.Contains('\\', StringComparison.Ordinal))
            {
                throw lines.Error($"{TextFile.Quote(entry.File)} is no name of a file beside the list");
            }

            string file = Path.Combine(folder, entry.File);
            if (!File.Exists(file))
            {
                absent.Add(entry.File);
                continue;
            }

            ulong length = (ulong)new FileInfo(file).Length;
            if (entry.Length is { } said && said != length)
            {
                throw lines.Error($"{TextFile.Quote(entry.File)} has {length} bytes, and not {said}");
            }

            parts.Add(new RawPart(file, new PhysicalAddress(entry.Base)));
        }

        return parts.Count == 0
            ? throw TextFile.Error(path, absent.Count == 0 ? "it lists no files" : $"none of the {absent.Count} files that it lists is beside it")
            : new RawImage(
                parts,
                absent.Count == 0 ? [] : [string.Create(
                    CultureInfo.InvariantCulture,
                    $"{absent.Count} of {parts.Count + absent.Count} files that are listed are not beside the list, so their memory is missing; the first is {TextFile.Quote(absent[0])}.")],
                path);
    }

    private static bool IsRemark(ReadOnlySpan<char> line) => line.IsEmpty || line[0] == '#';

    private static bool TryParse(ReadOnlySpan<char> line, out Entry entry)
    {
        entry = default;
        string[] words = line.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length >= 4 && words[0].All(char.IsAsciiDigit))
        {
            // Some have the file's name before the region's.
            return TryMake(words[^1].Contains('.', StringComparison.Ordinal) || !words[3].Contains('.', StringComparison.Ordinal) ? words[^1] : words[3], words[1], words[2], out entry);
        }

        return words.Length is 2 or 3 && TryMake(words[0], words[1], words.Length == 3 ? words[2] : null, out entry);
    }

    private static bool TryMake(string file, string start, string? size, out Entry entry)
    {
        ulong length = 0;
        bool isOne = (FileNumber.TryPrefixed(start, out ulong address) || FileNumber.TryHexadecimal(start, out address))
            && (size is null || FileNumber.TryEither(size, out length));
        entry = new Entry(file, address, size is null ? null : length);
        return isOne;
    }

    private readonly record struct Entry(string File, ulong Base, ulong? Length);
}
