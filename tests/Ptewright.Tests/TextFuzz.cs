using Ptewright.Fuzz;
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

    /// <summary>Runs <paramref name="parse"/>, which throws an <see cref="InvalidInputException"/> or nothing, over the damaged texts.</summary>
    /// <param name="parse">Parses, and checks what it was told.</param>
    /// <param name="maxBytes">The most that one text may allocate, in bytes.</param>
    /// <param name="inputs">How many texts.</param>
    public void Run(Action<string> parse, long maxBytes = 4 << 20, int inputs = Inputs) =>
        new FuzzLoop<string>(new TextMutator(samples, tokens).Damage, text => text) { MaxBytes = maxBytes }.Run(inputs, parse, AssertIsSentence);

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
}
