using Ptewright.Addressing;
using Ptewright.Memory;

namespace Ptewright.DeviceTree;

/// <summary>Applies what a device tree says to memory blocks, by Linux's rules: the other half of an <see cref="IDeviceTreeVisitor"/>.</summary>
/// <remarks>
/// Each method belongs to a call of the visitor, and the order of those calls is the order of the kernel. What the kernel reserves
/// besides (the blob, its own image) has to be in the blocks before the first reservation, if no-map regions are to be refused for it.
/// All methods return false when the storage of the blocks is full; the blocks are then not to be used.
/// </remarks>
internal readonly unsafe struct DeviceTreeLoader
{
    // Linux: SMP_CACHE_BYTES of arm64
    private const ulong CacheLine = 64;

    private readonly MemoryBlocks* _blocks;
    private readonly ulong _pageSize;

    /// <summary>Fills <paramref name="blocks"/>.</summary>
    /// <param name="blocks">The blocks, empty.</param>
    /// <param name="pageSize">The page size of the kernel in bytes, a power of two.</param>
    public DeviceTreeLoader(MemoryBlocks* blocks, ulong pageSize)
    {
        _blocks = blocks;
        _pageSize = pageSize;
    }

    /// <summary>Adds the whole pages of a memory node's range. Linux: <c>early_init_dt_add_memory_arch</c>.</summary>
    /// <param name="start">The first byte.</param>
    /// <param name="size">The length in bytes.</param>
    /// <param name="ignored">True when it holds no whole page: then nothing is done.</param>
    public bool TryAddMemory(PhysicalAddress start, ulong size, out bool ignored)
    {
        PhysicalAddress first = start.AlignUp(_pageSize);
        PhysicalAddress end = (start + size).AlignDown(_pageSize);
        ignored = first >= end;
        return ignored || _blocks->TryAdd(first, end);
    }

    /// <summary>Removes all memory outside the usable range 0, or adds the usable range 1, byte-precise.</summary>
    /// <param name="index">0 or 1.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="size">The length in bytes.</param>
    /// <remarks>Linux: <c>memblock_cap_memory_range</c>, which would spare no-map memory; but none is marked that early.</remarks>
    public bool TryApplyUsableRange(int index, PhysicalAddress start, ulong size) =>
        index == 0
            ? _blocks->TryRemove(default, start) && _blocks->TryRemove(start + size, new PhysicalAddress(~0UL))
            : _blocks->TryAdd(start, start + size);

    /// <summary>Adds, maps and reserves the pages of the initial ramdisk. Linux: <c>arm64_memblock_init</c>.</summary>
    /// <param name="start">The first byte.</param>
    /// <param name="end">The first byte behind it.</param>
    /// <param name="dropped">True when it lies below all memory: then nothing is done. (The kernel also drops one above its linear region.)</param>
    public bool TryAddInitrd(PhysicalAddress start, PhysicalAddress end, out bool dropped)
    {
        PhysicalAddress first = start.AlignDown(_pageSize);
        PhysicalAddress behind = end.AlignUp(_pageSize);
        dropped = first < _blocks->Start;
        return dropped
            || (_blocks->TryAdd(first, behind) && _blocks->TryClearNoMap(first, behind) && _blocks->TryReserve(first, behind));
    }

    /// <summary>Reserves a range, byte-precise; it need not be memory. Linux: <c>memblock_reserve</c>.</summary>
    /// <param name="start">The first byte.</param>
    /// <param name="size">The length in bytes.</param>
    public bool TryReserve(PhysicalAddress start, ulong size) => _blocks->TryReserve(start, start + size);

    /// <summary>Reserves the ELF core header. Linux: <c>fdt_reserve_elfcorehdr</c>.</summary>
    /// <param name="start">The first byte.</param>
    /// <param name="size">The length in bytes.</param>
    /// <param name="refused">True when part of it is reserved already: then nothing is done.</param>
    public bool TryReserveElfCoreHeader(PhysicalAddress start, ulong size, out bool refused)
    {
        refused = _blocks->Reserved.Overlaps(start, start + size);
        return refused || _blocks->TryReserve(start, start + size);
    }

    /// <summary>Keeps a range from being mapped, byte-precise. Linux: <c>early_init_dt_reserve_memory</c>.</summary>
    /// <param name="start">The first byte.</param>
    /// <param name="size">The length in bytes.</param>
    /// <param name="refused">True when part of it is memory and part of it is reserved already (<c>-EBUSY</c>): then nothing is done.</param>
    public bool TryMarkNoMap(PhysicalAddress start, ulong size, out bool refused)
    {
        PhysicalAddress end = start + size;
        refused = _blocks->Memory.Overlaps(start, end) && _blocks->Reserved.Overlaps(start, end);
        return refused || _blocks->TryMarkNoMap(start, end);
    }

    /// <summary>Finds a place for a region that has none, reserves it, and keeps it from being mapped if that is wanted.</summary>
    /// <param name="size">The length in bytes, not 0.</param>
    /// <param name="alignment">The alignment in bytes; 0 for a line of the cache.</param>
    /// <param name="start">The lowest address that is allowed.</param>
    /// <param name="end">The first address that is not; 0 for any.</param>
    /// <param name="noMap">Whether it must not be mapped.</param>
    /// <param name="bottomUp">Whether the lowest place is wanted, not the highest.</param>
    /// <param name="place">The first byte; 0 when there is no room, and then nothing is done.</param>
    /// <remarks>Linux: <c>drivers/of/of_reserved_mem.c: early_init_dt_alloc_reserved_memory_arch</c>.</remarks>
    public bool TryPlace(ulong size, ulong alignment, ulong start, ulong end, bool noMap, bool bottomUp, out PhysicalAddress place)
    {
        // An end of 1 means something else to memblock (MEMBLOCK_ALLOC_NOLEAKTRACE): up to its limit, which arm64 does not set.
        PhysicalAddress from = new(start > _pageSize ? start : _pageSize);
        PhysicalAddress to = new(end > 1 ? end : ~0UL);
        return !_blocks->TryFindRoom(size, alignment == 0 ? CacheLine : alignment, from, to, bottomUp, out place)
            || (_blocks->TryReserve(place, place + size) && (!noMap || _blocks->TryMarkNoMap(place, place + size)));
    }
}
