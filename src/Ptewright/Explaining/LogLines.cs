using Ptewright.Texts;

namespace Ptewright.Explaining;

/// <summary>A log as messages: what was put before each line is taken off, and a message that somebody's mail or terminal broke into lines is one again where its end can be told.</summary>
internal sealed class LogLines
{
    // Mails break at 72 to 80 columns, consoles of servers at 80.
    private const int MostPieces = 4;

    // A line of another CPU may come between pieces of one message.
    private const int MostBetween = 3;

    // How lines begin that are never the rest of another.
    private static readonly string[] _ownLines =
    [
        "Mem abort info", "Data abort info", "Internal error", "Unable to handle", "swapper pgtable", "user pgtable", "Modules linked in", "Hardware name", "pstate", "pc :", "lr :", "sp :",
        "Call trace", "Code:", "CPU:", "ESR", "EC =", "SET =", "FSC =", "Kernel panic", "---[", "Process ",
    ];

    private readonly string[] _messages;

    private LogLines(string[] messages) => _messages = messages;

    /// <summary>How many lines there are.</summary>
    public int Count => _messages.Length;

    /// <summary>What was said in a line; empty where nothing was.</summary>
    /// <param name="line">The line, counted from 0.</param>
    public string this[int line] => _messages[line];

    /// <summary>Takes a text apart.</summary>
    /// <param name="text">The text.</param>
    public static LogLines Of(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> plain = LogText.Plain(text);
        List<string> messages = [];
        while (!plain.IsEmpty)
        {
            int end = plain.IndexOf('\n');
            ReadOnlySpan<char> line = end < 0 ? plain : plain[..end];
            plain = end < 0 ? default : plain[(end + 1)..];
            ReadOnlySpan<char> message = LogText.Message(line).Trim();
            messages.Add(message.Length == 0 ? string.Empty : message.ToString());
        }

        return new LogLines([.. messages]);
    }

    /// <summary>A message with its other pieces, if it was broken.</summary>
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

            // Where a number or a word was cut in two nothing stood between the pieces; where a mail was folded, a blank.
            string joined = text + piece;
            text = isWhole(joined) || EndsInNumber(text) ? joined : $"{text} {piece}";
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
            bool goesOn = piece.TrimStart(',', ' ') is var rest && (StartsWithEntry(rest) || (between == 0 && rest.Length > 0 && EndsInPart(text) && !IsOwnLine(rest)));
            if (!goesOn)
            {
                between++;
                continue;
            }

            text += piece;
        }

        return text;
    }

    private static bool StartsWithEntry(string text) => text.StartsWith("p4d=", StringComparison.Ordinal) || text.StartsWith("pud=", StringComparison.Ordinal)
        || text.StartsWith("pmd=", StringComparison.Ordinal) || text.StartsWith("pte=", StringComparison.Ordinal);

    private static bool IsOwnLine(string text) => Array.Exists(_ownLines, start => text.StartsWith(start, StringComparison.Ordinal))
        || (text is ['[', ..] && text.Contains("] pgd=", StringComparison.Ordinal));

    // "...pud=10000004" and "p": cut within a number or a name.
    private static bool EndsInPart(string text)
    {
        int last = text.AsSpan().LastIndexOfAny(',', ' ') + 1;
        ReadOnlySpan<char> tail = text.AsSpan(last);
        int equals = tail.IndexOf('=');
        return tail.Length > 0 && (equals < 0 || tail.Length - equals - 1 < 16);
    }

    private static bool EndsInNumber(string text)
    {
        int digits = 0;
        while (digits < text.Length && char.IsAsciiHexDigit(text[^(digits + 1)]))
        {
            digits++;
        }

        return digits is > 0 and < 16 && (digits == text.Length || text[^(digits + 1)] is '=' or 'x' or ' ' or '[' or ':') && text.AsSpan()[^digits..].ContainsAnyInRange('0', '9');
    }
}
