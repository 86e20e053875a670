namespace Ptewright.Fuzz;

/// <summary>Packs with LZO1X, with every instruction that there is where it fits; not quickly, and not very small. There to judge the reader.</summary>
internal static class LzoPacker
{
    private const int LeastMatch = 3;
    private const int MostDistance = 0xbfff;

    /// <summary>Packs bytes.</summary>
    public static byte[] Pack(ReadOnlySpan<byte> bytes)
    {
        List<byte> packed = [];
        Dictionary<int, int> seen = [];
        int literals = 0;
        int from = 0;
        int slot = -1;
        for (int at = 0; at < bytes.Length;)
        {
            (int distance, int length) = FindMatch(bytes, at, seen);
            int held = at - from;

            // Two bytes are copied only right behind one to three literals; a run of so few at the start has an instruction of its own.
            bool isShort = length == 2 && held is >= 1 and <= 3 && distance <= 1024;
            if (length < LeastMatch && !isShort)
            {
                Remember(bytes, at++, seen);
                continue;
            }

            literals = PutLiterals(packed, bytes[from..at], slot);
            slot = PutMatch(packed, distance, length, literals);
            for (int end = at + length; at < end; at++)
            {
                Remember(bytes, at, seen);
            }

            from = at;
        }

        _ = PutLiterals(packed, bytes[from..], slot);
        packed.AddRange([0x11, 0, 0]);
        return [.. packed];
    }

    private static (int Distance, int Length) FindMatch(ReadOnlySpan<byte> bytes, int at, Dictionary<int, int> seen)
    {
        (int Distance, int Length) best = default;
        foreach (int width in (ReadOnlySpan<int>)[2, 3])
        {
            if (at + width <= bytes.Length && seen.TryGetValue(Key(bytes, at, width), out int before) && at - before <= MostDistance)
            {
                int length = width;
                while (at + length < bytes.Length && bytes[before + length] == bytes[at + length])
                {
                    length++;
                }

                best = length > best.Length ? (at - before, length) : best;
            }
        }

        return best;
    }

    private static void Remember(ReadOnlySpan<byte> bytes, int at, Dictionary<int, int> seen)
    {
        foreach (int width in (ReadOnlySpan<int>)[2, 3])
        {
            if (at + width <= bytes.Length)
            {
                seen[Key(bytes, at, width)] = at;
            }
        }
    }

    private static int Key(ReadOnlySpan<byte> bytes, int at, int width) => (width << 24) | (bytes[at] << 16) | (bytes[at + 1] << 8) | (width == 3 ? bytes[at + 2] : 0);

    // Few go into the two bits of the instruction before them.
    private static int PutLiterals(List<byte> packed, ReadOnlySpan<byte> literals, int slot)
    {
        int count = literals.Length;
        if (count == 0)
        {
            return 0;
        }

        if (packed.Count == 0 && count <= 238)
        {
            packed.Add((byte)(17 + count));
        }
        else if (count <= 3)
        {
            packed[slot] |= (byte)count;
        }
        else
        {
            PutLength(packed, 0, 15, count - 3);
        }

        packed.AddRange(literals);
        return Math.Min(count, 4);
    }

    private static int PutMatch(List<byte> packed, int distance, int length, int literals)
    {
        int near = distance - 1;
        if (length == 2)
        {
            packed.AddRange([(byte)((near & 3) << 2), (byte)(near >> 2)]);
            return packed.Count - 2;
        }

        if (length == 3 && literals == 4 && distance is >= 2049 and <= 3072)
        {
            packed.AddRange([(byte)(((distance - 2049) & 3) << 2), (byte)((distance - 2049) >> 2)]);
            return packed.Count - 2;
        }

        if (length <= 8 && distance <= 2048)
        {
            int code = length < 5 ? 64 | ((length - 3) << 5) : 128 | ((length - 5) << 5);
            packed.AddRange([(byte)(code | ((near & 7) << 2)), (byte)(near >> 3)]);
            return packed.Count - 2;
        }

        int rest = near;
        if (distance <= 16384)
        {
            PutLength(packed, 32, 31, length - 2);
        }
        else
        {
            rest = distance - 16384;
            PutLength(packed, 16 | (((rest >> 14) & 1) << 3), 7, length - 2);
        }

        packed.AddRange([(byte)((rest & 63) << 2), (byte)(rest >> 6)]);
        return packed.Count - 2;
    }

    private static void PutLength(List<byte> packed, int code, int most, int length)
    {
        if (length <= most)
        {
            packed.Add((byte)(code | length));
            return;
        }

        packed.Add((byte)code);
        for (length -= most; length > 255; length -= 255)
        {
            packed.Add(0);
        }

        packed.Add((byte)length);
    }
}
