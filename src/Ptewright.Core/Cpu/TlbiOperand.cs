using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Cpu;

/// <summary>The register operand of TLB invalidation by address.</summary>
/// <remarks>Arm ARM C5.5, "TLBI VAALE1IS" and "TLBI RVAALE1IS".</remarks>
public static class TlbiOperand
{
    /// <summary>By page: bits 43:0 hold VA[55:12] whatever the granule; ASID (63:48) is ignored by the "all ASIDs" forms. Linux: <c>__TLBI_VADDR</c>.</summary>
    public static ulong ForPage(VirtualAddress page) => (page.Value >> 12) & ((1UL << 44) - 1);

    /// <summary>The largest SCALE.</summary>
    public const int LargestScale = 3;

    /// <summary>The most pages of one range: 32 &lt;&lt; 16. Linux: <c>MAX_TLBI_RANGE_PAGES</c>.</summary>
    public const ulong MostRangePages = MostOfScale << ((5 * LargestScale) + 1);

    private const ulong MostOfScale = 32;

    /// <summary>How many of the next pages one range of a SCALE can cover. Linux: <c>__TLBI_RANGE_NUM</c>, <c>__TLBI_RANGE_PAGES</c>.</summary>
    /// <param name="pages">How many there are.</param>
    /// <param name="scale">0 to 3.</param>
    /// <returns>0 when they are fewer than the SCALE's unit of 2 &lt;&lt; 5 * <paramref name="scale"/>.</returns>
    public static ulong RangeAt(ulong pages, int scale)
    {
        int shift = (5 * scale) + 1;
        ulong units = pages >> shift;
        return (units < MostOfScale ? units : MostOfScale) << shift;
    }

    /// <summary>By range: (NUM + 1) &lt;&lt; (5 * SCALE + 1) pages from <paramref name="first"/>, with the largest SCALE that divides them.</summary>
    /// <param name="first">The first page; with <paramref name="lpa2"/> a multiple of 64 KiB.</param>
    /// <param name="pages">1 to 32 units of a SCALE: 2 to 64 and even, 64 to 2048 in steps of 64, and so on.</param>
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
        int scale = LargestScale;
        while (scale > 0 && ((pages & ((2 << (5 * scale)) - 1)) != 0 || pages < 2 << (5 * scale)))
        {
            scale--;
        }

        ulong num = ((ulong)pages >> ((5 * scale) + 1)) - 1;
        return (tg << 46) | ((ulong)scale << 44) | (num << 39) | baseAddress;
    }
}
