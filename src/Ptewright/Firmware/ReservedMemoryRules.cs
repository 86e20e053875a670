using Ptewright.DeviceTree;

namespace Ptewright.Firmware;

/// <summary>How a kernel reserves what a device tree wants reserved: what versions and configurations differ in.</summary>
/// <remarks>Linux: <c>drivers/of/of_reserved_mem.c</c>, <c>drivers/of/fdt.c</c>, <c>kernel/dma</c>. The values here are those of 6.12 with 4K pages as distributions configure it.</remarks>
public sealed record ReservedMemoryRules
{
    /// <summary>How many nodes a kernel remembers. Linux: <c>MAX_RESERVED_REGIONS</c>.</summary>
    public const int MaxNodes = 64;

    /// <summary>Which reservations are made first. Linux: <c>early_init_fdt_scan_reserved_mem</c>.</summary>
    public ReservationOrder Order { get; init; } = ReservationOrder.NodesFirst;

    /// <summary>
    /// Until 6.11: nodes with and without a place are sorted by address, those without first, and in that order placed and handed to the code for their kind. From 6.12
    /// on those without a place come in the order of the tree, and those with one are handed over only when the linear map is made. Linux: <c>fdt_init_reserved_mem</c>.
    /// </summary>
    public bool StartsAllNodes { get; init; }

    /// <summary>
    /// Whether a range to place a region in that begins in or right behind another such region is filled from below (from 6.6 on). Linux:
    /// <c>__reserved_mem_alloc_in_range</c>.
    /// </summary>
    public bool KeepsTogether { get; init; } = true;

    /// <summary>Whether nodes with <c>linux,cma-default</c> are passed over when the command line has <c>cma=</c> (from 6.18.9); before, they are given back.</summary>
    public bool SkipsReplacedCma { get; init; }

    /// <summary>The least alignment of memory for the contiguous memory allocator, in bytes; 0 when the kernel has none. Linux: <c>CMA_MIN_ALIGNMENT_BYTES</c>.</summary>
    public ulong CmaAlignment { get; init; } = 2UL << 20;

    /// <summary>Whether regions for contiguous DMA are known (CONFIG_DMA_CMA).</summary>
    public bool HasDmaCma { get; init; } = true;

    /// <summary>How many areas the contiguous memory allocator can have. Linux: <c>MAX_CMA_AREAS</c>.</summary>
    public ulong CmaAreas { get; init; } = 20;

    /// <summary>Whether the command line gives the default area (<c>cma=</c>), so that none of the tree is.</summary>
    public bool IsDefaultCmaGiven { get; init; }

    /// <summary>Whether regions for coherent DMA are known (CONFIG_DMA_DECLARE_COHERENT).</summary>
    public bool HasCoherentPools { get; init; } = true;

    /// <summary>Whether regions for restricted DMA are known (CONFIG_DMA_RESTRICTED_POOL).</summary>
    public bool HasRestrictedPools { get; init; }
}
