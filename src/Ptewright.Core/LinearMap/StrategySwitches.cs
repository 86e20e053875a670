using System;

namespace Ptewright.LinearMap;

/// <summary>The switches of a strategy as data; none is set in what Linux does since the series: <c>single-map</c>.</summary>
[Flags]
internal enum StrategySwitches
{
    /// <summary>Zeroed and filled through the window of one visit, synchronised and invalidated when it closes.</summary>
    None = 0,

    /// <summary>A table is zeroed by the allocator, through the PTE slot.</summary>
    ZeroOnAllocation = 1,

    /// <summary>A window is opened for each contiguous run of a table.</summary>
    WindowPerRun = 2,

    /// <summary>Each level-3 entry is followed by barriers of its own.</summary>
    SynchroniseEachEntry = 4,

    /// <summary>Slots are invalidated sixteen at a time.</summary>
    CloseLazily = 8,

    /// <summary>Tables are reached through memory that is already mapped.</summary>
    ReachDirectly = 16,
}
