namespace Ptewright.LinearMap;

/// <summary>The switches of a strategy that the walk itself makes; how tables are reached is a switch of its own (<see cref="Access.ITableAccess"/>).</summary>
/// <remarks>Each is a constant of a type, so that every combination compiles to its own straight code.</remarks>
internal interface IStrategy
{
    /// <summary>A table is zeroed on allocation (early pages: through the PTE slot), not on population through its own slot.</summary>
    static abstract bool ZeroOnAllocation { get; }

    /// <summary>A window is opened for each contiguous run of a table, not once for a visit of the table.</summary>
    static abstract bool WindowPerRun { get; }

    /// <summary>Each level-3 entry is followed by DSB ISHST and ISB, not all of them once when the window closes.</summary>
    static abstract bool SynchroniseEachEntry { get; }
}

/// <summary>A yes or no as a type argument.</summary>
internal interface ISwitch
{
    /// <summary>The value.</summary>
    static abstract bool On { get; }
}

/// <summary>Yes.</summary>
internal readonly struct Yes : ISwitch
{
    /// <inheritdoc/>
    public static bool On => true;
}

/// <summary>No.</summary>
internal readonly struct No : ISwitch
{
    /// <inheritdoc/>
    public static bool On => false;
}

/// <summary>A strategy put together from its switches.</summary>
/// <typeparam name="TZeroOnAllocation"><see cref="IStrategy.ZeroOnAllocation"/>.</typeparam>
/// <typeparam name="TWindowPerRun"><see cref="IStrategy.WindowPerRun"/>.</typeparam>
/// <typeparam name="TSynchroniseEachEntry"><see cref="IStrategy.SynchroniseEachEntry"/>.</typeparam>
internal readonly struct Strategy<TZeroOnAllocation, TWindowPerRun, TSynchroniseEachEntry> : IStrategy
    where TZeroOnAllocation : struct, ISwitch
    where TWindowPerRun : struct, ISwitch
    where TSynchroniseEachEntry : struct, ISwitch
{
    /// <inheritdoc/>
    public static bool ZeroOnAllocation => TZeroOnAllocation.On;

    /// <inheritdoc/>
    public static bool WindowPerRun => TWindowPerRun.On;

    /// <inheritdoc/>
    public static bool SynchroniseEachEntry => TSynchroniseEachEntry.On;
}
