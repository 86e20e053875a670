using Ptewright.Addressing;

namespace Ptewright.Memory;

/// <summary>Gives pages for translation tables. Their contents are whatever was there before: zeroing is the builder's work.</summary>
internal interface ITableAllocator
{
    /// <summary>Whether the pages come from the page allocator of the running kernel, so that they are already mapped by the linear map.</summary>
    /// <remarks>Decides where a strategy that zeroes on allocation does it: early pages through the PTE slot, late ones directly.</remarks>
    static abstract bool IsLate { get; }

    /// <summary>Takes a page for a table of <paramref name="level"/>.</summary>
    /// <param name="level">The level of the table, 0 to 3.</param>
    /// <param name="page">The page, dirty.</param>
    /// <returns><see cref="FailureCode.None"/>, or why there is no page.</returns>
    FailureCode Allocate(int level, out PhysicalAddress page);
}
