namespace Ptewright.Kernels.Versions;

/// <summary>What decides how many pages the page allocator moves together. Linux: <c>pageblock_order</c> in <c>linux/pageblock-flags.h</c>.</summary>
internal enum PageBlockRule
{
    /// <summary>The larger of the largest block and a huge page of hugetlbfs. Linux: what <c>__reserved_mem_alloc_size</c> and <c>rmem_cma_setup</c> align to until 5.18.</summary>
    LargestBlock,

    /// <summary>A huge page where hugetlbfs has them, but not more than the largest block; without hugetlbfs the largest block.</summary>
    HugePage,

    /// <summary>The same, and transparent huge pages count too.</summary>
    AnyHugePage,
}
