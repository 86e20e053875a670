namespace Ptewright.Tests;

/// <summary>Gives a reader damaged inputs, always the same, and watches what it makes of them.</summary>
/// <typeparam name="T">What it reads.</typeparam>
/// <param name="damage">Makes an input.</param>
/// <param name="show">An input as text, for a failure.</param>
internal sealed class FuzzLoop<T>(Func<Random, T> damage, Func<T, string> show)
{
    private const int Seed = 20_251_123;

    /// <summary>The smallest part of the inputs that is read: damage that is always fatal would test little. One of twenty unless it is said.</summary>
    public int OneReadOf { get; init; } = 20;

    /// <summary>The most that one input may allocate, in bytes.</summary>
    public long MaxBytes { get; init; } = long.MaxValue;

    /// <summary>Runs <paramref name="read"/>, which throws an <see cref="InvalidInputException"/> or nothing.</summary>
    /// <param name="inputs">How many inputs.</param>
    /// <param name="read">Reads, and checks what it was told.</param>
    /// <param name="checkSentence">Checks the sentence about what is refused.</param>
    public void Run(int inputs, Action<T> read, Action<string> checkSentence)
    {
        Random random = new(Seed);
        int good = 0;
        TimeSpan slowest = default;
        long largest = 0;
        for (int i = 0; i < inputs; i++)
        {
            T input = damage(random);
            long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
            TimeSpan started = ProcessorTime.OfThisThread();
            try
            {
                read(input);
                good++;
            }
            catch (InvalidInputException exception)
            {
                checkSentence(exception.Message);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Input {i} did not end well:\n{show(input)}", exception);
            }

            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, (ProcessorTime.OfThisThread() - started).Ticks));
            largest = Math.Max(largest, GC.GetAllocatedBytesForCurrentThread() - allocatedBefore);
        }

        Assert.InRange(good, inputs / OneReadOf, inputs * 19 / 20);
        Assert.InRange(slowest, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.InRange(largest, 0, MaxBytes);
    }
}
