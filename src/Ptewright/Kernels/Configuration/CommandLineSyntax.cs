namespace Ptewright.Kernels.Configuration;

/// <summary>How Linux takes a command line apart, and how it reads numbers and switches in it.</summary>
internal static class CommandLineSyntax
{
    /// <summary>The words of a command line up to a lone <c>--</c>.</summary>
    /// <param name="text">The command line.</param>
    /// <param name="rest">What stands behind <c>--</c>; empty without one.</param>
    /// <remarks>
    /// White space inside double quotes does not end a word; a quote cannot be escaped. Quotes around a word or its value are dropped.
    /// Linux: <c>lib/cmdline.c: next_arg</c>, <c>kernel/params.c: parse_args</c>.
    /// </remarks>
    public static List<KernelParameter> Split(ReadOnlySpan<char> text, out string rest)
    {
        List<KernelParameter> parameters = [];
        rest = "";
        for (text = SkipSpaces(text); !text.IsEmpty; text = SkipSpaces(text))
        {
            KernelParameter parameter = TakeWord(ref text);
            if (parameter is { Name: "--", Value: null })
            {
                rest = SkipSpaces(text).ToString();
                break;
            }

            parameters.Add(parameter);
        }

        return parameters;
    }

    /// <summary>A number, and what follows it: decimal, octal after <c>0</c>, hexadecimal after <c>0x</c>; too large a number wraps at 2^64.</summary>
    /// <remarks>Linux: <c>simple_strtoull</c> with base 0. Nothing that can be read is 0, and then nothing is taken.</remarks>
    public static ulong TakeNumber(ref ReadOnlySpan<char> text)
    {
        uint radix = 10;
        if (text.StartsWith('0'))
        {
            bool isHexadecimal = text.Length > 2 && (text[1] | 0x20) == 'x' && char.IsAsciiHexDigit(text[2]);
            radix = isHexadecimal ? 16u : 8u;
            text = isHexadecimal ? text[2..] : text;
        }

        ulong number = 0;
        int length = 0;
        while (length < text.Length && char.IsAsciiHexDigit(text[length]) && DigitOf(text[length]) is uint digit && digit < radix)
        {
            number = unchecked((number * radix) + digit);
            length++;
        }

        text = text[length..];
        return number;
    }

    /// <summary>A number of bytes, and what follows it: a number, and <c>K</c>, <c>M</c>, <c>G</c>, <c>T</c>, <c>P</c> or <c>E</c>, large or small.</summary>
    /// <remarks>Linux: <c>lib/cmdline.c: memparse</c>. What is shifted out at the top is lost.</remarks>
    public static ulong TakeBytes(ref ReadOnlySpan<char> text)
    {
        ulong number = TakeNumber(ref text);
        int letter = text.IsEmpty ? -1 : "kmgtpe".IndexOf((char)(text[0] | 0x20), StringComparison.Ordinal);
        if (letter < 0)
        {
            return number;
        }

        text = text[1..];
        return number << ((letter + 1) * 10);
    }

    /// <summary>A switch: <c>1</c>, <c>y</c>, <c>t</c>, <c>on</c> or <c>0</c>, <c>n</c>, <c>f</c>, <c>off</c>, whatever follows, large or small.</summary>
    /// <returns>Null when it is neither.</returns>
    /// <remarks>Linux: <c>lib/kstrtox.c: kstrtobool</c>.</remarks>
    public static bool? ReadSwitch(ReadOnlySpan<char> text) => text switch
    {
        ['y' or 'Y' or 't' or 'T' or '1', ..] => true,
        ['n' or 'N' or 'f' or 'F' or '0', ..] => false,
        ['o' or 'O', 'n' or 'N', ..] => true,
        ['o' or 'O', 'f' or 'F', ..] => false,
        _ => null,
    };

    /// <summary>An integer of 32 bits at the beginning of a text, whatever follows.</summary>
    /// <returns>Null when there is none.</returns>
    /// <remarks>Linux: <c>lib/cmdline.c: get_option</c>, which drops the upper 32 bits.</remarks>
    public static int? ReadInteger(ReadOnlySpan<char> text)
    {
        bool isNegative = text.StartsWith('-');
        ReadOnlySpan<char> digits = isNegative ? text[1..] : text;
        ReadOnlySpan<char> rest = digits;
        ulong number = TakeNumber(ref rest);
        return rest.Length == digits.Length ? null : unchecked(isNegative ? -(int)number : (int)number);
    }

    /// <summary>Whether a list joined by commas holds an option. Linux: <c>lib/cmdline.c: parse_option_str</c>.</summary>
    public static bool HasOption(ReadOnlySpan<char> list, ReadOnlySpan<char> option)
    {
        foreach (Range part in list.Split(','))
        {
            if (list[part].SequenceEqual(option))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The text from its first character on that is no white space.</summary>
    public static ReadOnlySpan<char> SkipSpaces(ReadOnlySpan<char> text)
    {
        int spaces = 0;
        while (spaces < text.Length && IsSpace(text[spaces]))
        {
            spaces++;
        }

        return text[spaces..];
    }

    /// <summary>Whether Linux takes a character for white space. Linux: <c>lib/ctype.c</c>, which counts the no-break space in.</summary>
    public static bool IsSpace(char character) => character is ' ' or (>= '\t' and <= '\r') or '\u00a0';

    // The first '=' of a word divides it even inside quotes, but not as its first character.
    private static KernelParameter TakeWord(ref ReadOnlySpan<char> text)
    {
        bool isQuoted = text[0] == '"';
        ReadOnlySpan<char> word = isQuoted ? text[1..] : text;
        bool isInQuotes = isQuoted;
        int length = 0;
        int equals = 0;
        for (; length < word.Length && (isInQuotes || !IsSpace(word[length])); length++)
        {
            if (equals == 0 && word[length] == '=')
            {
                equals = length;
            }

            isInQuotes ^= word[length] == '"';
        }

        text = word[length..];
        word = word[..length];
        string? value = equals == 0 ? null : word[(equals + 1)..] switch
        {
            ['"', .. var inner, '"'] => inner.ToString(),
            ['"', .. var inner] => inner.ToString(),
            [.. var inner, '"'] when isQuoted => inner.ToString(),
            var whole => whole.ToString(),
        };
        ReadOnlySpan<char> name = equals == 0 ? word : word[..equals];
        return new KernelParameter((equals == 0 && isQuoted && name.EndsWith('"') ? name[..^1] : name).ToString(), value);
    }

    private static uint DigitOf(char character) => char.IsAsciiDigit(character) ? (uint)(character - '0') : (uint)((character | 0x20) - 'a' + 10);
}
