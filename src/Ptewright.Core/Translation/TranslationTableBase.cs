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
}
