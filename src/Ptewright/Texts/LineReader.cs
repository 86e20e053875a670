namespace Ptewright.Texts;

/// <summary>Goes through the lines of a text, whatever they end with and whatever colours they have, and says which one is wrong.</summary>
/// <param name="text">The text.</param>
/// <param name="name">The name of its file, for errors.</param>
/// <param name="maxLines">How many lines it may have.</param>
/// <param name="maxLineLength">How long a line may be, in characters.</param>
internal ref struct LineReader(ReadOnlySpan<char> text, string name, int maxLines, int maxLineLength)
{
    private ReadOnlySpan<char> _rest = TerminalText.Strip(text);

    /// <summary>The number of the line that was read last, counted from 1; 0 before the first.</summary>
    public int Number { get; private set; }

    /// <summary>Reads the next line without the white space around it.</summary>
    /// <param name="line">The line, which may be empty.</param>
    /// <returns>False behind the last line.</returns>
    /// <exception cref="InvalidInputException">There are too many lines, or the line is too long.</exception>
    public bool TryRead(out ReadOnlySpan<char> line)
    {
        line = default;
        if (_rest.IsEmpty)
        {
            return false;
        }

        Number++;
        if (Number > maxLines)
        {
            throw TextFile.Error(name, $"it has more than {maxLines} lines, the most that is read of such a file");
        }

        int end = _rest.IndexOf('\n');
        line = (end < 0 ? _rest : _rest[..end]).Trim();
        _rest = end < 0 ? default : _rest[(end + 1)..];
        if (line.Length > maxLineLength)
        {
            throw Error($"it is {line.Length} characters long, more than the {maxLineLength} that such a line can have");
        }

        return true;
    }

    /// <summary>The exception about the line that was read last.</summary>
    /// <param name="reason">What is wrong, without a full stop.</param>
    public readonly InvalidInputException Error(string reason) => TextFile.Error(name, Number, reason);
}
