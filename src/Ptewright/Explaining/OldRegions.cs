using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Explaining;

/// <summary>The address space of kernels before 5.4, for which there are no profiles: the linear map is the upper half of the kernel's addresses, everything else below it.</summary>
/// <remarks>Linux 4.19: <c>VA_START</c>, <c>MODULES_VADDR</c>, <c>KIMAGE_VADDR</c>, <c>VMEMMAP_START</c>, <c>PCI_IO_START</c>, <c>FIXADDR_TOP</c> in <c>asm/memory.h</c> and <c>asm/fixmap.h</c>;
/// <c>VMALLOC_END</c> in <c>asm/pgtable.h</c>. The size of the fixmap depends on the configuration and is taken for 6 MiB.</remarks>
internal static class OldRegions
{
    private const ulong Mebi = 1UL << 20;
    private const int PageEntryShift = 6;

    /// <summary>The regions in the order of their addresses.</summary>
    /// <param name="granule">The granule.</param>
    /// <param name="bits">The size of virtual addresses.</param>
    /// <param name="hasKasan">Whether KASAN's shadow is below everything.</param>
    /// <param name="hasBpf">Whether compiled BPF programs have 128 MiB of their own below modules, as from 5.0 on.</param>
    public static IEnumerable<(RegionKind Kind, VirtualAddress Start, VirtualAddress End)> Of(GranuleSize granule, int bits, bool hasKasan, bool hasBpf)
    {
        ulong start = 0UL - (1UL << bits);
        ulong linear = 0UL - (1UL << (bits - 1));
        ulong shadow = hasKasan ? 1UL << (bits - 3) : 0;
        ulong modules = start + shadow + (hasBpf ? 128 * Mebi : 0);
        ulong image = modules + (128 * Mebi);
        ulong pages = linear - (1UL << (bits - (int)granule - 1 + PageEntryShift));
        ulong pciEnd = pages - (2 * Mebi);
        ulong fixmapEnd = pciEnd - (16 * Mebi) - (2 * Mebi);
        TableShape shape = new(granule, bits);
        ulong vmallocEnd = pages - (1UL << shape.Shift(Math.Max(1, shape.RootLevel))) - (64 << 10);
        if (shadow != 0)
        {
            yield return Region(RegionKind.KasanShadow, start, start + shadow);
        }

        if (hasBpf)
        {
            yield return Region(RegionKind.Bpf, start + shadow, modules);
        }

        yield return Region(RegionKind.Modules, modules, image);
        yield return Region(RegionKind.Vmalloc, image, vmallocEnd);
        yield return Region(RegionKind.Fixmap, fixmapEnd - (6 * Mebi), fixmapEnd);
        yield return Region(RegionKind.PciIo, pciEnd - (16 * Mebi), pciEnd);
        yield return Region(RegionKind.PageArray, pages, linear);
        yield return Region(RegionKind.LinearMap, linear, 0);
    }

    private static (RegionKind Kind, VirtualAddress Start, VirtualAddress End) Region(RegionKind kind, ulong start, ulong end) => (kind, new VirtualAddress(start), new VirtualAddress(end));
}
