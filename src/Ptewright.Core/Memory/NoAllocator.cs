using Ptewright.Addressing;

namespace Ptewright.Memory;

/// <summary>No pages at all: for changes that must find every table in place.</summary>
/// <remarks>Linux: the NULL allocator of <c>create_mapping_noalloc</c> and <c>update_mapping_prot</c>.</remarks>
internal readonly struct NoAllocator : ITableAllocator
{
    /// <inheritdoc/>
    public static bool IsLate => true;

    /// <inheritdoc/>
    public FailureCode Allocate(int level, out PhysicalAddress page)
    {
        page = default;
        return FailureCode.NoAllocator;
    }
}
