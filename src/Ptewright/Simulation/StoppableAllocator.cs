using Ptewright.Addressing;
using Ptewright.Memory;

namespace Ptewright.Simulation;

/// <summary>The early allocator of a build that may be told to end: then it gives no more pages.</summary>
/// <param name="inner">Where pages come from.</param>
/// <param name="stop">Ends the build.</param>
internal struct StoppableAllocator(EarlyPageAllocator inner, CancellationToken stop) : ITableAllocator
{
    private EarlyPageAllocator _inner = inner;

    /// <inheritdoc/>
    public static bool IsLate => EarlyPageAllocator.IsLate;

    /// <inheritdoc/>
    public FailureCode Allocate(int level, out PhysicalAddress page)
    {
        if (stop.IsCancellationRequested)
        {
            page = default;
            return FailureCode.Stopped;
        }

        return _inner.Allocate(level, out page);
    }
}
