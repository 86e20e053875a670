using System.Globalization;
using Ptewright.Texts;

namespace Ptewright.Explaining;

/// <summary>Finds oopses, panics and fault reports of arm64 kernels, from 4.19 on, in whatever text people have of them: <c>dmesg</c>, journals, consoles, pstore, mails.</summary>
/// <remarks>Time stamps, levels, CPUs, quotes, colours, line ends, lines broken by mails and terminals, and other text in between do not matter. Linux: <c>arch/arm64/mm/fault.c</c>,
/// <c>arch/arm64/kernel/traps.c</c>, <c>process.c</c>, <c>entry-common.c</c>.</remarks>
public static class OopsFile
{
    /// <summary>The longest text that is read, in bytes: a long log.</summary>
    public const int MaxLength = 16 << 20;

    /// <summary>The most reports that are taken from one text; a kernel that oopses for ever says the same again.</summary>
    public const int MostReports = 100;

    /// <summary>Reads a text.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It is longer than <see cref="MaxLength"/>, is no text, or has no report.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static IReadOnlyList<Oops> Read(string path) => Parse(TextFile.Read(path, MaxLength), path);

    /// <summary>Reads a text.</summary>
    /// <param name="stream">The text, such as a program's standard input.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <exception cref="InvalidInputException">It is longer than <see cref="MaxLength"/>, is no text, or has no report.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<Oops> Read(Stream stream, string name) => Parse(TextFile.Read(stream, name, MaxLength), name);

    /// <summary>Reads a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <returns>Each report, in the order of the text; at most <see cref="MostReports"/>.</returns>
    /// <exception cref="InvalidInputException">It has none.</exception>
    public static IReadOnlyList<Oops> Parse(ReadOnlySpan<char> text, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (text.Length > MaxLength)
        {
            throw TextFile.Error(name, $"it is longer than {MaxLength.ToString(CultureInfo.InvariantCulture)} bytes, the most that is read of such a file");
        }

        LogLines lines = LogLines.Of(text);
        IReadOnlyList<Oops> found = new OopsParser(lines).Read();
        return found.Count > 0 ? found : throw TextFile.Error(name, WhatElse(lines));
    }

    // Whoever has the oops of another architecture should learn that, and not look for what is wrong with the text.
    private static string WhatElse(LogLines lines)
    {
        for (int line = 0; line < lines.Count; line++)
        {
            if (ForeignOops.NameOf(lines[line]) is { } name)
            {
                return $"it has {name}, and only those of arm64 can be explained";
            }
        }

        return "it has no arm64 oops: give the lines from \"Unable to handle kernel ...\" or \"Internal error: ...\" on, as dmesg shows them";
    }
}
