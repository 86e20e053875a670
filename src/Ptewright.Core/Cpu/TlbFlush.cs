using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Cpu;

/// <summary>The sequences that make the CPUs forget changed kernel translations: barriers and invalidations together.</summary>
/// <remarks>
/// Each begins with a DSB ISHST, so that no walker reads an old entry again, and ends when every CPU of the Inner Shareable domain is done (DSB ISH)
/// and this one fetches nothing through the old translation (ISB). Linux: <c>arch/arm64/include/asm/tlbflush.h</c>.
/// </remarks>
internal static class TlbFlush
{
    /// <summary>Forgets every translation: DSB ISHST, TLBI VMALLE1IS, DSB ISH, ISB. Linux: <c>flush_tlb_all</c>.</summary>
    /// <typeparam name="TCpu">What executes it.</typeparam>
    /// <param name="cpu">What executes it.</param>
    public static void All<TCpu>(ref TCpu cpu)
        where TCpu : struct, ICpu
    {
        cpu.DsbIshst();
        cpu.TlbiVmalle1is();
        cpu.DsbIsh();
        cpu.Isb();
    }

    /// <summary>Forgets the leaves of a range: one TLBI VAALE1IS a page between one set of barriers; for more pages than a limit,
    /// everything.</summary>
    /// <typeparam name="TCpu">What executes it.</typeparam>
    /// <param name="cpu">What executes it.</param>
    /// <param name="geometry">Page size and entries of a table.</param>
    /// <param name="start">The first byte, page-aligned.</param>
    /// <param name="size">The length in bytes, a multiple of the page size.</param>
    /// <param name="most">The limit in pages.</param>
    /// <remarks>Linux: <c>flush_tlb_kernel_range</c>; the limit is <c>MAX_TLBI_OPS</c>, later <c>MAX_DVM_OPS</c> = <c>PTRS_PER_PTE</c>.</remarks>
    public static void KernelRange<TCpu>(ref TCpu cpu, in TableGeometry geometry, VirtualAddress start, ulong size, ulong most)
        where TCpu : struct, ICpu
    {
        ulong pages = size >> geometry.PageShift;
        if (pages > most)
        {
            All(ref cpu);
            return;
        }

        cpu.DsbIshst();
        for (ulong i = 0; i < pages; i++)
        {
            cpu.TlbiVaale1is(start + (i << geometry.PageShift));
        }

        cpu.DsbIsh();
        cpu.Isb();
    }

    /// <summary>Forgets the leaves of a range: as few TLBI RVAALE1IS as cover it, and a TLBI VAALE1IS where one page is left over, between one set of barriers; for more
    /// than 2^21 pages, everything.</summary>
    /// <typeparam name="TCpu">What executes it.</typeparam>
    /// <param name="cpu">What executes it; a CPU with FEAT_TLBIRANGE.</param>
    /// <param name="geometry">The page size.</param>
    /// <param name="lpa2">Whether TCR_EL1.DS = 1: then a range begins at a multiple of 64 KiB, and pages before that go one by one.</param>
    /// <param name="start">The first byte, page-aligned.</param>
    /// <param name="size">The length in bytes, a multiple of the page size.</param>
    /// <remarks>Linux from v6.13: <c>flush_tlb_kernel_range</c>, <c>__flush_tlb_range_op</c>: the largest SCALE first, so that the base stays aligned with LPA2.</remarks>
    public static void KernelRanges<TCpu>(ref TCpu cpu, in TableGeometry geometry, bool lpa2, VirtualAddress start, ulong size)
        where TCpu : struct, ICpu
    {
        ulong pages = size >> geometry.PageShift;
        if (pages > TlbiOperand.MostRangePages)
        {
            All(ref cpu);
            return;
        }

        cpu.DsbIshst();
        TlbiRangeSteps steps = new(start, pages, geometry.Granule, lpa2);
        while (steps.Next(out VirtualAddress from, out int covered))
        {
            if (covered == 1)
            {
                cpu.TlbiVaale1is(from);
            }
            else
            {
                cpu.TlbiRvaale1is(from, covered, geometry.Granule);
            }
        }

        cpu.DsbIsh();
        cpu.Isb();
    }

    /// <summary>Forgets what walkers hold of the tables on the way to one page: DSB ISHST, TLBI VAAE1IS, DSB ISH, ISB.</summary>
    /// <remarks>Linux: <c>__flush_tlb_kernel_pgtable</c>.</remarks>
    /// <typeparam name="TCpu">What executes it.</typeparam>
    /// <param name="cpu">What executes it.</param>
    /// <param name="page">An address that the table translated.</param>
    public static void KernelTable<TCpu>(ref TCpu cpu, VirtualAddress page)
        where TCpu : struct, ICpu
    {
        cpu.DsbIshst();
        cpu.TlbiVaae1is(page);
        cpu.DsbIsh();
        cpu.Isb();
    }
}
