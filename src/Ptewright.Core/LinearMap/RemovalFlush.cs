namespace Ptewright.LinearMap;

/// <summary>When the translations of removed leaves are invalidated.</summary>
public enum RemovalFlush
{
    /// <summary>All of them once, when the last is cleared (stable trees of 2026, and from v7.1).</summary>
    WholeRange,

    /// <summary>Each at once, one page's invalidation even for a block (6.1 and 6.12 as released).</summary>
    EachLeaf,
}
