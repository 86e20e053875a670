using System.Buffers;

namespace Ptewright.Texts;

/// <summary>Kernel messages as they come in files: with time stamps, levels, colours, and what consoles, journals and mails put before each line.</summary>
internal static class LogText
{
    private const int MostPrefixes = 16;

    private static readonly SearchValues<char> _digitsAndCommas = SearchValues.Create("0123456789,");
    private static readonly SearchValues<char> _digitsAndDashes = SearchValues.Create("0123456789-");
    private static readonly SearchValues<char> _digitsAndPoints = SearchValues.Create("0123456789:.,");
    private static readonly SearchValues<char> _lowerHexadecimal = SearchValues.Create("0123456789abcdef");

    /// <summary>A log that can be read line by line: without colours, and without what a console shows twice. Lines keep their numbers.</summary>
    /// <param name="text">The text.</param>
    public static ReadOnlySpan<char> Plain(ReadOnlySpan<char> text) => WithoutReplay(TerminalText.Strip(text));

    /// <summary>What the kernel said in a line, without what was put before it.</summary>
    /// <param name="line">A line without colours.</param>
    /// <remarks>
    /// Known are: <c>&lt;6&gt;</c>; <c>[    0.000000]</c>, <c>[    T0]</c>, <c>[Fri Nov 27 02:14:00 2026]</c> and other brackets (but not a memory map's, with its <c>|</c>, and not an address of 16 digits, as stands before the entries of a fault); <c>kern  :info  :</c> (<c>dmesg -x</c>); <c>2026-11-27T02:14:00,000000+00:00</c>
    /// (<c>--time-format iso</c>); <c>Nov 27 02:14:00 host kernel:</c> (journals); <c>6,1,0,-;</c> (<c>/dev/kmsg</c>); <c>&gt;</c> (mails);
    /// <c>02:14:00.123</c> and dates before it, what <c>logcat</c> has between them and the message, and vendors' <c>(0)[1234:kworker/0:1]</c>, <c>c0   1234</c>.
    /// </remarks>
    public static ReadOnlySpan<char> Message(ReadOnlySpan<char> line)
    {
        ReadOnlySpan<char> rest = line.TrimStart();
        int before;
        int count = 0;
        do
        {
            before = rest.Length;

            // Quotes of quotes may be many, stamps are not.
            count += rest is ['>', ..] ? 0 : 1;
            rest = rest[PrefixOf(rest)..].TrimStart();
        }
        while (rest.Length < before && count < MostPrefixes);
        return rest;
    }

    // When the real console takes over from an early one (earlycon), it shows once more all that was said so far. Linux: register_console.
    private static ReadOnlySpan<char> WithoutReplay(ReadOnlySpan<char> text)
    {
        const string First = "Booting Linux on physical CPU ";
        int first = -1;
        int lines = 0;
        for (int at = 0, end; at < text.Length; at = end)
        {
            end = EndOfLine(text, at);
            lines++;
            if (!Message(text[at..end]).StartsWith(First, StringComparison.Ordinal))
            {
                continue;
            }

            if (first < 0)
            {
                first = at;
            }
            else
            {
                return IsRepeated(text[first..at], text[at..]) ? string.Concat(new string('\n', lines - 1), text[at..]) : text;
            }
        }

        return text;
    }

    private static bool IsRepeated(ReadOnlySpan<char> lines, ReadOnlySpan<char> text)
    {
        while (!lines.IsEmpty && !text.IsEmpty)
        {
            int end = EndOfLine(lines, 0);
            int other = EndOfLine(text, 0);
            if (!Message(lines[..end]).TrimEnd().SequenceEqual(Message(text[..other]).TrimEnd()))
            {
                return false;
            }

            lines = lines[end..];
            text = text[other..];
        }

        return lines.IsEmpty;
    }

    private static int EndOfLine(ReadOnlySpan<char> text, int at) => text[at..].IndexOf('\n') is int length and >= 0 ? at + length + 1 : text.Length;

    // How many characters at the start are such a prefix: one of them, not all.
    private static int PrefixOf(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return 0;
        }

        int end = text[0] switch
        {
            '[' => text.IndexOf(']') is int bracket and > 0 && !text[..bracket].Contains('|') && !IsAddress(text[1..bracket]) ? bracket + 1 : 0,
            '<' => text.Length > 2 && char.IsAsciiDigit(text[1]) && text.IndexOf('>') is int close and > 0 && !text[1..close].ContainsAnyExceptInRange('0', '9') ? close + 1 : 0,
            '>' => 1,
            _ => 0,
        };
        return end > 0 ? end
            : Math.Max(
                Math.Max(Math.Max(JournalPrefix(text), KmsgPrefix(text)), Math.Max(FacilityPrefix(text), IsoTimePrefix(text))),
                Math.Max(Math.Max(DatePrefix(text), TimePrefix(text)), Math.Max(ProcessorPrefix(text), LogcatPrefix(text))));
    }

    private static bool IsAddress(ReadOnlySpan<char> text) => text.Length == 16 && !text.ContainsAnyExcept(_lowerHexadecimal);

    // "Nov 27 02:14:00 host kernel: ": a time stands before it, or nothing does. What syslog tells everybody has a stamp in the place of the blank: "kernel:[   12.345678] ".
    private static int JournalPrefix(ReadOnlySpan<char> text)
    {
        if (text.StartsWith("kernel:[", StringComparison.Ordinal))
        {
            return "kernel:".Length;
        }

        const string Name = "kernel: ";
        int at = text.IndexOf(Name, StringComparison.Ordinal);
        bool isPrefix = at == 0 || (at > 0 && text[at - 1] == ' ' && IsTime(text[..at]));
        return isPrefix ? at + Name.Length : 0;
    }

    private static bool IsTime(ReadOnlySpan<char> text)
    {
        int colon = text.IndexOf(':');
        return colon > 0 && colon + 1 < text.Length && char.IsAsciiDigit(text[colon - 1]) && char.IsAsciiDigit(text[colon + 1]);
    }

    // "2026-11-27 " and "11-27 ", if a time follows.
    private static int DatePrefix(ReadOnlySpan<char> text)
    {
        int end = text.IndexOf(' ');
        return end is 5 or 10 && text[end - 3] == '-' && (end == 5 || text[4] == '-') && !text[..end].ContainsAnyExcept(_digitsAndDashes) && TimePrefix(text[(end + 1)..]) > 0 ? end : 0;
    }

    // "02:14:00 ", "02:14:00.123 ", as what records a console puts them before each line.
    private static int TimePrefix(ReadOnlySpan<char> text)
    {
        const int Length = 8;
        int end = text.IndexOf(' ');
        return end >= Length && text[2] == ':' && text[5] == ':' && !text[..end].ContainsAnyExcept(_digitsAndPoints) ? end : 0;
    }

    // What vendors put between stamp and message: "(0)[1234:kworker/0:1]", "-(0)[1234:kworker/0:1]", "c0   1234 ", "c1 1 (swapper/0) ".
    private static int ProcessorPrefix(ReadOnlySpan<char> text)
    {
        int start = text.StartsWith("-(", StringComparison.Ordinal) ? 1 : 0;
        if (text[start] == '(')
        {
            int close = text.IndexOf(')');
            int end = text.IndexOf(']');
            return close > start + 1 && end > close && text[close + 1] == '[' && IsNumber(text[(start + 1)..close]) && text[close..end].Contains(':') ? end + 1 : 0;
        }

        int blank = text.IndexOf(' ');
        if (text[0] != 'c' || blank is not (2 or 3) || !IsNumber(text[1..blank]))
        {
            return 0;
        }

        int at = blank + CountBlanks(text[blank..]);
        int digits = text[at..].IndexOfAnyExceptInRange('0', '9');
        if (digits <= 0 || text[at + digits] != ' ')
        {
            return at;
        }

        at += digits + CountBlanks(text[(at + digits)..]);
        return at < text.Length && text[at] == '(' && text[at..].IndexOf(") ") is int name and > 0 ? at + name + 2 : at;
    }

    // "  0     0 E         : ", behind date and time: process, thread, level, and the tag, which the kernel has none of.
    private static int LogcatPrefix(ReadOnlySpan<char> text)
    {
        int colon = text.IndexOf(':');
        if (colon < 0 || !char.IsAsciiDigit(text[0]))
        {
            return 0;
        }

        ReadOnlySpan<char> rest = text[..colon].TrimEnd();
        int first = rest.IndexOf(' ');
        if (first <= 0 || !IsNumber(rest[..first]))
        {
            return 0;
        }

        rest = rest[first..].TrimStart();
        int second = rest.IndexOf(' ');
        return second > 0 && IsNumber(rest[..second]) && rest[second..].TrimStart() is ['V' or 'D' or 'I' or 'W' or 'E' or 'F'] ? colon + 1 : 0;
    }

    private static bool IsNumber(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExceptInRange('0', '9');

    private static int CountBlanks(ReadOnlySpan<char> text) => text.IndexOfAnyExcept(' ') is int count and >= 0 ? count : text.Length;

    // Priority, number and time, then flags and what else there is, up to a semicolon.
    private static int KmsgPrefix(ReadOnlySpan<char> text)
    {
        int end = text.IndexOf(';');
        int numbers = text.IndexOfAnyExcept(_digitsAndCommas);
        return end > 0 && numbers > 0 && numbers < end && text[..numbers].Count(',') == 3 && !text[..end].Contains(' ') ? end + 1 : 0;
    }

    private static int FacilityPrefix(ReadOnlySpan<char> text) =>
        text.StartsWith("kern ", StringComparison.Ordinal) && text[4..].TrimStart().StartsWith(':')
            && text.IndexOf(':') is int first && text[(first + 1)..].IndexOf(':') is int second and > 0
                ? first + second + 2
                : 0;

    private static int IsoTimePrefix(ReadOnlySpan<char> text)
    {
        int end = text.IndexOf(' ');
        return end > 18 && text[4] == '-' && text[10] == 'T' && !text[..4].ContainsAnyExceptInRange('0', '9') && IsTime(text[..end]) ? end : 0;
    }
}
