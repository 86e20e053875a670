using Ptewright.Addressing;

namespace Ptewright.Memory;

/// <summary>Runs a page-table constructor on every page that the core of memory management may later lock: levels 3 and 2.</summary>
/// <typeparam name="TInner">Where the pages come from.</typeparam>
/// <remarks>Linux: <c>pgd_pgtable_alloc</c>, used for other address spaces than the kernel's own (the EFI runtime one). The constructor allocates a lock and can fail:
/// here after <c>constructors</c> successes.</remarks>
internal struct ConstructedPageAllocator<TInner> : ITableAllocator
    where TInner : struct, ITableAllocator
{
    private TInner _inner;
    private ulong _left;

    /// <summary>Takes pages from <paramref name="inner"/>.</summary>
    /// <param name="inner">Where the pages come from.</param>
    /// <param name="constructors">How many constructors succeed before one fails.</param>
    public ConstructedPageAllocator(TInner inner, ulong constructors)
    {
        _inner = inner;
        _left = constructors;
        Constructed = 0;
    }

    /// <inheritdoc/>
    public static bool IsLate => TInner.IsLate;

    /// <summary>How many pages were constructed.</summary>
    public ulong Constructed { get; private set; }

    /// <inheritdoc/>
    public FailureCode Allocate(int level, out PhysicalAddress page)
    {
        FailureCode code = _inner.Allocate(level, out page);
        if (code != FailureCode.None || level < 2)
        {
            return code;
        }

        if (_left == 0)
        {
            return FailureCode.ConstructorFailed;
        }

        _left--;
        Constructed++;
        return FailureCode.None;
    }
}
