using System.Runtime.CompilerServices;

namespace Ptewright.LinearMap;

/// <summary>The switches of the strategies that have names, in the order of their history.</summary>
internal static class NamedStrategies
{
    /// <summary><c>baseline</c>: before the series (v6.9).</summary>
    public const StrategySwitches Baseline = StrategySwitches.ZeroOnAllocation | StrategySwitches.WindowPerRun | StrategySwitches.SynchroniseEachEntry;

    /// <summary><c>map-once</c>: patch 1, 5c63db59c5f8, a table is mapped once a visit.</summary>
    public const StrategySwitches MapOnce = Baseline & ~StrategySwitches.WindowPerRun;

    /// <summary><c>batch-barriers</c>: patch 2, 1fcb7cea8a5f, one set of barriers for all entries of a visit.</summary>
    public const StrategySwitches BatchBarriers = MapOnce & ~StrategySwitches.SynchroniseEachEntry;

    /// <summary><c>single-map</c>: patch 3, 0e9df1c905d8, the seed, a table is zeroed through the window in which it is filled.</summary>
    public const StrategySwitches SingleMap = BatchBarriers & ~StrategySwitches.ZeroOnAllocation;

    /// <summary><c>lazy-unmap</c>: posted with the second version, never merged.</summary>
    public const StrategySwitches LazyUnmap = SingleMap | StrategySwitches.CloseLazily;

    /// <summary><c>premapped</c>: ours, no fixmap at all.</summary>
    public const StrategySwitches Premapped = SingleMap | StrategySwitches.ReachDirectly;

    /// <summary>Whether these are the switches of one of them.</summary>
    /// <param name="switches">The switches; where they are constants, so is the answer.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Include(StrategySwitches switches) =>
        switches == Baseline || switches == MapOnce || switches == BatchBarriers || switches == SingleMap || switches == LazyUnmap || switches == Premapped;
}
