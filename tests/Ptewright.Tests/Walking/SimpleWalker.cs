using Ptewright.Addressing;

namespace Ptewright.Tests.Walking;

/// <summary>The judge of <c>TableWalker</c>: a second walker, written straight from the architecture's description and as simply as can be, from numbers, with nothing of the library's.</summary>
/// <remarks>Arm ARM D8.2.8 to D8.2.10 (the walks of the three granules), D8.3.1 and D8.3.2 (descriptors), D8.14.5 (faults).</remarks>
internal static class SimpleWalker
{
    /// <summary>Translates an address.</summary>
    /// <param name="read">Reads 64 bits of physical memory; null where there is none.</param>
    /// <param name="ttbr">TTBR0_EL1 or TTBR1_EL1, as the address has it.</param>
    /// <param name="tcr">TCR_EL1.</param>
    /// <param name="address">The address.</param>
    /// <returns>The physical address, or what fault at which level.</returns>
    public static (ulong? Physical, string Fault) Walk(Func<ulong, ulong?> read, ulong ttbr, ulong tcr, VirtualAddress address)
    {
        ulong va = address.Value;
        bool upper = (va >> 55 & 1) == 1;
        int tg = (int)(upper ? tcr >> 30 : tcr >> 14) & 3;
        int pageBits = (tg, upper) switch { (0, false) or (2, true) => 12, (2, false) or (1, true) => 14, _ => 16 };
        int size = 64 - (int)((upper ? tcr >> 16 : tcr) & 63);
        bool ds = pageBits != 16 && (tcr >> 59 & 1) == 1;
        int ips = (int)(tcr >> 32 & 7);
        int outputBits = ips switch { 0 => 32, 1 => 36, 2 => 40, 3 => 42, 4 => 44, 5 => 48, _ => 52 };
        bool large = pageBits == 16 && ips == 6;
        if (!ds && !large && outputBits > 48)
        {
            outputBits = 48;
        }

        // How many levels there are: each resolves pageBits - 3 bits, the first one the rest.
        int perLevel = pageBits - 3;
        int level = 3;
        int resolved = pageBits + perLevel;
        while (resolved < size)
        {
            resolved += perLevel;
            level--;
        }

        int startLevel = level;
        bool ignoresTop = (upper ? tcr >> 38 : tcr >> 37 & 1) is var bit && (bit & 1) == 1;
        for (int i = size; i < (ignoresTop ? 56 : 64); i++)
        {
            if ((va >> i & 1) == 1 != upper)
            {
                return (null, $"translation {startLevel}");
            }
        }

        int entryBits = size - (pageBits + ((3 - level) * perLevel));
        ulong table = 0;
        int lowest = Math.Max(entryBits + 3, ds && ips == 6 || large ? 6 : 4);
        for (int i = lowest; i < 48; i++)
        {
            table |= ttbr & (1UL << i);
        }

        if ((ds && ips == 6) || large)
        {
            for (int i = 48; i < 52; i++)
            {
                table |= (ttbr >> (i - 46) & 1) << i;
            }
        }

        if (table >> outputBits != 0)
        {
            return (null, $"address size {level}");
        }

        for (; ;)
        {
            int low = pageBits + ((3 - level) * perLevel);
            ulong index = va >> low & ((1UL << entryBits) - 1);
            if (read(table + (index * 8)) is not { } entry)
            {
                return (null, $"missing memory {level}");
            }

            int type = (int)(entry & 3);
            bool blocks = level switch
            {
                2 => true,
                1 => pageBits == 12 || (pageBits == 14 && ds) || (pageBits == 16 && large),
                0 => pageBits == 12 && ds,
                _ => false,
            };
            if (type is 0 or 2 || (type == 1 && !blocks))
            {
                return (null, $"translation {level}");
            }

            ulong output = 0;
            for (int i = pageBits; i < (ds ? 50 : 48); i++)
            {
                output |= entry & (1UL << i);
            }

            if (ds)
            {
                output |= (entry >> 8 & 3) << 50;
            }

            if (large)
            {
                output |= (entry >> 12 & 15) << 48;
            }

            if (output >> outputBits != 0)
            {
                return (null, $"address size {level}");
            }

            if (level == 3 || type == 1)
            {
                if ((entry >> 10 & 1) == 0 && (tcr >> 39 & 1) == 0)
                {
                    return (null, $"access flag {level}");
                }

                ulong inside = (1UL << low) - 1;
                return ((output & ~inside) | (va & inside), string.Empty);
            }

            table = output;
            entryBits = perLevel;
            level++;
        }
    }
}
