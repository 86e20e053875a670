using Ptewright.Fuzz;

namespace Ptewright.Tests;

/// <summary>Damages files at random, always in the same way, and watches what a reader makes of them.</summary>
/// <param name="name">What the reader's errors have to begin with.</param>
/// <param name="samples">Good files.</param>
internal sealed class ByteFuzz(string name, params byte[][] samples)
{
    private const int Seed = 20_251_124;

    /// <summary>Runs <paramref name="read"/>, which throws an <see cref="InvalidInputException"/> or nothing, over damaged files.</summary>
    public void Run(int inputs, Action<byte[]> read)
    {
        Random random = new(Seed);
        ByteMutator mutator = new(samples);
        int good = 0;
        TimeSpan slowest = default;
        for (int i = 0; i < inputs; i++)
        {
            byte[] file = mutator.Damage(random);
            TimeSpan started = ProcessorTime.OfThisThread();
            try
            {
                read(file);
                good++;
            }
            catch (InvalidInputException exception)
            {
                Assert.StartsWith(name, exception.Message, StringComparison.Ordinal);
                Assert.EndsWith(".", exception.Message, StringComparison.Ordinal);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Input {i} did not end well: {Convert.ToHexStringLower(file)}", exception);
            }

            TimeSpan taken = ProcessorTime.OfThisThread() - started;
            slowest = taken > slowest ? taken : slowest;
        }

        Assert.InRange(good, 0, inputs * 19 / 20);
        Assert.InRange(slowest, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }
}
