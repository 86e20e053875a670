using Ptewright.Addressing;

namespace Ptewright.Memory;

/// <summary>Pages of a fixed reserve, in ascending order: the tables inside the kernel image, and the temporary tables of <c>premapped</c>.</summary>
internal struct ReservePageAllocator : ITableAllocator
{
    private readonly ulong _pageSize;
    private readonly PhysicalAddress _end;
    private PhysicalAddress _next;

    /// <summary>Hands out the pages of [<paramref name="start"/>, <paramref name="end"/>).</summary>
    public ReservePageAllocator(PhysicalAddress start, PhysicalAddress end, ulong pageSize)
    {
        _pageSize = pageSize;
        _next = start;
        _end = end;
    }

    /// <inheritdoc/>
    public static bool IsLate => true;

    /// <inheritdoc/>
    public FailureCode Allocate(int level, out PhysicalAddress page)
    {
        page = _next;
        if (_next + _pageSize > _end)
        {
            return FailureCode.OutOfMemory;
        }

        _next += _pageSize;
        return FailureCode.None;
    }
}
