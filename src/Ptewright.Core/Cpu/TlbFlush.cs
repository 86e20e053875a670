using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Cpu;

/// <summary>The sequences that make the CPUs forget changed kernel translations: barriers and invalidations together.</summary>
/// <remarks>
/// Each begins with a DSB ISHST, so that no walker reads an old entry again, and ends when every CPU of the Inner Shareable domain is done (DSB ISH)
/// and this one fetches nothing through the old translation (ISB). Linux: <c>arch/arm64/include/asm/tlbflush.h</c>, without range invalidation
/// (which this path uses from v6.13).
/// </remarks>
public static class TlbFlush
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

    /// <summary>Forgets the leaves of a range: one TLBI VAALE1IS a page between one set of barriers; for more pages than a table has entries,
    /// everything.</summary>
    /// <typeparam name="TCpu">What executes it.</typeparam>
    /// <param name="cpu">What executes it.</param>
    /// <param name="geometry">Page size and entries of a table.</param>
    /// <param name="start">The first byte, page-aligned.</param>
    /// <param name="size">The length in bytes, a multiple of the page size.</param>
    /// <remarks>Linux: <c>flush_tlb_kernel_range</c>; the limit is <c>MAX_TLBI_OPS</c>, later <c>MAX_DVM_OPS</c> = <c>PTRS_PER_PTE</c>.</remarks>
    public static void KernelRange<TCpu>(ref TCpu cpu, in TableGeometry geometry, VirtualAddress start, ulong size)
        where TCpu : struct, ICpu
    {
        ulong pages = size >> geometry.PageShift;
        if (pages > (ulong)geometry.EntriesPerTable)
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
