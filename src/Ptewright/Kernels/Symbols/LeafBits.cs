using System.Runtime.InteropServices;

namespace Ptewright.Kernels.Symbols;

/// <summary>What a kernel's code shows of the bits that it gives to leaves.</summary>
internal static class LeafBits
{
    // MOVZ and MOVK of 64 bits that write bits 63:48. Source: Arm ARM C6.2.237 and C6.2.235: sf 1, opc 10 or 11, 100101, hw 11.
    private const uint Mask = 0xffe0_0000;
    private const uint MoveZero = 0xd2e0_0000;
    private const uint MoveKeep = 0xf2e0_0000;
    private const int ImmediateShift = 5;

    // Of a kernel leaf that may be written: UXN, PXN, DBM, with bit 55 and without.
    private const uint Dirty = 0x00e8;
    private const uint Plain = 0x0068;

    // A kernel has dozens, of those that map devices too, which never have bit 55; other numbers that look so are few.
    private const int Least = 8;

    /// <summary>Whether kernel leaves have bit 55, <c>PTE_DIRTY</c>: it is in the constants that the code puts together.</summary>
    /// <param name="image">The kernel's image.</param>
    /// <returns>Null where there are too few such constants to tell.</returns>
    public static bool? MarksDirty(ReadOnlySpan<byte> image)
    {
        int dirty = 0;
        int plain = 0;
        foreach (uint word in MemoryMarshal.Cast<byte, uint>(image))
        {
            if ((word & Mask) is MoveZero or MoveKeep)
            {
                uint immediate = (word >> ImmediateShift) & 0xffff;
                dirty += immediate == Dirty ? 1 : 0;
                plain += immediate == Plain ? 1 : 0;
            }
        }

        return dirty >= Least ? true : plain >= Least && dirty == 0 ? false : null;
    }
}
