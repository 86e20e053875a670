using Ptewright.Booting;

namespace Ptewright.Simulation;

/// <summary>A strategy with a name.</summary>
/// <param name="Name">The name used everywhere.</param>
/// <param name="Options">Its switches.</param>
/// <param name="Summary">What it is, in one line.</param>
public sealed record StrategyPreset(string Name, StrategyOptions Options, string Summary)
{
    /// <summary>The strategy that it was derived from; null for the first, and for one that somebody put together.</summary>
    public StrategyPreset? Before { get; init; }

    /// <summary>Whether published times of it determine a machine's constants, so that nothing about it is predicted.</summary>
    public bool IsCalibration { get; init; }

    /// <summary>What the boot image calls it; null when it does not have it.</summary>
    internal BootStrategy? AtEl1 { get; init; }

    /// <summary>Whether it is older than another in the same history.</summary>
    public bool Precedes(StrategyPreset other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return other.Before is { } before && (before == this || Precedes(before));
    }
}

/// <summary>The named strategies, in the order of their history.</summary>
public static class StrategyPresets
{
    /// <summary>Before the series (v6.9): zeroed through the PTE slot, remapped for each contiguous run, barriers after each entry.</summary>
    public static StrategyPreset Baseline { get; } = Of(BootStrategy.Baseline, null, "before the series", isCalibration: true);

    /// <summary>Patch 1, 5c63db59c5f8: a table is mapped once a visit.</summary>
    public static StrategyPreset MapOnce { get; } = Of(BootStrategy.MapOnce, Baseline, "patch 1: don't remap pgtables per cont(pmd|pte) block", isCalibration: true);

    /// <summary>Patch 2, 1fcb7cea8a5f, the seed's "before": one set of barriers for all entries of a visit.</summary>
    public static StrategyPreset BatchBarriers { get; } =
        Of(BootStrategy.BatchBarriers, MapOnce, "patch 2: batch dsb and isb when populating pgtables (the seed's \"before\")", isCalibration: true);

    /// <summary>Patch 3, 0e9df1c905d8, the seed: a table is zeroed through the window in which it is filled.</summary>
    public static StrategyPreset SingleMap { get; } =
        Of(BootStrategy.SingleMap, BatchBarriers, "patch 3: don't remap pgtables for allocate vs populate (the seed's \"after\")");

    /// <summary>Posted with the second version, never merged: sixteen PTE slots, one ranged flush.</summary>
    public static StrategyPreset LazyUnmap { get; } = Of(BootStrategy.LazyUnmap, SingleMap, "posted in v2, never merged: lazily unmap, sixteen slots, one ranged flush");

    /// <summary>Ours: all memory is first mapped by a few block entries in a temporary table, then every table is reached directly.</summary>
    public static StrategyPreset Premapped { get; } = Of(BootStrategy.Premapped, SingleMap, "no fixmap: all memory mapped first by block entries of a temporary table");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<StrategyPreset> All { get; } = [Baseline, MapOnce, BatchBarriers, SingleMap, LazyUnmap, Premapped];

    /// <summary>Reads a strategy: a preset's name, or switches joined by colons, each changing <see cref="SingleMap"/>.</summary>
    /// <param name="text">For example <c>single-map</c>, or <c>sync=entry:close=lazy</c>, or <c>baseline:window=visit</c>.</param>
    /// <param name="preset">The strategy; a made-up one is named by its text.</param>
    /// <param name="objection">What is wrong with the text, when it is.</param>
    public static bool TryParse(string text, out StrategyPreset? preset, out string? objection)
    {
        preset = null;
        string[] parts = text.Split(':', StringSplitOptions.TrimEntries);
        StrategyPreset? named = All.FirstOrDefault(candidate => candidate.Name == parts[0]);
        StrategyOptions options = (named ?? SingleMap).Options;
        foreach (string part in named is null ? parts : parts[1..])
        {
            StrategyOptions? changed = part switch
            {
                "zero=allocation" => options with { Zeroing = Zeroing.OnAllocation },
                "zero=population" => options with { Zeroing = Zeroing.OnPopulation },
                "window=run" => options with { Window = WindowScope.Run },
                "window=visit" => options with { Window = WindowScope.Visit },
                "sync=entry" => options with { Synchronisation = Synchronisation.EachEntry },
                "sync=close" => options with { Synchronisation = Synchronisation.AtClose },
                "close=immediate" => options with { Closing = Closing.Immediate },
                "close=lazy" => options with { Closing = Closing.Lazy },
                "reach=fixmap" => options with { Reach = Reach.Fixmap },
                "reach=direct" => options with { Reach = Reach.Direct },
                _ => null,
            };
            if (changed is null)
            {
                objection = $"strategy '{text}': '{part}' is neither one of {string.Join(", ", All.Select(known => known.Name))} nor a switch "
                    + "(zero=allocation|population, window=run|visit, sync=entry|close, close=immediate|lazy, reach=fixmap|direct)";
                return false;
            }

            options = changed.Value;
        }

        objection = options.Objection is { } reason ? $"strategy '{text}' makes no sense: {reason}" : null;
        preset = named is not null && parts.Length == 1 ? named : new StrategyPreset(text, options, options.ToString());
        return objection is null;
    }

    // Name and switches are those that the boot image has too.
    private static StrategyPreset Of(BootStrategy strategy, StrategyPreset? before, string summary, bool isCalibration = false) =>
        new(BootStrategies.Name(strategy), StrategyOptions.Of(BootStrategies.Switches(strategy)), summary) { AtEl1 = strategy, Before = before, IsCalibration = isCalibration };
}
