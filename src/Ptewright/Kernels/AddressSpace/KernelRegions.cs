using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Kernels.Configuration;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Kernels.AddressSpace;

/// <summary>Where one kernel version puts the regions of its half of the address space. Each end is exclusive.</summary>
/// <remarks>Linux: <c>asm/memory.h</c>, <c>VMALLOC_START</c> and <c>VMALLOC_END</c> in <c>asm/pgtable.h</c>, <c>asm/fixmap.h</c>; without KASAN, which takes room below the modules.</remarks>
internal sealed record KernelRegions
{
    // Linux: PCI_IO_SIZE.
    private const ulong PciIoSize = 16UL << 20;

    private KernelRegions()
    {
    }

    /// <summary>The start of the linear map as built, even where the CPU cannot translate it. Linux: <c>PAGE_OFFSET</c>.</summary>
    public required VirtualAddress LinearStart { get; init; }

    /// <summary>The end of the linear map. Linux: <c>PAGE_END</c>.</summary>
    public required VirtualAddress LinearEnd { get; init; }

    /// <summary>The start of compiled BPF programs, which end where modules start; the same where they have no region. Linux: <c>BPF_JIT_REGION_START</c>.</summary>
    public required VirtualAddress BpfStart { get; init; }

    /// <summary>The start of the modules. Linux: <c>MODULES_VADDR</c>.</summary>
    public required VirtualAddress ModulesStart { get; init; }

    /// <summary>The end of the modules, where vmalloc (and in it the kernel image) starts. Linux: <c>MODULES_END</c>, <c>VMALLOC_START</c>.</summary>
    public required VirtualAddress ModulesEnd { get; init; }

    /// <summary>The end of vmalloc. Linux: <c>VMALLOC_END</c>.</summary>
    public required VirtualAddress VmallocEnd { get; init; }

    /// <summary>The start of the fixmap as the listing names it. Linux: <c>FIXADDR_START</c>, later <c>FIXADDR_TOT_START</c>.</summary>
    public required VirtualAddress FixmapStart { get; init; }

    /// <summary>The end of the fixmap. Linux: <c>FIXADDR_TOP</c>.</summary>
    public required VirtualAddress FixmapEnd { get; init; }

    /// <summary>The start of PCI I/O space. Linux: <c>PCI_IO_START</c>.</summary>
    public required VirtualAddress PciIoStart { get; init; }

    /// <summary>The end of PCI I/O space. Linux: <c>PCI_IO_END</c>.</summary>
    public required VirtualAddress PciIoEnd { get; init; }

    /// <summary>The start of the page array as the listing names it. Linux: <c>VMEMMAP_START</c>.</summary>
    public required VirtualAddress PageArrayStart { get; init; }

    /// <summary>The end of the page array. Linux: <c>VMEMMAP_END</c>.</summary>
    public required VirtualAddress PageArrayEnd { get; init; }

    /// <summary>The regions with one shape of tables.</summary>
    /// <param name="rules">Where the version puts them.</param>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="config">The kernel's configuration.</param>
    /// <exception cref="InvalidInputException">The configuration is for so many CPUs as no kernel is.</exception>
    public static KernelRegions Of(RegionRules rules, in TableGeometry geometry, KernelConfig config)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return Of(rules, geometry, rules.Fixmap.PermanentSlots(geometry, config));
    }

    /// <summary>The regions with one shape of tables.</summary>
    /// <param name="rules">Where the version puts them.</param>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="permanentSlots">How many fixmap slots are permanent (<see cref="FixmapRules.PermanentSlots"/>).</param>
    public static KernelRegions Of(RegionRules rules, in TableGeometry geometry, int permanentSlots)
    {
        ArgumentNullException.ThrowIfNull(rules);
        VirtualAddress built = PageArray.StartOf(geometry, rules.PageArrayEnd);

        // The array's part for addresses that this CPU cannot translate is left to vmalloc.
        VirtualAddress listed = rules.ListsWholePageArray ? built : built + PageArray.SizeFor(geometry, geometry.ActualPageOffset.Value - geometry.PageOffset.Value);
        FixmapLayout fixmap = rules.FixmapFor(geometry, permanentSlots);
        VirtualAddress pciIo = rules.PciIoStart.From(built);
        return new KernelRegions
        {
            LinearStart = geometry.PageOffset,
            LinearEnd = geometry.PageEnd,
            BpfStart = geometry.PageEnd,
            ModulesStart = geometry.PageEnd + rules.BpfSize,
            ModulesEnd = rules.ModulesEnd(geometry),
            VmallocEnd = listed - rules.VmallocGap - (rules.LeavesUpperEntry ? 1UL << geometry.Shift(Math.Max(geometry.RootLevel, 1)) : 0),
            FixmapStart = fixmap.Address(rules.ListsAllFixmapSlots ? fixmap.End : permanentSlots),
            FixmapEnd = fixmap.Top,
            PciIoStart = pciIo,
            PciIoEnd = pciIo + PciIoSize,
            PageArrayStart = listed,
            PageArrayEnd = built + PageArray.SizeFor(geometry, geometry.PageEnd.Value - geometry.PageOffset.Value),
        };
    }
}
