using System.Runtime.CompilerServices;
using Ptewright.Addressing;

namespace Ptewright.Memory;

/// <summary>The boot-time view of physical memory: what is memory, what of it must not be mapped, and what is reserved.</summary>
/// <remarks>Linux: <c>memblock</c> (<c>mm/memblock.c</c>). Reserved memory is mapped but not handed out; no-map memory is neither.</remarks>
internal unsafe struct MemoryBlocks
{
    /// <summary>The memory, with its no-map flags.</summary>
    private RegionList _memory;

    /// <summary>What must not be handed out.</summary>
    private RegionList _reserved;

    /// <summary>No memory yet.</summary>
    /// <param name="memory">Storage for the memory regions.</param>
    /// <param name="memoryCapacity">How many fit.</param>
    /// <param name="reserved">Storage for the reserved regions.</param>
    /// <param name="reservedCapacity">How many fit.</param>
    public MemoryBlocks(MemoryRegion* memory, int memoryCapacity, MemoryRegion* reserved, int reservedCapacity)
    {
        _memory = new RegionList(memory, memoryCapacity);
        _reserved = new RegionList(reserved, reservedCapacity);
    }

    /// <summary>The memory regions, no-map ones included.</summary>
    public readonly RegionList Memory => _memory;

    /// <summary>The reserved regions; they may lie anywhere.</summary>
    public readonly RegionList Reserved => _reserved;

    /// <summary>The lowest address that is memory (0 when there is none). Linux: <c>memblock_start_of_DRAM</c>.</summary>
    public readonly PhysicalAddress Start => _memory.Count == 0 ? default : _memory[0].Start;

    /// <summary>The first address behind all memory (0 when there is none). Linux: <c>memblock_end_of_DRAM</c>.</summary>
    public readonly PhysicalAddress End => _memory.Count == 0 ? default : _memory[_memory.Count - 1].End;

    /// <summary>Takes over memory and reservations of other blocks, in the storage of these: what was here is forgotten.</summary>
    /// <returns>False when the storage is too small.</returns>
    public bool TryCopyFrom(in MemoryBlocks other) => _memory.TryCopyFrom(other._memory) && _reserved.TryCopyFrom(other._reserved);

    /// <summary>Adds memory. Linux: <c>memblock_add</c>.</summary>
    /// <returns>False when the storage is full; so for all of these.</returns>
    public bool TryAdd(PhysicalAddress start, PhysicalAddress end) => _memory.TryAdd(start, end);

    /// <summary>Removes memory. Linux: <c>memblock_remove</c>.</summary>
    public bool TryRemove(PhysicalAddress start, PhysicalAddress end) => _memory.TryRemove(start, end);

    /// <summary>Keeps a range from being handed out. Linux: <c>memblock_reserve</c>.</summary>
    public bool TryReserve(PhysicalAddress start, PhysicalAddress end) => _reserved.TryAdd(start, end);

    /// <summary>Undoes <see cref="TryReserve"/> for all that lies in the range. Linux: <c>memblock_phys_free</c>.</summary>
    public bool TryRelease(PhysicalAddress start, PhysicalAddress end) => _reserved.TryRemove(start, end);

    /// <summary>Keeps memory from being mapped and handed out, byte-precise. Linux: <c>memblock_mark_nomap</c>.</summary>
    public bool TryMarkNoMap(PhysicalAddress start, PhysicalAddress end) => _memory.TryMark(start, end, true);

    /// <summary>Undoes <see cref="TryMarkNoMap"/>. Linux: <c>memblock_clear_nomap</c>.</summary>
    public bool TryClearNoMap(PhysicalAddress start, PhysicalAddress end) => _memory.TryMark(start, end, false);

    /// <summary>The highest free range that ends at or below <paramref name="limit"/>, cut to whole pages.</summary>
    /// <param name="limit">Look below this address.</param>
    /// <param name="pageSize">The page size in bytes.</param>
    /// <param name="start">The first byte of the range; never page 0, which stands for "no page".</param>
    /// <param name="end">The first byte behind it.</param>
    /// <returns>False when no whole page is free.</returns>
    public readonly bool TryFindFree(PhysicalAddress limit, ulong pageSize, out PhysicalAddress start, out PhysicalAddress end)
    {
        for (int i = _memory.Count - 1; i >= 0; i--)
        {
            MemoryRegion region = _memory[i];
            if (region.NoMap)
            {
                continue;
            }

            // Walk the reserved regions downwards through this memory region.
            PhysicalAddress top = region.End < limit ? region.End : limit;
            for (int r = _reserved.Count - 1; r >= -1; r--)
            {
                PhysicalAddress bottom = r >= 0 && _reserved[r].End > region.Start ? _reserved[r].End : region.Start;
                if (bottom < top && TryTrim(bottom, top, pageSize, out start, out end))
                {
                    return true;
                }

                if (r >= 0 && _reserved[r].Start < top)
                {
                    top = _reserved[r].Start;
                }
            }
        }

        start = default;
        end = default;
        return false;
    }

    /// <summary>A place for <paramref name="size"/> bytes of free memory between two addresses: the highest, or the lowest.</summary>
    /// <param name="size">How many bytes, not 0.</param>
    /// <param name="alignment">The alignment in bytes. One that is no power of two rounds as Linux does: by the bits of one less.</param>
    /// <param name="start">Look from this address on; not below the first page, since address 0 stands for "no place".</param>
    /// <param name="end">Look below this address.</param>
    /// <param name="bottomUp">Whether the lowest place is wanted, not the highest.</param>
    /// <param name="place">The first byte of the place.</param>
    /// <returns>False when there is none.</returns>
    /// <remarks>
    /// Linux: <c>__memblock_find_range_top_down</c>, <c>__memblock_find_range_bottom_up</c>. Byte-precise. Takes time linear in the number of regions.
    /// </remarks>
    public readonly bool TryFindRoom(
        ulong size, ulong alignment, PhysicalAddress start, PhysicalAddress end, bool bottomUp, out PhysicalAddress place)
    {
        place = default;
        bool found = false;
        int r = _reserved.Count - 1;
        for (int i = _memory.Count - 1; i >= 0; i--)
        {
            MemoryRegion region = _memory[i];
            PhysicalAddress top = region.NoMap ? region.Start : region.End;
            while (top > region.Start)
            {
                while (r >= 0 && _reserved[r].Start >= top)
                {
                    r--;
                }

                // The free range below `top`, which may be empty, ends at a reservation or where the memory begins.
                PhysicalAddress bottom = r >= 0 && _reserved[r].End > region.Start ? _reserved[r].End : region.Start;
                if (Fits(size, alignment, bottom > start ? bottom : start, top < end ? top : end, bottomUp, ref place))
                {
                    found = true;
                    if (!bottomUp)
                    {
                        return true;
                    }
                }

                top = r >= 0 && _reserved[r].Start > region.Start ? _reserved[r].Start : region.Start;
            }
        }

        return found;
    }

    /// <summary>Reserves the page at <paramref name="page"/>, directly below a reservation that starts at its end if there is one.</summary>
    /// <param name="page">The page.</param>
    /// <param name="pageSize">Its size in bytes.</param>
    /// <param name="hint">The index of the reservation that grows downwards, kept by the caller between calls; -1 when unknown.</param>
    /// <returns>False when the storage is full.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryReservePage(PhysicalAddress page, ulong pageSize, ref int hint)
    {
        // Nearly always the reservation of the page above grows down by one page, without running into the one below.
        if ((uint)hint < (uint)_reserved.Count && _reserved[hint].Start == page + pageSize && (hint == 0 || _reserved[hint - 1].End < page))
        {
            _reserved.ExtendDown(hint, page);
            return true;
        }

        return TryReserveElsewhere(page, pageSize, out hint);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryReserveElsewhere(PhysicalAddress page, ulong pageSize, out int hint)
    {
        bool done = _reserved.TryAdd(page, page + pageSize);
        hint = _reserved.IndexOfStart(page);
        return done;
    }

    private static bool Fits(ulong size, ulong alignment, PhysicalAddress low, PhysicalAddress high, bool bottomUp, ref PhysicalAddress place)
    {
        if (low >= high || high.Value - low.Value < size)
        {
            return false;
        }

        ulong mask = alignment - 1;
        ulong candidate = bottomUp ? ((low.Value - 1) | mask) + 1 : (high.Value - size) & ~mask;
        if (candidate < low.Value || candidate >= high.Value || high.Value - candidate < size)
        {
            return false;
        }

        place = new PhysicalAddress(candidate);
        return true;
    }

    private static bool TryTrim(PhysicalAddress bottom, PhysicalAddress top, ulong pageSize, out PhysicalAddress start, out PhysicalAddress end)
    {
        start = bottom.AlignUp(pageSize);
        end = top.AlignDown(pageSize);
        if (start.Value == 0)
        {
            start = new PhysicalAddress(pageSize);
        }

        return start < end;
    }
}
