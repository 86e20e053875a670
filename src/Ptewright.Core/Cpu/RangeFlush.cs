namespace Ptewright.Cpu;

/// <summary>How a kernel forgets the translations of several pages. Linux: <c>flush_tlb_kernel_range</c>.</summary>
public enum RangeFlush
{
    /// <summary>Page by page, everything when there are more pages than a table has entries: up to v6.12.</summary>
    Pages,

    /// <summary>Page by page, everything from as many pages on as a table has entries: from v6.13 on a CPU without FEAT_TLBIRANGE.</summary>
    FewerPages,

    /// <summary>With range invalidations: from v6.13 on a CPU with FEAT_TLBIRANGE.</summary>
    Ranges,
}
