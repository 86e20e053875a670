
namespace Ptewright.Tests;

/// <summary>Damages files at random, always in the same way, and watches what a reader makes of them.</summary>
/// <param name="name">What the reader's errors have to begin with.</param>
/// <param name="samples">Good files.</param>
internal sealed class ByteFuzz(string name, params byte[][] samples)
{
    private const int Seed = 20_251_124;
    private static readonly ulong[] _numbers = [0, 1, 0x40, 0xffff, 0x7fff_ffff, 0xffff_ffff, 0x1_0000_0000, 1UL << 40, long.MaxValue, ulong.MaxValue, ulong.MaxValue - 7];

    /// <summary>Runs <paramref name="read"/>, which throws an <see cref="InvalidInputException"/> or nothing, over damaged files.</summary>
    public void Run(int inputs, Action<byte[]> read)
    {
        Random random = new(Seed);
        int good = 0;
        TimeSpan slowest = default;
        for (int i = 0; i < inputs; i++)
        {
            byte[] file = Damage(random);
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

    private byte[] Damage(Random random)
    {
        byte[] file = (byte[])samples[random.Next(samples.Length)].Clone();
        for (int rounds = random.Next(1, 5); rounds > 0 && file.Length > 0; rounds--)
        {
            int at = random.Next(file.Length);
            switch (random.Next(6))
            {
                case 0:
                    file[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    file[at] = (byte)random.Next(256);
                    break;
                case 2:
                    file = file[..at];
                    break;
                case 3:
                    int size = 1 << random.Next(1, 4);
                    at &= -size;
                    BitConverter.GetBytes(_numbers[random.Next(_numbers.Length)]).AsSpan(0, Math.Min(size, file.Length - at)).CopyTo(file.AsSpan(at));
                    break;
                case 4:
                    int from = random.Next(file.Length);
                    int length = Math.Min(random.Next(1, 64), file.Length - Math.Max(at, from));
                    file.AsSpan(from, length).CopyTo(file.AsSpan(at));
                    break;
                default:
                    // Headers and notes are where most goes wrong.
                    file[random.Next(Math.Min(file.Length, 240))] = (byte)random.Next(256);
                    break;
            }
        }

        return file;
    }
}
