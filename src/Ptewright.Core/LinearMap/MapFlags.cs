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
}
