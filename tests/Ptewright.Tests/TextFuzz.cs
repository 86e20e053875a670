using System.Text;
using Ptewright.Memory;

namespace Ptewright.Tests;

/// <summary>Damages texts at random, always in the same way, and watches what a parser makes of them.</summary>
/// <param name="name">The name that the parser's errors have to begin with.</param>
/// <param name="samples">Good texts.</param>
/// <param name="tokens">Pieces that mean something to the parser.</param>
/// <param name="quotesWhole">Whether errors repeat the text as it is, however long.</param>
internal sealed class TextFuzz(string name, string[] samples, string[] tokens, bool quotesWhole = false)
{
    public const int Inputs = 100_000;

    private const int Seed = 20_251_123;
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

    /// <summary>Runs <paramref name="parse"/>, which throws an <see cref="InvalidInputException"/> or nothing, over the damaged texts.</summary>
    /// <param name="parse">Parses, and checks what it was told.</param>
    /// <param name="maxBytes">The most that one text may allocate, in bytes.</param>
    /// <param name="inputs">How many texts.</param>
    public void Run(Action<string> parse, long maxBytes = 4 << 20, int inputs = Inputs)
    {
        Random random = new(Seed);
        int read = 0;
        TimeSpan slowest = default;
        long largest = 0;
        for (int i = 0; i < inputs; i++)
        {
            string text = Damage(random);
            long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
            TimeSpan started = ProcessorTime.OfThisThread();
            try
            {
                parse(text);
                read++;
            }
            catch (InvalidInputException exception)
            {
                AssertIsSentence(exception.Message);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Input {i} did not end well:\n{text}", exception);
            }

            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, (ProcessorTime.OfThisThread() - started).Ticks));
            largest = Math.Max(largest, GC.GetAllocatedBytesForCurrentThread() - allocatedBefore);
        }

        // Damage that is always fatal, or never, would test little.
        Assert.InRange(read, inputs / 20, inputs * 19 / 20);
        Assert.InRange(slowest, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.InRange(largest, 0, maxBytes);
    }

    /// <summary>Checks that regions ascend, are not empty, do not touch where they are alike, and are addresses of 52 bits.</summary>
    public static void AssertSensible(IReadOnlyList<MemoryRegion> regions)
    {
        for (int i = 0; i < regions.Count; i++)
        {
            MemoryRegion region = regions[i];
            bool touches = i > 0 && regions[i - 1].End == region.Start && regions[i - 1].NoMap == region.NoMap;
            bool descends = i > 0 && regions[i - 1].End > region.Start;
            Assert.False(touches || descends || region.End <= region.Start || region.End.Value > 1UL << 52, $"{region.Start}-{region.End}");
        }
    }

    private void AssertIsSentence(string message)
    {
        Assert.StartsWith(name, message, StringComparison.Ordinal);
        Assert.EndsWith(".", message, StringComparison.Ordinal);
        Assert.True(quotesWhole || (message.Length is > 20 and < 320 && !message.Any(char.IsControl)), message);
    }

    private string Damage(Random random)
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
