using Ptewright.Addressing;

namespace Ptewright.Translation;

/// <summary>The base address field of TTBR0_EL1 and TTBR1_EL1.</summary>
public static class TranslationTableBase
{
    private const ulong AddressField = 0x0000_ffff_ffff_fffc;

    /// <summary>The register's value for a root table, without ASID and CnP.</summary>
    /// <param name="root">Where it lies: aligned to its size, and to 64 bytes beyond 48 bits of address, whose bits 51:48 go to 5:2.</param>
    /// <remarks>Arm ARM, TTBR0_EL1.BADDR; Linux: <c>phys_to_ttbr</c>.</remarks>
    public static ulong Encode(PhysicalAddress root) => (root.Value | (root.Value >> 46)) & AddressField;

    /// <summary>Where a register's value says that the root table lies.</summary>
    /// <param name="value">The value; ASID and CnP do not count.</param>
    /// <param name="has52">Whether output addresses have 52 bits, so that bits 5:2 are the address's bits 51:48.</param>
    /// <param name="entries">How many entries the root table has. The table is aligned to its size, and to 64 bytes with 52 bits: lower bits do not count.</param>
    public static PhysicalAddress Decode(ulong value, bool has52, int entries)
    {
        ulong size = (ulong)entries * 8;
        ulong least = has52 ? 64UL : 16UL;
        ulong low = value & 0x0000_ffff_ffff_fffe & ~((size > least ? size : least) - 1);
        return new PhysicalAddress(has52 ? low | ((value & 0x3c) << 46) : low);
    }
}
