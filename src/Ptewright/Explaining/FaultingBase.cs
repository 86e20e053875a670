using System.Globalization;
using Ptewright.Addressing;

namespace Ptewright.Explaining;

/// <summary>The register that a faulting load or store took as its pointer, by the instruction that the report prints.</summary>
internal static class FaultingBase
{
    // Arm ARM C4.1: load/store register (unsigned immediate): size 31:30, 111 29:27, 01 25:24, imm12 21:10, Rn 9:5.
    private const uint ClassMask = 0x3b00_0000;
    private const uint UnsignedImmediate = 0x3900_0000;
    private const uint SimdBit = 1U << 26;

    /// <summary>What the register held; null where the instruction is not printed, is of another kind, or gives another address.</summary>
    public static ulong? Of(Oops oops, VirtualAddress address)
    {
        if (oops.Code is not { } code || code.IndexOf('(', StringComparison.Ordinal) is not (>= 0 and int open) || code.Length < open + 10 || code[open + 9] != ')'
            || !uint.TryParse(code.AsSpan(open + 1, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint instruction)
            || (instruction & ClassMask) != UnsignedImmediate || (instruction & SimdBit) != 0)
        {
            return null;
        }

        int register = (int)(instruction >> 5) & 31;
        ulong offset = ((instruction >> 10) & 0xfff) << (int)(instruction >> 30);
        return oops.Registers.TryGetValue(register, out ulong pointer) && pointer + offset == address.Value ? pointer : null;
    }
}
