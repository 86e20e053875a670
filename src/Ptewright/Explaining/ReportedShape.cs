using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Explaining;

/// <summary>The shape of a kernel's tables, where the line that says it is not in the text.</summary>
internal static class ReportedShape
{
    /// <summary>The granule and the size of addresses in bits; null where nothing shows them.</summary>
    /// <remarks>
    /// Stacks lie at the lower end of vmalloc, or in the linear map, so the address of one shows how large the kernel's half is: 48 bits are ffff0000... or ffff8000..., 39 bits ffffff80... or
    /// ffffffc0.... Each size but 48 and 52 bits goes with one granule; of those the rarer ones are left out, for they lie at the same addresses.
    /// </remarks>
    public static (GranuleSize Granule, int Bits)? Of(Oops oops)
    {
        ulong? stack = oops.StackPointer?.Value ?? (oops.Stacks.Count > 0 ? oops.Stacks[0].Start.Value : (ulong?)null) ?? (oops.Registers.TryGetValue(29, out ulong frame) ? frame : (ulong?)null);
        return stack switch
        {
            null => null,
            >= 0xffff_fff0_0000_0000 => (GranuleSize.Size16K, 36),
            >= 0xffff_ff80_0000_0000 => (GranuleSize.Size4K, 39),
            >= 0xffff_fc00_0000_0000 => (GranuleSize.Size64K, 42),
            >= 0xffff_c000_0000_0000 => (GranuleSize.Size16K, 47),
            >= 0xffff_0000_0000_0000 => (GranuleSize.Size4K, 48),
            _ => null,
        };
    }
}
