using System.Buffers.Binary;
using System.Numerics;
using Ptewright.Images;
using Ptewright.Translation;

namespace Ptewright.Fuzz;

/// <summary>Makes tables that nobody would: of all granules and sizes, roots smaller than a run and at the very end of memory, runs that go on behind their table, loops, garbage.</summary>
internal static class TableMutator
{
    private const ulong Contiguous = 1UL << 52;
    private const ulong Attributes = 0x0060_0000_0000_0f04;
    private static readonly int[] _pageShifts = [12, 14, 16];

    /// <summary>Makes an input for <see cref="TableImage"/>, sometimes damaged on top.</summary>
    public static byte[] Make(Random random)
    {
        byte[] input = MakeWhole(random);
        return random.Next(4) == 0 ? ByteMutator.Damage(input, random) : input;
    }

    /// <summary>Makes an input for <see cref="TableImage"/> that has all of its parts.</summary>
    public static byte[] MakeWhole(Random random)
    {
        int shift = _pageShifts[random.Next(8) switch { < 4 => 0, < 6 => 1, _ => 2 }];
        bool ds = random.Next(4) == 0;
        int size0 = random.Next(12, 49);
        int size1 = random.Next(3) == 0 ? random.Next(12, 49) : shift == 12 ? random.Next(33, 49) : shift == 14 ? random.Next(36, 49) : random.Next(30, 48);
        ulong tcr = default(TranslationControl)
            .WithHalf(AddressHalf.Lower, (GranuleSize)shift, 64 - size0)
            .WithHalf(AddressHalf.Upper, (GranuleSize)shift, 64 - size1)
            .WithOutput(random.Next(8), ds)
            .Value | (random.Next(4) == 0 ? (ulong)(uint)random.Next(64) << 36 : 0);
        byte[] memory = new byte[Length(random, shift)];
        ulong address = random.Next(4) switch
        {
            0 => 0,
            1 => (ulong)random.Next() << shift,
            2 => (1UL << 48) - (ulong)((memory.Length + (1 << shift) - 1) & -(1 << shift)),
            _ => (1UL << random.Next(shift, 47)) + (random.Next(8) == 0 ? (ulong)random.Next(1 << 16) : 0),
        };
        Fill(random, memory, address, shift);
        ulong upper = Root(random, memory.Length, address, RootBytes(shift, size1));
        ulong lower = Root(random, memory.Length, address, RootBytes(shift, size0));
        Runs(random, memory, (long)(upper - address), shift);
        return TableImage.Join(new ImageRegisters(lower, upper, tcr, (ulong)random.NextInt64()), address, (ulong)random.NextInt64(), memory);
    }

    // Seldom whole pages only; seldom more than a few.
    private static int Length(Random random, int shift)
    {
        int page = 1 << shift;
        int pages = shift == 12 ? random.Next(1, 9) : random.Next(1, 4);
        return random.Next(4) switch
        {
            0 => Math.Max(16, (pages * page) - (8 * random.Next(1, 256))),
            1 => 16 * random.Next(1, 65),
            _ => pages * page,
        };
    }

    private static ulong Root(Random random, int length, ulong address, ulong bytes) => random.Next(4) switch
    {
        0 => address,
        1 => (address + (ulong)length - Math.Min(bytes, (ulong)length)) & ~(bytes - 1),
        2 => (address + (ulong)random.Next(length)) & ~(bytes - 1),
        _ => address + (ulong)random.Next(length),
    };

    // The size of the root table of 64 - size bits of address.
    private static ulong RootBytes(int shift, int size)
    {
        int bits = Math.Max(64 - size - shift, 1);
        int inRoot = ((bits - 1) % (shift - 3)) + 1;
        return Math.Max(16UL, 8UL << inRoot);
    }

    // A few entries in each page; so few tables that however they lead to each other, few are visited.
    private static void Fill(Random random, byte[] memory, ulong address, int shift)
    {
        int page = 1 << shift;
        for (int start = 0; start < memory.Length; start += page)
        {
            int slots = Math.Min(page, memory.Length - start) / 8;
            for (int left = random.Next(1, 7); left > 0 && slots > 0; left--)
            {
                // Near the ends of the page more often than not.
                int slot = random.Next(3) switch { 0 => random.Next(Math.Min(slots, 32)), 1 => slots - 1 - random.Next(Math.Min(slots, 32)), _ => random.Next(slots) };
                Put(memory, start + (slot * 8), Entry(random, memory.Length, address, shift));
            }
        }
    }

    private static ulong Entry(Random random, int length, ulong address, int shift)
    {
        ulong table = (address + (ulong)random.Next(length)) & ~((1UL << shift) - 1);
        ulong bits = Attributes & (ulong)random.NextInt64();
        return random.Next(10) switch
        {
            < 5 => table | 3 | (random.Next(4) == 0 ? (ulong)random.Next(32) << 59 : 0),
            5 => (ulong)random.NextInt64() | ((ulong)random.Next(2) << 63),
            6 => ((ulong)random.NextInt64(1L << 48) & ~((1UL << shift) - 1)) | bits | 3,
            7 => ((ulong)random.NextInt64(1L << 48) & (~0UL << random.Next(shift, 40))) | bits | Contiguous | 1,
            8 => (1UL << BitOperations.Log2((ulong)length)) | bits | 1,
            _ => table | bits | Contiguous | 3,
        };
    }

    // Entries one after the other from the root on, as far as they go: whole runs, and such that begin in a root and would go on behind it.
    private static void Runs(Random random, byte[] memory, long root, int shift)
    {
        if (random.Next(2) == 0 || root < 0 || root >= memory.Length)
        {
            return;
        }

        int step = shift + ((shift - 3) * random.Next(3));
        ulong entry = ((ulong)random.Next(16) << Math.Min(step + 8, 44)) | 0x704 | (random.Next(4) != 0 ? Contiguous : 0) | (step == shift ? 3UL : 1UL);
        int count = random.Next(1, 300);
        for (long at = root & ~7; at <= memory.Length - 8 && count > 0; at += 8, count--, entry += 1UL << step)
        {
            Put(memory, (int)at, entry);
        }
    }

    private static void Put(byte[] memory, int at, ulong entry) => BinaryPrimitives.WriteUInt64LittleEndian(memory.AsSpan(at), entry);
}
