using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Cpu;

/// <summary>The register operand of TLB invalidation by address.</summary>
/// <remarks>Arm ARM C5.5, "TLBI VAALE1IS" and "TLBI RVAALE1IS".</remarks>
public static class TlbiOperand
{
    /// <summary>By page: bits 43:0 hold VA[55:12] whatever the granule; ASID (63:48) is ignored by the "all ASIDs" forms. Linux: <c>__TLBI_VADDR</c>.</summary>
    public static ulong ForPage(VirtualAddress page) => (page.Value >> 12) & ((1UL << 44) - 1);

    /// <summary>By range with SCALE = 0: (NUM + 1) * 2 pages from <paramref name="first"/>.</summary>
    /// <param name="first">The first page; with <paramref name="lpa2"/> a multiple of 64 KiB.</param>
    /// <param name="pages">An even number of pages, 2 to 64.</param>
    /// <param name="granule">The granule: TG (47:46) is 1 for 4K, 2 for 16K, 3 for 64K.</param>
    /// <param name="lpa2">Whether TCR_EL1.DS = 1: BaseADDR (36:0) then counts 64 KiB units instead of pages.</param>
    public static ulong ForRange(VirtualAddress first, int pages, GranuleSize granule, bool lpa2)
    {
        ulong tg = granule switch
        {
            GranuleSize.Size4K => 1,
            GranuleSize.Size16K => 2,
            _ => 3,
        };
        int unitShift = lpa2 ? 16 : (int)granule;
        ulong baseAddress = (first.Value >> unitShift) & ((1UL << 37) - 1);
        ulong num = (ulong)((pages / 2) - 1);
        return (tg << 46) | (num << 39) | baseAddress;
    }
}
