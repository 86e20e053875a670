using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Kernels;

/// <summary>Where one kernel version puts the regions of its half of the address space. Each end is exclusive.</summary>
/// <remarks>Linux: <c>asm/memory.h</c>, <c>VMALLOC_START</c> and <c>VMALLOC_END</c> in <c>asm/pgtable.h</c>, <c>asm/fixmap.h</c>; without KASAN, which takes room below the modules.</remarks>
public sealed record KernelRegions
{
    private const ulong Mebi = 1UL << 20;
    private const ulong Gibi = 1UL << 30;

    // 1 GiB below 2^64.
    private const ulong PageArrayEndOf612 = 0xffff_ffff_c000_0000;

    // sizeof(struct page) without debugging options.
    private const int PageStructureShift = 6;

    private KernelRegions()
    {
    }

    /// <summary>The start of the linear map as built, even where the CPU cannot translate it. Linux: <c>PAGE_OFFSET</c>.</summary>
    public required VirtualAddress LinearStart { get; init; }

    /// <summary>The end of the linear map. Linux: <c>PAGE_END</c>.</summary>
    public required VirtualAddress LinearEnd { get; init; }

    /// <summary>The start of the modules. Linux: <c>MODULES_VADDR</c>.</summary>
    public required VirtualAddress ModulesStart { get; init; }

    /// <summary>The end of the modules, where vmalloc (and in it the kernel image) starts. Linux: <c>MODULES_END</c>, <c>VMALLOC_START</c>.</summary>
    public required VirtualAddress ModulesEnd { get; init; }

    /// <summary>The end of vmalloc. Linux: <c>VMALLOC_END</c>.</summary>
    public required VirtualAddress VmallocEnd { get; init; }

    /// <summary>The start of the fixmap: 6.1 counts the permanent slots only. Linux: <c>FIXADDR_START</c>, later <c>FIXADDR_TOT_START</c>.</summary>
    public required VirtualAddress FixmapStart { get; init; }

    /// <summary>The end of the fixmap. Linux: <c>FIXADDR_TOP</c>.</summary>
    public required VirtualAddress FixmapEnd { get; init; }

    /// <summary>The start of PCI I/O space. Linux: <c>PCI_IO_START</c>.</summary>
    public required VirtualAddress PciIoStart { get; init; }

    /// <summary>The end of PCI I/O space. Linux: <c>PCI_IO_END</c>.</summary>
    public required VirtualAddress PciIoEnd { get; init; }

    /// <summary>The start of the page array as the listing names it: 6.1 the whole array, later the entry of the first address that the CPU can translate.</summary>
    public required VirtualAddress PageArrayStart { get; init; }

    /// <summary>The end of the page array. Linux: <c>VMEMMAP_END</c>.</summary>
    public required VirtualAddress PageArrayEnd { get; init; }

    /// <summary>The regions of 6.1: everything hangs below the page array, whose size is a power of two.</summary>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="fixmap">Where the fixmap slots lie, with the seven boot-time ioremap slots of the stable trees of 2026 below the permanent ones.</param>
    public static KernelRegions Linux61(TableGeometry geometry, FixmapLayout fixmap)
    {
        int shift = geometry.PageShift - PageStructureShift;
        VirtualAddress pageArray = new(0UL - (1UL << (geometry.VirtualAddressBits - shift)));
        int bootIoremapSlots = 7 * (int)(((256UL << 10) >> geometry.PageShift) + 1);
        return new KernelRegions
        {
            LinearStart = geometry.PageOffset,
            LinearEnd = geometry.PageEnd,
            ModulesStart = geometry.PageEnd,
            ModulesEnd = geometry.PageEnd + (128 * Mebi),
            VmallocEnd = pageArray - (256 * Mebi),
            FixmapStart = fixmap.Address(fixmap.PteIndex - bootIoremapSlots),
            FixmapEnd = fixmap.Top,
            PciIoStart = pageArray - (24 * Mebi),
            PciIoEnd = pageArray - (8 * Mebi),
            PageArrayStart = pageArray,
            PageArrayEnd = pageArray + ((geometry.PageEnd.Value - geometry.PageOffset.Value) >> shift),
        };
    }

    /// <summary>The regions of 6.12 and later: the page array ends 1 GiB below the top, the rest lies above it.</summary>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="fixmap">Where the fixmap slots lie.</param>
    public static KernelRegions Linux612(TableGeometry geometry, FixmapLayout fixmap)
    {
        int shift = geometry.PageShift - PageStructureShift;
        VirtualAddress pageArrayEnd = new(PageArrayEndOf612);
        VirtualAddress built = pageArrayEnd - ((geometry.PageEnd.Value - geometry.PageOffset.Value) >> shift);

        // The array's part for addresses that this CPU cannot translate is left to vmalloc.
        VirtualAddress used = built + ((geometry.ActualPageOffset.Value - geometry.PageOffset.Value) >> shift);
        return new KernelRegions
        {
            LinearStart = geometry.PageOffset,
            LinearEnd = geometry.PageEnd,
            ModulesStart = geometry.PageEnd,
            ModulesEnd = geometry.PageEnd + (2 * Gibi),
            VmallocEnd = used - (8 * Mebi),
            FixmapStart = fixmap.Address(fixmap.End),
            FixmapEnd = fixmap.Top,
            PciIoStart = pageArrayEnd + (8 * Mebi),
            PciIoEnd = pageArrayEnd + (24 * Mebi),
            PageArrayStart = used,
            PageArrayEnd = pageArrayEnd,
        };
    }
}
