using System.Text;

namespace Ptewright.Texts;

/// <summary>Takes out of a text what was meant for a terminal: colours, cursor moves, titles.</summary>
/// <remarks>
/// ECMA-48 5.4 (control sequences), 5.6 (control strings) and its two-character functions; and colours as <c>cat -v</c> (<c>^[[32m</c>) and rsyslog (<c>#033[32m</c>)
/// write them. Line feeds are never taken out, so lines keep their numbers.
/// </remarks>
internal static class TerminalText
{
    private const char Escape = '\u001b';
    private const char ControlSequence = '\u009b';

    private static readonly string[] _written = ["^[[", "#033["];

    /// <summary>The text without them; the same text where there are none.</summary>
    public static ReadOnlySpan<char> Strip(ReadOnlySpan<char> text)
    {
        if (!text.ContainsAny(Escape, ControlSequence) && text.IndexOf(_written[0], StringComparison.Ordinal) < 0 && text.IndexOf(_written[1], StringComparison.Ordinal) < 0)
        {
            return text;
        }

        StringBuilder kept = new(text.Length);
        while (!text.IsEmpty)
        {
            int length = SequenceLength(text);
            if (length == 0)
            {
                _ = kept.Append(text[0]);
                length = 1;
            }

            text = text[length..];
        }

        return kept.ToString();
    }

    private static int SequenceLength(ReadOnlySpan<char> text) => text switch
    {
        [Escape, '[', ..] => 2 + ParametersLength(text[2..]),
        [ControlSequence, ..] => 1 + ParametersLength(text[1..]),
        [Escape, ']' or 'P' or 'X' or '^' or '_', ..] => StringLength(text),
        [Escape, >= ' ' and <= '/', >= '0' and <= '~', ..] => 3,
        [Escape, >= '0' and <= '~', ..] => 2,
        [Escape, ..] => 1,
        ['^' or '#', ..] => WrittenLength(text),
        _ => 0,
    };

    // Parameters, intermediate characters, and the final one; a sequence that is cut off ends where it does.
    private static int ParametersLength(ReadOnlySpan<char> text)
    {
        int length = 0;
        while (length < text.Length && text[length] is >= ' ' and <= '?')
        {
            length++;
        }

        return length < text.Length && text[length] is >= '@' and <= '~' ? length + 1 : length;
    }

    // Up to BEL or ESC \, on the same line.
    private static int StringLength(ReadOnlySpan<char> text)
    {
        int length = 2;
        while (length < text.Length && text[length] is not ('\a' or '\n' or Escape))
        {
            length++;
        }

        return text[length..] switch
        {
            ['\a', ..] => length + 1,
            [Escape, '\\', ..] => length + 2,
            _ => length,
        };
    }

    // Only colours and erasing, because here the characters may also stand for themselves.
    private static int WrittenLength(ReadOnlySpan<char> text)
    {
        foreach (string introducer in _written)
        {
            if (text.StartsWith(introducer, StringComparison.Ordinal))
            {
                int length = introducer.Length;
                while (length < text.Length && (char.IsAsciiDigit(text[length]) || text[length] == ';'))
                {
                    length++;
                }

                return length < text.Length && text[length] is ('m' or 'K') ? length + 1 : 0;
            }
        }

        return 0;
    }
}
