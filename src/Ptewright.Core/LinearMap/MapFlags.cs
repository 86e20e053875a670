using System;

namespace Ptewright.LinearMap;

/// <summary>What a request forbids. Linux: <c>NO_BLOCK_MAPPINGS</c>, <c>NO_CONT_MAPPINGS</c>, <c>NO_EXEC_MAPPINGS</c>.</summary>
[Flags]
public enum MapFlags
{
    /// <summary>Blocks and contiguous runs wherever they fit.</summary>
    None = 0,

    /// <summary>No blocks: pages only.</summary>
    NoBlock = 1,

    /// <summary>No contiguous runs.</summary>
    NoContiguous = 2,

    /// <summary>Tables that are made carry PXNTable. Leaves are not touched by this.</summary>
    NoExec = 4,

    /// <summary>What is mapped in smaller pieces already stays so: no block takes the place of a table, and a run that has single entries stays without the contiguous bit. Linux, from v7.2 on:
    /// <c>init_pmd</c>, <c>pte_range_has_valid_noncont</c> in <c>arch/arm64/mm/mmu.c</c>. Before, ranges did not overlap.</summary>
    KeepSmaller = 8,
}
