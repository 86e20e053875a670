using System.Buffers.Binary;

namespace Ptewright.Fuzz;

/// <summary>Damages device trees where it matters: header, tokens, properties; and now and then anywhere, as <see cref="ByteMutator"/> does.</summary>
/// <param name="samples">Good trees.</param>
internal sealed class DeviceTreeMutator(params byte[][] samples)
{
    private const int TotalSizeField = 4;
    private const uint PropertyToken = 3;

    private static readonly uint[] _extremes =
        [0, 1, 2, 3, 4, 7, 8, 9, 16, 36, 40, 0x38, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_fffc, 0xffff_ffff];

    /// <summary>A damaged tree.</summary>
    public byte[] Damage(Random random)
    {
        byte[] blob = (byte[])samples[random.Next(samples.Length)].Clone();
        for (int rounds = random.Next(1, 4); rounds > 0 && blob.Length > 0; rounds--)
        {
            blob = random.Next(16) switch
            {
                0 => ByteMutator.Damage(blob, random),
                1 => Truncate(blob, random),
                2 => Splice(blob, samples[random.Next(samples.Length)], random),
                3 => Overwrite(blob, random.Next(Math.Min(blob.Length, 40)) & ~3, Extreme(blob, random)),
                4 => Overwrite(blob, random.Next(blob.Length) & ~3, Extreme(blob, random)),
                5 => Overwrite(blob, random.Next(blob.Length) & ~3, (uint)random.Next(1, 5)),
                6 => ChangeProperty(blob, random, 4, random.Next(2) == 0 ? (uint)random.Next(0, 65) : Extreme(blob, random)),
                7 or 8 => ChangeProperty(blob, random, 8, (uint)random.Next(0, 512)),
                _ => ChangeProperty(blob, random, random.Next(12, 44) & ~3, Extreme(blob, random)),
            };
        }

        return blob;
    }

    // Half of the time the header is made to agree, so that the reader gets as far as the cut.
    private static byte[] Truncate(byte[] blob, Random random)
    {
        byte[] cut = blob[..random.Next(1, blob.Length + 1)];
        return random.Next(2) == 0 ? Overwrite(cut, TotalSizeField, (uint)cut.Length) : cut;
    }

    private static byte[] Splice(byte[] blob, byte[] other, Random random)
    {
        int length = random.Next(1, Math.Min(Math.Min(blob.Length, other.Length), 256) + 1) & ~3;
        int from = random.Next(other.Length - length + 1) & ~3;
        int to = random.Next(blob.Length - length + 1) & ~3;
        other.AsSpan(from, length).CopyTo(blob.AsSpan(to));
        return blob;
    }

    // Of some property, the word at `word`: 4 its length, 8 its name, from 12 on its value.
    private static byte[] ChangeProperty(byte[] blob, Random random, int word, uint value)
    {
        int start = random.Next(blob.Length) & ~3;
        for (int at = start; at + 8 <= blob.Length; at += 4)
        {
            if (BinaryPrimitives.ReadUInt32BigEndian(blob.AsSpan(at)) == PropertyToken)
            {
                return Overwrite(blob, at + word, value);
            }
        }

        return blob;
    }

    private static byte[] Overwrite(byte[] blob, int at, uint value)
    {
        if (at + 4 <= blob.Length)
        {
            BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(at), value);
        }

        return blob;
    }

    private static uint Extreme(byte[] blob, Random random) =>
        random.Next(3) == 0 ? (uint)(blob.Length + random.Next(-8, 9)) : _extremes[random.Next(_extremes.Length)];
}
