using System.IO.Compression;
using System.Text;
using Ptewright.Addressing;
using Ptewright.Kernels.AddressSpace;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Listing;

/// <summary>Reads a copy of <c>/sys/kernel/debug/kernel_page_tables</c>, of any version from 4.19 on, with or without its markers, or what <c>list --format kernel</c> wrote.</summary>
/// <remarks>It may be a part of a log: whatever stands before a line does not matter. See <see cref="PtdumpMap"/> for what such a text tells and what not.</remarks>
public static class PtdumpFile
{
    /// <summary>The longest file that is read: 64 MiB. (A machine with much of its memory in single pages has some megabytes.)</summary>
    public const int MaxLength = 64 << 20;

    /// <summary>The most lines that are read.</summary>
    public const int MaxLines = 1_000_000;

    private const int MaxLineLength = 1024;
    private const int ProbeLength = 64 << 10;
    private const string Example = "0xffff000000000000-0xffff000000200000           2M PTE       RW NX SHD AF            UXN    MEM/NORMAL-TAGGED";

    /// <summary>Whether a file looks like one, by its first 64 KiB.</summary>
    /// <param name="path">The file; packed by gzip will do.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static bool IsPtdump(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        if (!file.CanSeek)
        {
            return false;
        }

        byte[] start = new byte[ProbeLength];
        int length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (start.AsSpan(0, length).StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]))
        {
            try
            {
                using MemoryStream packed = new(start, 0, length);
                using GZipStream unpacked = new(packed, CompressionMode.Decompress);
                byte[] text = new byte[ProbeLength];
                length = unpacked.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
                start = text;
            }
            catch (InvalidDataException)
            {
                return false;
            }
        }

        return LooksLikeIt(LogText.Plain(Encoding.UTF8.GetString(start, 0, length)));
    }

    /// <summary>Reads a listing.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It is something else, or a line of it is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static PtdumpMap Read(string path) => Parse(TextFile.Read(path, MaxLength), path);

    /// <summary>Reads the text of a listing.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <exception cref="InvalidInputException">It is something else, or a line of it is damaged.</exception>
    public static PtdumpMap Parse(ReadOnlySpan<char> text, string name)
    {
        List<(PtdumpLine.Parts Parts, int Line)> lines = [];
        List<string> markerNames = [];
        List<PtdumpMarker> markers = [];
        List<string> remarks = [];
        int others = 0;
        int gaps = 0;
        int firstGap = 0;
        LineReader reader = new(LogText.Plain(text), name, MaxLines, MaxLineLength);
        while (reader.TryRead(out ReadOnlySpan<char> line))
        {
            ReadOnlySpan<char> message = LogText.Message(line);
            if (PtdumpLine.MarkerName(message) is { IsEmpty: false } marker)
            {
                markerNames.Add(marker.ToString());
                continue;
            }

            if (!message.StartsWith("0x", StringComparison.Ordinal))
            {
                others += message.IsEmpty ? 0 : 1;
                continue;
            }

            if (!PtdumpLine.TryParse(message, out PtdumpLine.Parts parts, out string reason))
            {
                throw reader.Error($"{TextFile.Quote(message)} is no line of a kernel's listing of its tables: {reason}");
            }

            if (lines.Count > 0 && lines[^1].Parts.End is var end && (end == 0 || parts.Start < end))
            {
                throw reader.Error($"its range does not lie above that of line {lines[^1].Line}, as a kernel lists them");
            }

            if (lines.Count > 0 && parts.Start != lines[^1].Parts.End)
            {
                gaps++;
                firstGap = gaps == 1 ? reader.Number : firstGap;
            }

            markers.AddRange(markerNames.Select(found => new PtdumpMarker(new VirtualAddress(parts.Start), found)));
            markerNames.Clear();
            lines.Add((parts, reader.Number));
        }

        if (lines.Count == 0)
        {
            throw TextFile.Error(name, $"it has no line of a kernel's listing of its tables, as in '{Example}'");
        }

        // 5.10 begins with a hole from address 0 into the kernel's half.
        if (lines is [{ Parts: { Start: 0, Bits: 0 } hole }, _, ..] && hole.End >> 63 != 0)
        {
            lines.RemoveAt(0);
        }

        if (lines[0].Parts.Start >> 63 == 0)
        {
            throw TextFile.Error(name, lines[0].Line, "it lists addresses of programs, and only the kernel's half is read");
        }

        if (others > 0)
        {
            remarks.Add($"{(others == 1 ? "1 line that is" : $"{others} lines that are")} no range and no marker {(others == 1 ? "is" : "are")} left out.");
        }

        if (gaps > 0)
        {
            remarks.Add($"Line {firstGap}: the addresses before it are not listed{(gaps == 1 ? string.Empty : $", and there are {gaps - 1} more such gaps")}; a kernel lists holes too, so lines are missing.");
        }

        (GranuleSize granule, int bits) = PtdumpShape.Infer([.. lines.Select(line => line.Parts)], out bool isCertain)
            ?? throw TextFile.Error(name, "no page size and size of addresses fits its lines, which begin and end where entries of their level do");
        if (!isCertain)
        {
            remarks.Add($"Its lines fit several page sizes; {1 << ((int)granule - 10)}K is assumed.");
        }

        return new PtdumpMap(
            name,
            granule,
            bits,
            [
                .. lines.Select(line => new PtdumpRange(
                    new VirtualAddress(line.Parts.Start), line.Parts.End - line.Parts.Start, PtdumpShape.Level(granule, bits, line.Parts.Depth), line.Parts.Bits, line.Line)),
            ],
            markers,
            remarks);
    }

    private static bool LooksLikeIt(ReadOnlySpan<char> text)
    {
        foreach (ReadOnlySpan<char> line in text.EnumerateLines())
        {
            ReadOnlySpan<char> message = LogText.Message(line);
            if (!PtdumpLine.MarkerName(message).IsEmpty || PtdumpLine.TryParse(message, out _, out _))
            {
                return true;
            }
        }

        return false;
    }
}
