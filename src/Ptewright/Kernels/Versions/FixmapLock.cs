namespace Ptewright.Kernels.Versions;

/// <summary>From where to where a walk of a running kernel holds the lock over the fixmap slots. Linux: <c>fixmap_lock</c> in <c>arch/arm64/mm/mmu.c</c>.</summary>
/// <remarks>There is one slot for each level, so a second walk would map its own table over the first one's. The start of a kernel has one CPU and needs no lock.</remarks>
public enum FixmapLock
{
    /// <summary>Around the whole walk: <c>__create_pgd_mapping</c>, from v6.0 on.</summary>
    WholeWalk,

    /// <summary>From before the PUD slot is mapped until it is cleared: <c>alloc_init_pud</c> from v5.18 on, and its backports. Whether there is a PUD table is looked at
    /// before.</summary>
    PudWindow,

    /// <summary>From after the PUD slot is mapped until it is cleared: where the backport of the series to 5.15 left it, because it moved the mapping up.</summary>
    PudEntries,

    /// <summary>No lock.</summary>
    None,
}
