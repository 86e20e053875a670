using Ptewright.Texts;

namespace Ptewright.Explaining;

/// <summary>A log as messages: what was put before each line is taken off, and a message that somebody's mail or terminal broke into lines is one again where its end can be told.</summary>
internal sealed class LogLines
{
    // Mails break at 72 to 80 columns, consoles of servers at 80.
    private const int MostPieces = 4;

    // A line of another CPU may come between pieces of one message.
    private const int MostBetween = 3;

    // No terminal is narrower.
    private const int LeastColumns = 40;

    // A kernel's message has at most some thousand characters, LOG_LINE_MAX and what was continued; what is longer is none.
    private const int LongestMessage = 1 << 13;

    // How lines begin that are never the rest of another.
    private static readonly string[] _ownLines =
    [
        "Mem abort info", "Data abort info", "Internal error", "Unable to handle", "swapper pgtable", "user pgtable", "Modules linked in", "Hardware name", "pstate", "pc :", "lr :", "sp :",
        "Call trace", "Code:", "CPU:", "ESR", "EC =", "SET =", "EA =", "FSC =", "ISV =", "CM =", "Kernel panic", "---[", "Process ", "Tainted:", "pmr:",
    ];

    private readonly string[] _messages;
    private readonly int[] _numbers;

    private LogLines(string[] messages, int[] numbers)
    {
        _messages = messages;
        _numbers = numbers;
    }

    /// <summary>How many lines there are.</summary>
    public int Count => _messages.Length;

    /// <summary>What was said in a line; empty where nothing was.</summary>
    /// <param name="line">The line, counted from 0.</param>
    public string this[int line] => _messages[line];

    /// <summary>The number of a line in the text, counted from 1.</summary>
    /// <param name="line">The line, counted from 0.</param>
    public int NumberOf(int line) => _numbers[line];

    /// <summary>Takes a text apart.</summary>
    /// <param name="text">The text.</param>
    public static LogLines Of(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> plain = LogText.Plain(text);
        int columns = ColumnsOf(plain);
        List<string> messages = [];
        List<int> numbers = [];
        for (int number = 1; !plain.IsEmpty; number++)
        {
            ReadOnlySpan<char> line = TakeLine(ref plain);
            numbers.Add(number);
            if (line.Length == columns && !plain.IsEmpty)
            {
                string joined = line.ToString();
                while (line.Length == columns && !plain.IsEmpty && joined.Length < LongestMessage && IsRest(plain))
                {
                    line = TakeLine(ref plain);
                    joined += line.ToString();
                    number++;
                }

                line = joined;
            }

            ReadOnlySpan<char> message = LogText.Message(line).Trim();
            messages.Add(message.IsEmpty ? string.Empty : message[..Math.Min(message.Length, LongestMessage)].ToString());
        }

        return new LogLines([.. messages], [.. numbers]);
    }

    /// <summary>A message with its other pieces, if a mail folded it.</summary>
    /// <param name="line">Its first line, counted from 0.</param>
    /// <param name="isWhole">Whether a text is the whole message.</param>
    public string Whole(int line, Func<string, bool> isWhole)
    {
        string text = _messages[line];
        for (int next = line + 1, pieces = 1; next < Count && pieces < MostPieces && !isWhole(text); next++, pieces++)
        {
            string piece = _messages[next];
            if (piece.Length == 0 || IsOwnLine(piece))
            {
                break;
            }

            // Where a line was folded a blank stood; where a number was cut in two, nothing.
            string folded = $"{text} {piece}";
            string cut = text + piece;
            text = (isWhole(cut) && !isWhole(folded)) || (EndsInNumber(text) && char.IsAsciiHexDigit(piece[0])) ? cut : folded;
        }

        return text;
    }

    /// <summary>The entries of a fault with what the kernel printed later on other lines.</summary>
    /// <param name="line">The line that begins with the address in brackets.</param>
    public string WholeEntries(int line)
    {
        string text = _messages[line];
        for (int next = line + 1, between = 0; next < Count && between < MostBetween; next++)
        {
            string piece = _messages[next];
            string rest = piece.TrimStart(',', ' ');
            if (StartsWithEntry(rest) || (between == 0 && rest.Length > 0 && EndsInPart(text) && !IsOwnLine(rest)))
            {
                text += EndsInPart(text) && !StartsWithEntry(rest) ? piece : " " + piece;
            }
            else
            {
                between++;
            }
        }

        return text;
    }

    private static ReadOnlySpan<char> TakeLine(ref ReadOnlySpan<char> text)
    {
        int end = text.IndexOf('\n');
        ReadOnlySpan<char> line = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[(end + 1)..];
        return line.TrimEnd('\r');
    }

    // How wide a terminal was that broke lines: as long as the longest, if there are several of it. 0 when none did.
    private static int ColumnsOf(ReadOnlySpan<char> text)
    {
        int longest = 0;
        int times = 0;
        while (!text.IsEmpty)
        {
            int length = TakeLine(ref text).Length;
            times = length > longest ? 1 : length == longest ? times + 1 : times;
            longest = Math.Max(longest, length);
        }

        return times > 1 && longest >= LeastColumns ? longest : 0;
    }

    // What a terminal broke has nothing before it, and does not look like a line of its own.
    private static bool IsRest(ReadOnlySpan<char> text)
    {
        int end = text.IndexOf('\n');
        ReadOnlySpan<char> line = (end < 0 ? text : text[..end]).Trim();
        return !line.IsEmpty && LogText.Message(line).Length == line.Length && !IsOwnLine(line) && !IsRegister(line);
    }

    private static bool StartsWithEntry(string text) => text is ['p', 'g' or '4' or 'u' or 'm' or 't', 'd' or 'e', '=', ..];

    private static bool IsOwnLine(ReadOnlySpan<char> text)
    {
        foreach (string start in _ownLines)
        {
            if (text.StartsWith(start, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return text is ['[', ..] && text.Contains("] pgd=", StringComparison.Ordinal);
    }

    private static bool IsRegister(ReadOnlySpan<char> text) => text is ['x', >= '0' and <= '9', ..] && text.IndexOf(':') is 2 or 3 or 4;

    // "...pud=10000004" and "p": cut within a number or a name.
    private static bool EndsInPart(string text)
    {
        int last = text.AsSpan().LastIndexOfAny(',', ' ') + 1;
        ReadOnlySpan<char> tail = text.AsSpan(last);
        int equals = tail.IndexOf('=');
        return tail.Length > 0 && tail[^1] != ']' && (equals < 0 || tail.Length - equals - 1 < 16);
    }

    private static bool EndsInNumber(string text)
    {
        int digits = 0;
        while (digits < text.Length && char.IsAsciiHexDigit(text[^(digits + 1)]))
        {
            digits++;
        }

        return digits is > 0 and < 16 && digits < text.Length && text[^(digits + 1)] is '=' or 'x' or '[' && text.AsSpan()[^digits..].ContainsAnyInRange('0', '9');
    }
}
