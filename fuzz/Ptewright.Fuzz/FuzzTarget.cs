namespace Ptewright.Fuzz;

/// <summary>Something that reads what comes from outside: nothing but a result that makes sense, or a refusal, may come of any input.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Make">Makes an input, good or damaged.</param>
/// <param name="Check">Reads an input as its file would be read; throws an <see cref="InvalidInputException"/> to refuse it, anything else is a finding.</param>
internal sealed record FuzzTarget(string Name, Func<Random, byte[]> Make, FuzzTarget.Reader Check)
{
    /// <summary>Reads an input.</summary>
    public delegate void Reader(ReadOnlySpan<byte> input);

    /// <summary>Reads an input.</summary>
    /// <returns>The sentence with which it was refused, or null.</returns>
    public string? Run(ReadOnlySpan<byte> input)
    {
        try
        {
            Check(input);
            return null;
        }
        catch (InvalidInputException refusal)
        {
            return refusal.Message;
        }
    }

    /// <summary>Finds fault with what was accepted.</summary>
    public static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"Accepted, but {message}.");
        }
    }
}
