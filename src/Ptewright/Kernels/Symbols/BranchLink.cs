using Ptewright.Addressing;

namespace Ptewright.Kernels.Symbols;

/// <summary>The A64 instruction that calls a function: <c>BL</c>. Source: Arm ARM C6.2.34.</summary>
internal static class BranchLink
{
    /// <summary>The length of an instruction in bytes.</summary>
    public const ulong Length = 4;

    // 1 00101 imm26: op, 5 fixed bits, and the distance in instructions.
    private const uint Mask = 0xfc00_0000;
    private const uint Code = 0x9400_0000;
    private const int DistanceBits = 26;

    /// <summary>Where a call leads.</summary>
    /// <param name="word">The instruction.</param>
    /// <param name="address">Where it lies.</param>
    /// <param name="target">What it calls.</param>
    /// <returns>False when it is another instruction.</returns>
    public static bool TryDecode(uint word, VirtualAddress address, out VirtualAddress target)
    {
        int distance = (int)(word << (32 - DistanceBits)) >> (32 - DistanceBits);
        target = new VirtualAddress(unchecked(address.Value + ((ulong)distance * Length)));
        return (word & Mask) == Code;
    }
}
