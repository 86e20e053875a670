using System.Buffers;
using Ptewright.Texts;

namespace Ptewright.Firmware;

/// <summary>A line of <c>/proc/iomem</c>: a range, both ends inclusive, and a name. Linux: <c>kernel/resource.c: r_show</c>.</summary>
internal readonly ref struct IomemLine
{
    private const string DriverManaged = "System RAM (";

    private static readonly SearchValues<char> _hexadecimalDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private static readonly (string Text, IomemName Name)[] _names =
    [
        ("System RAM", IomemName.SystemRam), ("reserved", IomemName.Reserved), ("Kernel code", IomemName.KernelCode), ("Kernel data", IomemName.KernelData),
        ("Kernel bss", IomemName.KernelBss), ("Crash kernel", IomemName.CrashKernel),
    ];

    /// <summary>What stands before the range: the file's name and the line's number, where grep found it; usually empty.</summary>
    public ReadOnlySpan<char> Prefix { get; private init; }

    /// <summary>The first byte.</summary>
    public ulong First { get; private init; }

    /// <summary>The last byte.</summary>
    public ulong Last { get; private init; }

    /// <summary>The name, which may be empty.</summary>
    public ReadOnlySpan<char> Name { get; private init; }

    /// <summary>Reads a line.</summary>
    /// <param name="text">The line, without white space around it.</param>
    /// <param name="line">What it says; its range may be upside down.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out IomemLine line)
    {
        line = default;
        int separator = text.EndsWith(" :") && text.IndexOf(" : ", StringComparison.Ordinal) < 0 ? text.Length - 2 : text.IndexOf(" : ", StringComparison.Ordinal);
        ReadOnlySpan<char> range = separator < 0 ? default : text[..separator];
        int dash = range.LastIndexOf('-');
        int start = dash < 0 ? 0 : range[..dash].LastIndexOfAnyExcept(_hexadecimalDigits) + 1;
        if (dash < 0 || !FileNumber.TryHexadecimal(range[start..dash], out ulong first) || !FileNumber.TryHexadecimal(range[(dash + 1)..], out ulong last)
            || (start > 0 && !(range[start - 1] is ':' or '-' or ')' or ']' or '|' or '>' || char.IsWhiteSpace(range[start - 1]))))
        {
            return false;
        }

        line = new IomemLine { Prefix = range[..start].TrimEnd(), First = first, Last = last, Name = separator + 2 < text.Length ? text[(separator + 2)..].Trim() : default };
        return true;
    }

    /// <summary>What a name says about memory.</summary>
    /// <param name="name">The name.</param>
    /// <param name="note">What is to be said about it: read otherwise than it is written, or left out although it may speak of memory. Null for nothing.</param>
    public static IomemName NameOf(ReadOnlySpan<char> name, out string? note)
    {
        note = null;
        if (name.IsEmpty)
        {
            note = "its range has no name, so it is taken for a device's";
            return IomemName.Other;
        }

        string words = string.Join(' ', name.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (words.StartsWith(DriverManaged, StringComparison.Ordinal))
        {
            // Linux: mm/memory_hotplug.c: add_memory_driver_managed.
            return IomemName.DriverManagedRam;
        }

        foreach ((string known, IomemName meaning) in _names)
        {
            if (!words.StartsWith(known, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            ReadOnlySpan<char> rest = words.AsSpan(known.Length);
            if (rest.IsEmpty || !(char.IsLetterOrDigit(rest[0]) || rest[0] is '-' or '_' or '.' or '@'))
            {
                note = name.SequenceEqual(known) ? null : $"{TextFile.Quote(name)} is read as '{known}'";
                return meaning;
            }
        }

        foreach ((string known, _) in _names)
        {
            if (known.StartsWith(words, StringComparison.Ordinal))
            {
                note = $"its name {TextFile.Quote(name)} looks like a part of '{known}', but is not read as that: it is left out";
            }
            else if (words.Replace(" ", string.Empty, StringComparison.Ordinal).Contains(known.Replace(" ", string.Empty, StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)
                && known.Contains(' ', StringComparison.Ordinal))
            {
                note = $"its name {TextFile.Quote(name)} speaks of '{known}', but is no name that arm64 kernels print: it is left out";
            }
        }

        return IomemName.Other;
    }
}
