using Ptewright.Addressing;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

/// <summary>Where the linear map lies: which physical addresses it can hold, and at which virtual address each of them is.</summary>
/// <remarks>Linux: <c>arm64_memblock_init</c> in <c>arch/arm64/mm/init.c</c>; <c>__phys_to_virt</c> in <c>asm/memory.h</c>.</remarks>
internal readonly struct LinearMapPlace
{
    private LinearMapPlace(in TableGeometry geometry, PhysicalAddress start)
    {
        Geometry = geometry;
        Start = start;
    }

    /// <summary>The shape of its tables.</summary>
    public TableGeometry Geometry { get; }

    /// <summary>The lowest physical address that the map can hold; once the start is randomised it may wrap below 0.</summary>
    public PhysicalAddress Start { get; }

    /// <summary>The first physical address behind those that the map can hold.</summary>
    public PhysicalAddress End => Start + Room(Geometry);

    /// <summary>The physical address that would lie at PAGE_OFFSET. Linux: <c>memstart_addr</c>.</summary>
    /// <remarks>Tables that are built for 52 bits and run with fewer keep PAGE_OFFSET; memory moves up to where the CPU reaches it, so this may wrap below 0.</remarks>
    public PhysicalAddress MemoryStart => Start - (Geometry.ActualPageOffset.Value - Geometry.PageOffset.Value);

    /// <summary>The virtual address that physical address 0 has, or would have: the distance of the map, modulo 2^64.</summary>
    public VirtualAddress Offset => Geometry.PageOffset - MemoryStart.Value;

    /// <summary>How many bytes the linear map has room for: from the first address that the CPU translates to the end of the map.</summary>
    /// <param name="geometry">The shape of the tables.</param>
    /// <remarks>Linux: <c>linear_region_size</c>.</remarks>
    public static ulong Room(in TableGeometry geometry) => geometry.PageEnd.Value - geometry.ActualPageOffset.Value;

    /// <summary>The place of a map whose memory begins at an address: the start is rounded down.</summary>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="memory">The lowest address that is memory.</param>
    /// <remarks>Linux: <c>round_down(memblock_start_of_DRAM(), ARM64_MEMSTART_ALIGN)</c>.</remarks>
    public static LinearMapPlace Of(in TableGeometry geometry, PhysicalAddress memory) => new(geometry, memory.AlignDown(geometry.MemoryStartAlignment));

    /// <summary>The virtual address of a physical one that the map can hold. Linux: <c>__phys_to_virt</c>.</summary>
    /// <param name="address">The physical address.</param>
    public VirtualAddress Virtual(PhysicalAddress address) => Offset + address.Value;

    /// <summary>The same map with everything at higher virtual addresses: a randomised start.</summary>
    /// <param name="distance">How many bytes higher; a multiple of <c>MemoryStartAlignment</c> (<see cref="KernelAddresses"/>).</param>
    /// <remarks>Linux, until v6.15: the <c>memstart_offset_seed</c> of <c>arm64_memblock_init</c>.</remarks>
    public LinearMapPlace MovedUp(ulong distance) => new(Geometry, Start - distance);

    /// <summary>Cuts off the memory that the tables or the linear map cannot hold, and says where the map lies then.</summary>
    /// <param name="blocks">The memory; afterwards without what was cut off. When nothing is left, the place and the later cuts say nothing.</param>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="addressBits">How many bits of physical address entries hold. Linux: <c>PHYS_MASK_SHIFT</c>.</param>
    /// <param name="imageEnd">The first address behind the kernel's image, which the map reaches at the cost of the lowest memory; 0 where no image moves the map.</param>
    /// <param name="place">Where the map lies.</param>
    /// <param name="cuts">What was cut off.</param>
    /// <returns>False when the storage of <paramref name="blocks"/> is full.</returns>
    internal static bool TryFit(
        ref MemoryBlocks blocks, in TableGeometry geometry, int addressBits, PhysicalAddress imageEnd, out LinearMapPlace place, out LinearMapCuts cuts)
    {
        place = default;
        cuts = default;
        if (!TryCutAbove(ref blocks, new PhysicalAddress(1UL << addressBits), out MemoryRegion beyondAddresses))
        {
            return false;
        }

        cuts = new LinearMapCuts(beyondAddresses, default, default);
        if (blocks.Memory.Count == 0)
        {
            return true;
        }

        place = Of(geometry, blocks.Start);
        PhysicalAddress reach = place.End;
        if (!TryCutAbove(ref blocks, reach > imageEnd ? reach : imageEnd, out MemoryRegion beyondMap))
        {
            return false;
        }

        MemoryRegion belowMap = default;
        if (reach < blocks.End)
        {
            // The image lies above what the map would reach: the map moves up to it.
            place = new LinearMapPlace(geometry, (blocks.End - Room(geometry)).AlignUp(geometry.MemoryStartAlignment));
            belowMap = new MemoryRegion(default, place.Start, false);
            if (!blocks.TryRemove(belowMap.Start, belowMap.End))
            {
                return false;
            }
        }

        cuts = new LinearMapCuts(beyondAddresses, beyondMap, belowMap);
        return true;
    }

    private static bool TryCutAbove(ref MemoryBlocks blocks, PhysicalAddress limit, out MemoryRegion cut)
    {
        PhysicalAddress end = blocks.End;
        cut = limit < end ? new MemoryRegion(limit, end, false) : default;
        return blocks.TryRemove(cut.Start, cut.End);
    }
}
