using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Kernels.AddressSpace;

/// <summary>Where a kernel version puts the regions of its half of the address space, whatever the shape of its tables; <see cref="KernelRegions"/> is what comes of it with one.</summary>
/// <remarks>Linux: <c>asm/memory.h</c>, <c>VMALLOC_START</c> and <c>VMALLOC_END</c> in <c>asm/pgtable.h</c>.</remarks>
internal sealed record RegionRules
{
    /// <summary>Where the page array ends; null when it starts at a power of two below the end of the address space. Linux: <c>VMEMMAP_END</c>, <c>VMEMMAP_START</c>.</summary>
    public required HangingAddress? PageArrayEnd { get; init; }

    /// <summary>Whether the listing names the whole array; otherwise it begins with the entry of the first address that the CPU can translate, and vmalloc reaches up to that.</summary>
    public required bool ListsWholePageArray { get; init; }

    /// <summary>How many bytes modules have. Linux: <c>MODULES_VSIZE</c>.</summary>
    public required ulong ModulesSize { get; init; }

    /// <summary>How many bytes compiled BPF programs have, from the end of the linear map on; modules begin behind them. Linux: <c>BPF_JIT_REGION_SIZE</c>, until v5.14.</summary>
    public ulong BpfSize { get; init; }

    /// <summary>How many bytes lie between the end of vmalloc and the page array, besides <see cref="LeavesUpperEntry"/>. Linux: <c>VMALLOC_END</c>.</summary>
    public required ulong VmallocGap { get; init; }

    /// <summary>Whether what one entry of level 1 translates, or of the root below that, is left free there too. Linux: <c>PUD_SIZE</c> in <c>VMALLOC_END</c>, until v5.10.</summary>
    public bool LeavesUpperEntry { get; init; }

    /// <summary>The first byte of PCI I/O space, which has 16 MiB. Linux: <c>PCI_IO_START</c>.</summary>
    public required HangingAddress PciIoStart { get; init; }

    /// <summary>The slots that tables are reached through, among others.</summary>
    public required FixmapRules Fixmap { get; init; }

    /// <summary>Whether the listing counts all fixmap slots; otherwise the permanent ones only. Linux: <c>FIXADDR_TOT_START</c>, before that <c>FIXADDR_START</c>.</summary>
    public required bool ListsAllFixmapSlots { get; init; }

    /// <summary>Where modules end and vmalloc starts, at whose start images are linked. Linux: <c>MODULES_END</c>, <c>KIMAGE_VADDR</c>.</summary>
    /// <param name="geometry">The shape of the tables.</param>
    public VirtualAddress ModulesEnd(in TableGeometry geometry) => geometry.PageEnd + BpfSize + ModulesSize;

    /// <summary>Where the fixmap slots lie with one shape of tables.</summary>
    /// <param name="geometry">The shape.</param>
    /// <param name="permanentSlots">How many are permanent (<see cref="FixmapRules.PermanentSlots"/>).</param>
    public FixmapLayout FixmapFor(in TableGeometry geometry, int permanentSlots) => Fixmap.LayoutFor(geometry, PageArrayEnd, permanentSlots);
}
