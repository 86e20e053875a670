using Ptewright.Addressing;
using Ptewright.Texts;

namespace Ptewright.Booting;

/// <summary>One line of the boot image for programs: <c>@kind name=value name=value</c>.</summary>
internal sealed class BootLine
{
    private readonly Dictionary<string, string> _values = [];
    private readonly string _where;

    private BootLine(string kind, string where)
    {
        Kind = kind;
        _where = where;
    }

    /// <summary>The kind, without the <c>@</c>.</summary>
    public string Kind { get; }

    /// <summary>Reads a line; null when it is one for people.</summary>
    /// <param name="text">The line.</param>
    /// <param name="where">Where it stands, for messages.</param>
    public static BootLine? Read(string text, string where)
    {
        if (!text.StartsWith('@'))
        {
            return null;
        }

        string[] words = text[1..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        BootLine line = new(words.Length > 0 ? words[0] : string.Empty, where);
        foreach (string word in words.Skip(1))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                line._values[word[..equals]] = word[(equals + 1)..];
            }
        }

        return line;
    }

    /// <summary>A value as text; null when there is none of that name, as in the lines of an older image.</summary>
    public string? Find(string name) => _values.GetValueOrDefault(name);

    /// <summary>A value as text.</summary>
    /// <exception cref="InvalidInputException">There is none of that name.</exception>
    public string Text(string name) =>
        _values.TryGetValue(name, out string? value) ? value : throw Fail($"there is no '{name}' in the line {TextFile.Quote('@' + Kind)}");

    /// <summary>A value as a number, decimal or hexadecimal.</summary>
    /// <exception cref="InvalidInputException">There is none of that name, or it is no number.</exception>
    public ulong Number(string name)
    {
        string text = Text(name);
        return FileNumber.TryEither(text, out ulong number)
            ? number
            : throw Fail($"{TextFile.Quote(text)} is no number for '{name}'");
    }

    /// <summary>A value as a small number.</summary>
    /// <exception cref="InvalidInputException">There is none of that name, or it is no small number.</exception>
    public int Small(string name) => Number(name) is var number && number <= 1 << 20 ? (int)number : throw Fail($"'{name}' is too large");

    /// <summary>A value as an address.</summary>
    /// <exception cref="InvalidInputException">There is none of that name, or it is no number.</exception>
    public PhysicalAddress Address(string name) => new(Number(name));

    /// <summary>Something is wrong with this line.</summary>
    public InvalidInputException Fail(string what) => new($"{_where}: {what}.");
}
