using Ptewright.Addressing;
using Ptewright.Memory;

namespace Ptewright.Tests.LinearMap;

/// <summary>The judge of the engine that builds: a walker of its own, written from the architecture's description alone: bits, shifts, memory.</summary>
/// <param name="memory">Physical memory.</param>
/// <param name="ttbr">The table address, as TTBR1_EL1.BADDR would hold it.</param>
/// <param name="pageBits">log2 of the granule.</param>
/// <param name="addressBits">64 - T1SZ.</param>
/// <param name="wide">Whether output addresses have 52 bits.</param>
internal sealed class ReferenceWalker(SparseMemory memory, ulong ttbr, int pageBits, int addressBits, bool wide)
{
    /// <summary>The output address, or null for a translation fault, with the last descriptor read.</summary>
    public ulong? Translate(ulong address, out ulong descriptor, out int level)
    {
        int bitsPerLevel = pageBits - 3;
        int levels = ((addressBits - pageBits) + bitsPerLevel - 1) / bitsPerLevel;
        ulong table = ttbr;
        descriptor = 0;
        for (level = 4 - levels; level <= 3; level++)
        {
            int low = pageBits + ((3 - level) * bitsPerLevel);
            int high = Math.Min(low + bitsPerLevel, addressBits);
            ulong index = (address >> low) & ((1UL << (high - low)) - 1);
            descriptor = BitConverter.ToUInt64(memory.Read(new PhysicalAddress(table + (index * 8)), 8));
            bool valid = (descriptor & 1) == 1;
            bool bit1 = (descriptor & 2) == 2;
            if (!valid || (level == 3 && !bit1))
            {
                return null;
            }

            ulong output = Output(descriptor);
            if (level == 3 || !bit1)
            {
                ulong offset = address & ((1UL << low) - 1);
                return (output & ~((1UL << low) - 1)) | offset;
            }

            table = output & ~((1UL << pageBits) - 1);
        }

        throw new InvalidOperationException("A walk ends at level 3.");
    }

    // D8.3: OA[47:12] in place; 64K and 52 bits: OA[51:48] in 15:12; LPA2: OA[49:12] in place, OA[51:50] in 9:8.
    private ulong Output(ulong descriptor)
    {
        if (!wide)
        {
            return descriptor & 0x0000_ffff_ffff_f000;
        }

        return pageBits == 16
            ? (descriptor & 0x0000_ffff_ffff_0000) | ((descriptor & 0xf000) << 36)
            : (descriptor & 0x0003_ffff_ffff_f000) | ((descriptor & 0x300) << 42);
    }
}
