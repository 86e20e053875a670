using Ptewright.LinearMap;

namespace Ptewright.Booting;

/// <summary>The named strategies, as the boot image knows them, in the order of their history.</summary>
internal enum BootStrategy
{
    /// <summary><c>baseline</c>: before the series.</summary>
    Baseline,

    /// <summary><c>map-once</c>: patch 1.</summary>
    MapOnce,

    /// <summary><c>batch-barriers</c>: patch 2, the seed's "before".</summary>
    BatchBarriers,

    /// <summary><c>single-map</c>: patch 3, the seed's "after".</summary>
    SingleMap,

    /// <summary><c>lazy-unmap</c>: posted, never merged.</summary>
    LazyUnmap,

    /// <summary><c>premapped</c>: no fixmap at all.</summary>
    Premapped,
}

/// <summary>The names of the strategies.</summary>
internal static class BootStrategies
{
    /// <summary>How many there are.</summary>
    public const int Count = (int)BootStrategy.Premapped + 1;

    /// <summary>The name used everywhere: command line, JSON, boot arguments.</summary>
    public static string Name(BootStrategy strategy) => strategy switch
    {
        BootStrategy.Baseline => "baseline",
        BootStrategy.MapOnce => "map-once",
        BootStrategy.BatchBarriers => "batch-barriers",
        BootStrategy.SingleMap => "single-map",
        BootStrategy.LazyUnmap => "lazy-unmap",
        _ => "premapped",
    };

    /// <summary>The switches of a strategy.</summary>
    public static StrategySwitches Switches(BootStrategy strategy) => strategy switch
    {
        BootStrategy.Baseline => NamedStrategies.Baseline,
        BootStrategy.MapOnce => NamedStrategies.MapOnce,
        BootStrategy.BatchBarriers => NamedStrategies.BatchBarriers,
        BootStrategy.SingleMap => NamedStrategies.SingleMap,
        BootStrategy.LazyUnmap => NamedStrategies.LazyUnmap,
        _ => NamedStrategies.Premapped,
    };
}
