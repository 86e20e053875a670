using Ptewright.Fuzz;

namespace Ptewright.Tests;

/// <summary>Damages files at random, always in the same way, and watches what a reader makes of them.</summary>
/// <param name="name">What the reader's errors have to begin with.</param>
/// <param name="samples">Good files.</param>
internal sealed class ByteFuzz(string name, params byte[][] samples)
{
    /// <summary>Runs <paramref name="read"/>, which throws an <see cref="InvalidInputException"/> or nothing, over damaged files.</summary>
    /// <param name="inputs">How many files.</param>
    /// <param name="read">Reads.</param>
    /// <param name="oneReadOf">Of so many files one at least is read.</param>
    public void Run(int inputs, Action<byte[]> read, int oneReadOf = 20) =>
        new FuzzLoop<byte[]>(new ByteMutator(samples).Damage, Convert.ToHexStringLower) { OneReadOf = oneReadOf }.Run(inputs, read, sentence =>
        {
            Assert.StartsWith(name, sentence, StringComparison.Ordinal);
            Assert.EndsWith(".", sentence, StringComparison.Ordinal);
        });
}
