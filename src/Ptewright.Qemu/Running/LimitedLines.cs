using System.Text;
using Ptewright.Files;

namespace Ptewright.Running;

/// <summary>The lines that a program writes, which may be no end of them.</summary>
/// <param name="reader">Where they come from.</param>
/// <param name="what">What they are called, in an error.</param>
/// <param name="tooMuch">Ends the program, when there are more characters than are read.</param>
/// <param name="mostCharacters">How many characters are read.</param>
internal sealed class LimitedLines(TextReader reader, string what, Action tooMuch, int mostCharacters = LimitedLines.UsualMostCharacters)
{
    /// <summary>A kernel that tells everything writes some 100 KB.</summary>
    public const int UsualMostCharacters = 16 << 20;

    /// <summary>The length at which a line is broken, in characters.</summary>
    public const int MaxLineLength = 4096;

    private readonly StringBuilder _line = new();
    private readonly char[] _buffer = new char[4096];
    private int _next;
    private int _end;
    private int _read;

    /// <summary>The next line without its end; null behind the last one.</summary>
    /// <exception cref="BootFailedException">There are more characters than are read.</exception>
    public string? ReadLine()
    {
        _ = _line.Clear();
        for (; ;)
        {
            if (_next == _end)
            {
                _next = 0;
                _end = reader.Read(_buffer);
                if (_end == 0)
                {
                    // A program that was ended because this one ends has no last line to draw conclusions from.
                    AtExit.WaitIfEnding();
                    return _line.Length > 0 ? Take() : null;
                }

                _read += _end;
                if (_read > mostCharacters)
                {
                    tooMuch();
                    throw new BootFailedException($"The machine wrote more than {mostCharacters} characters to {what}, the most that is read.");
                }
            }

            char next = _buffer[_next++];
            if (next == '\n')
            {
                return Take();
            }

            _ = _line.Append(next);
            if (_line.Length == MaxLineLength)
            {
                return Take();
            }
        }
    }

    /// <summary>All lines that are left, as one text, or as many as are read.</summary>
    public string ReadToEnd()
    {
        StringBuilder text = new();
        try
        {
            while (ReadLine() is { } line)
            {
                _ = text.AppendLine(line);
            }
        }
        catch (BootFailedException)
        {
            // Too much is a reason of its own, for whoever reads what was written.
        }

        return text.ToString();
    }

    private string Take() => _line.ToString().TrimEnd('\r');
}
