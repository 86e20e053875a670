using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Kernels.AddressSpace;

/// <summary>The array with an entry for each page of the linear map: where it lies. Linux: <c>vmemmap</c>, <c>VMEMMAP_START</c>, <c>VMEMMAP_SIZE</c> in <c>asm/memory.h</c>.</summary>
internal static class PageArray
{
    // sizeof(struct page) without debugging options.
    private const int EntryShift = 6;

    /// <summary>How many bytes of the array stand for so many bytes of the linear map.</summary>
    public static ulong SizeFor(in TableGeometry geometry, ulong linearBytes) => linearBytes >> (geometry.PageShift - EntryShift);

    /// <summary>Its first byte.</summary>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="end">Where it ends; null when it starts at a power of two below the end of the address space.</param>
    public static VirtualAddress StartOf(in TableGeometry geometry, HangingAddress? end) => end is { } place
        ? place.From(default) - SizeFor(geometry, geometry.PageEnd.Value - geometry.PageOffset.Value)
        : new VirtualAddress(0UL - (1UL << (geometry.VirtualAddressBits - (geometry.PageShift - EntryShift))));
}
