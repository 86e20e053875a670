using System.Text;

namespace Ptewright.Fuzz;

/// <summary>Damages texts at random.</summary>
/// <param name="samples">Good texts.</param>
/// <param name="tokens">Pieces that mean something to the parser.</param>
internal sealed class TextMutator(string[] samples, string[] tokens)
{
    private const int MaxLength = 16 << 10;

    private static readonly string[] Numbers =
    [
        "0", "1", "fff", "1000", "7fffffff", "ffffffff", "100000000", "fffffffffffff", "10000000000000", "7fffffffffffffff", "ffffffffffffffff",
        "10000000000000000",
    ];

    private static readonly string[] Oddities =
    [
        "\r", "\n", "\r\n", "\t", " ", "  ", "\u00a0", "-", ":", "=", "\"", "\\", "#", "|", "[", "]", ",", "@", "\ufeff", "\u00e9",
    ];

    /// <summary>A damaged text.</summary>
    public string Damage(Random random)
    {
        StringBuilder text = new(Pick(samples, random));
        for (int rounds = random.Next(1, 5); rounds > 0 && text.Length > 0; rounds--)
        {
            switch (random.Next(12))
            {
                case 0:
                    text[random.Next(text.Length)] ^= (char)(1 << random.Next(7));
                    break;
                case 1:
                    text.Length = random.Next(text.Length + 1);
                    break;
                case 2:
                    _ = text.Insert(random.Next(text.Length + 1), Pick(Oddities, random));
                    break;
                case 3:
                    _ = text.Insert(random.Next(text.Length + 1), Pick(tokens, random));
                    break;
                case 4:
                    ReplaceDigits(text, random);
                    break;
                case 5:
                    int from = random.Next(text.Length);
                    _ = text.Remove(from, Math.Min(random.Next(1, 40), text.Length - from));
                    break;
                case 6:
                    Splice(text, Pick(samples, random), random);
                    break;
                case 7:
                    _ = text.Replace(Pick(tokens, random), Pick(tokens, random));
                    break;
                case 8 when random.Next(8) == 0:
                    _ = text.Insert(random.Next(text.Length + 1), new string(Pick(tokens, random)[0], random.Next(1, 3000)));
                    break;
                default:
                    ChangeLines(text, random);
                    break;
            }
        }

        return text.Length <= MaxLength ? text.ToString() : text.ToString(0, MaxLength);
    }

    private static string Pick(string[] choices, Random random) => choices[random.Next(choices.Length)];

    // A number of the text becomes an extreme one, or one near it.
    private static void ReplaceDigits(StringBuilder text, Random random)
    {
        int start = random.Next(text.Length);
        while (start < text.Length && !char.IsAsciiHexDigit(text[start]))
        {
            start++;
        }

        int end = start;
        while (end < text.Length && char.IsAsciiHexDigit(text[end]))
        {
            end++;
        }

        if (start < end && random.Next(2) == 0)
        {
            text[random.Next(start, end)] = "0123456789abcdef"[random.Next(16)];
        }
        else
        {
            _ = text.Remove(start, end - start).Insert(start, Pick(Numbers, random));
        }
    }

    private static void Splice(StringBuilder text, string other, Random random)
    {
        int from = random.Next(other.Length);
        _ = text.Insert(random.Next(text.Length + 1), other.AsSpan(from, Math.Min(random.Next(1, 200), other.Length - from)));
    }

    // A line is dropped, doubled, or changes places with another.
    private static void ChangeLines(StringBuilder text, Random random)
    {
        List<string> lines = [.. text.ToString().Split('\n')];
        int at = random.Next(lines.Count);
        int other = random.Next(lines.Count);
        switch (random.Next(3))
        {
            case 0:
                lines.RemoveAt(at);
                break;
            case 1:
                lines.Insert(other, lines[at]);
                break;
            default:
                (lines[at], lines[other]) = (lines[other], lines[at]);
                break;
        }

        _ = text.Clear().AppendJoin('\n', lines);
    }
}
