using Ptewright.Addressing;

namespace Ptewright.Memory;

/// <summary>An allocator that takes pages of translation tables back.</summary>
internal interface IReleasingAllocator : ITableAllocator
{
    /// <summary>Gives back a page that nothing points to any more and that no walker can still be reading. Linux: <c>free_hotplug_pgtable_page</c>.</summary>
    /// <param name="page">A page that this allocator gave.</param>
    void Release(PhysicalAddress page);
}
