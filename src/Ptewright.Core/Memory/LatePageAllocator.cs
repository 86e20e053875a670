using Ptewright.Addressing;

namespace Ptewright.Memory;

/// <summary>The page allocator of a running kernel, as far as tables need it: pages of one range, released ones first (last in, first out).</summary>
/// <typeparam name="TMemory">How memory is reached; free pages hold the link to the next one.</typeparam>
/// <remarks>
/// Linux: <c>__pgd_pgtable_alloc</c> over <c>__get_free_page(GFP_PGTABLE_KERNEL &amp; ~__GFP_ZERO)</c>. Which page the buddy allocator would give is not
/// modelled: it depends on everything that ran before.
/// </remarks>
internal unsafe struct LatePageAllocator<TMemory> : IReleasingAllocator
    where TMemory : struct, IPhysicalMemory
{
    private readonly ulong _pageSize;
    private readonly PhysicalAddress _end;
    private TMemory _memory;
    private PhysicalAddress _next;
    private PhysicalAddress _released;

    /// <summary>Hands out the pages of [<paramref name="start"/>, <paramref name="end"/>) in ascending order.</summary>
    public LatePageAllocator(TMemory memory, PhysicalAddress start, PhysicalAddress end, ulong pageSize)
    {
        _memory = memory;
        _pageSize = pageSize;
        _next = start;
        _end = end;
        _released = default;
        Outstanding = 0;
    }

    /// <inheritdoc/>
    public static bool IsLate => true;

    /// <summary>How many pages are given and not released.</summary>
    public ulong Outstanding { get; private set; }

    /// <inheritdoc/>
    public FailureCode Allocate(int level, out PhysicalAddress page)
    {
        if (_released.Value != 0)
        {
            page = _released;
            _released = new PhysicalAddress(*(ulong*)_memory.At(page));
        }
        else if (_next + _pageSize <= _end)
        {
            page = _next;
            _next += _pageSize;
        }
        else
        {
            page = default;
            return FailureCode.OutOfMemory;
        }

        Outstanding++;
        return FailureCode.None;
    }

    /// <inheritdoc/>
    public void Release(PhysicalAddress page)
    {
        *(ulong*)_memory.At(page) = _released.Value;
        _released = page;
        Outstanding--;
    }
}
