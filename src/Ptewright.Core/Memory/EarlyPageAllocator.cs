using System.Runtime.CompilerServices;
using Ptewright.Addressing;

namespace Ptewright.Memory;

/// <summary>The boot-time allocator: always the highest free page of memory, and it reserves what it gives.</summary>
/// <remarks>Linux: <c>early_pgtable_alloc</c> over <c>memblock_phys_alloc_range</c>, top-down.</remarks>
internal unsafe struct EarlyPageAllocator : ITableAllocator
{
    private readonly MemoryBlocks* _blocks;
    private readonly ulong _pageSize;
    private PhysicalAddress _bottom;
    private PhysicalAddress _next;
    private int _reservation;

    /// <summary>Allocates from <paramref name="blocks"/>, which must outlive the allocator.</summary>
    /// <param name="blocks">Memory and reservations. While the allocator is in use nothing else may change them, or <see cref="Rescan"/> must be called.</param>
    /// <param name="pageSize">The page size in bytes.</param>
    public EarlyPageAllocator(MemoryBlocks* blocks, ulong pageSize)
    {
        _blocks = blocks;
        _pageSize = pageSize;
        _bottom = default;
        _next = default;
        _reservation = -1;
    }

    /// <inheritdoc/>
    public static bool IsLate => false;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FailureCode Allocate(int level, out PhysicalAddress page)
    {
        // Within one free range the highest free page is simply the next lower one.
        if (_next == _bottom && !_blocks->TryFindFree(new PhysicalAddress(ulong.MaxValue), _pageSize, out _bottom, out _next))
        {
            page = default;
            return FailureCode.OutOfMemory;
        }

        page = _next - _pageSize;
        if (!_blocks->TryReservePage(page, _pageSize, ref _reservation))
        {
            return FailureCode.TooManyRegions;
        }

        _next = page;
        return FailureCode.None;
    }

    /// <summary>Forgets the free range it was working in: needed after somebody else reserved or marked memory.</summary>
    public void Rescan() => _next = _bottom;
}
