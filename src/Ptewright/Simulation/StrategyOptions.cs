using Ptewright.LinearMap;

namespace Ptewright.Simulation;

/// <summary>Where a new table is zeroed.</summary>
public enum Zeroing
{
    /// <summary>By the allocator, through the PTE slot.</summary>
    OnAllocation,

    /// <summary>By the walk, through the window in which it is then filled.</summary>
    OnPopulation,
}

/// <summary>How long a window stays open.</summary>
public enum WindowScope
{
    /// <summary>For one contiguous run of entries.</summary>
    Run,

    /// <summary>For one visit of the table.</summary>
    Visit,
}

/// <summary>When level-3 entries are synchronised (DSB ISHST and ISB).</summary>
public enum Synchronisation
{
    /// <summary>After each entry.</summary>
    EachEntry,

    /// <summary>Once, when the window closes.</summary>
    AtClose,
}

/// <summary>How a window is closed.</summary>
public enum Closing
{
    /// <summary>At once, one invalidation each.</summary>
    Immediate,

    /// <summary>Sixteen slots, one ranged flush.</summary>
    Lazy,
}

/// <summary>How a table is reached.</summary>
public enum Reach
{
    /// <summary>Through fixmap slots.</summary>
    Fixmap,

    /// <summary>Through memory that is already mapped.</summary>
    Direct,
}

/// <summary>One choice for each switch of the series' history.</summary>
/// <param name="Zeroing">Where a new table is zeroed.</param>
/// <param name="Window">How long a window stays open.</param>
/// <param name="Synchronisation">When level-3 entries are synchronised.</param>
/// <param name="Closing">How a window is closed.</param>
/// <param name="Reach">How a table is reached.</param>
public readonly record struct StrategyOptions(Zeroing Zeroing, WindowScope Window, Synchronisation Synchronisation, Closing Closing, Reach Reach)
{
    /// <summary>Every combination, sensible or not.</summary>
    public static IEnumerable<StrategyOptions> All =>
        from zeroing in Enum.GetValues<Zeroing>()
        from window in Enum.GetValues<WindowScope>()
        from synchronisation in Enum.GetValues<Synchronisation>()
        from closing in Enum.GetValues<Closing>()
        from reach in Enum.GetValues<Reach>()
        select new StrategyOptions(zeroing, window, synchronisation, closing, reach);

    /// <summary>The same as the engine takes them.</summary>
    internal StrategySwitches Switches =>
        (Zeroing == Zeroing.OnAllocation ? StrategySwitches.ZeroOnAllocation : StrategySwitches.None)
        | (Window == WindowScope.Run ? StrategySwitches.WindowPerRun : StrategySwitches.None)
        | (Synchronisation == Synchronisation.EachEntry ? StrategySwitches.SynchroniseEachEntry : StrategySwitches.None)
        | (Closing == Closing.Lazy ? StrategySwitches.CloseLazily : StrategySwitches.None)
        | (Reach == Reach.Direct ? StrategySwitches.ReachDirectly : StrategySwitches.None);

    /// <summary>The switches that the engine takes, one by one.</summary>
    /// <param name="switches">The switches.</param>
    internal static StrategyOptions Of(StrategySwitches switches) => new(
        switches.HasFlag(StrategySwitches.ZeroOnAllocation) ? Zeroing.OnAllocation : Zeroing.OnPopulation,
        switches.HasFlag(StrategySwitches.WindowPerRun) ? WindowScope.Run : WindowScope.Visit,
        switches.HasFlag(StrategySwitches.SynchroniseEachEntry) ? Synchronisation.EachEntry : Synchronisation.AtClose,
        switches.HasFlag(StrategySwitches.CloseLazily) ? Closing.Lazy : Closing.Immediate,
        switches.HasFlag(StrategySwitches.ReachDirectly) ? Reach.Direct : Reach.Fixmap);

    /// <summary>Why this combination makes no sense, or null when it does.</summary>
    public string? Objection => this switch
    {
        { Reach: Reach.Direct, Zeroing: Zeroing.OnAllocation } =>
            "zero=allocation means through the PTE slot, but reach=direct uses no slots: take zero=population",
        { Reach: Reach.Direct, Window: WindowScope.Run } =>
            "window=run reopens a slot for each contiguous run, but reach=direct uses no slots: take window=visit",
        { Reach: Reach.Direct, Closing: Closing.Lazy } =>
            "close=lazy puts off unmapping slots, but reach=direct uses no slots: take close=immediate",
        _ => null,
    };

    /// <summary>The switches as text, in the form that <see cref="StrategyPresets.TryParse"/> reads.</summary>
    public override string ToString() => string.Join(
        ':',
        Zeroing == Zeroing.OnAllocation ? "zero=allocation" : "zero=population",
        Window == WindowScope.Run ? "window=run" : "window=visit",
        Synchronisation == Synchronisation.EachEntry ? "sync=entry" : "sync=close",
        Closing == Closing.Immediate ? "close=immediate" : "close=lazy",
        Reach == Reach.Fixmap ? "reach=fixmap" : "reach=direct");
}
