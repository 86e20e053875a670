namespace Ptewright.Fuzz;

/// <summary>Damages files at random.</summary>
/// <param name="samples">Good files.</param>
internal sealed class ByteMutator(params byte[][] samples)
{
    private static readonly ulong[] _numbers = [0, 1, 0x40, 0xffff, 0x7fff_ffff, 0xffff_ffff, 0x1_0000_0000, 1UL << 40, long.MaxValue, ulong.MaxValue, ulong.MaxValue - 7];

    /// <summary>A damaged file.</summary>
    public byte[] Damage(Random random) => Damage(samples[random.Next(samples.Length)], random);

    /// <summary>A damaged copy of a file.</summary>
    public static byte[] Damage(byte[] sample, Random random)
    {
        byte[] file = (byte[])sample.Clone();
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
