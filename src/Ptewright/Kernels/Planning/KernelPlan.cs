using Ptewright.Firmware;
using Ptewright.Kernels.Versions;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Kernels.Planning;

/// <summary>What one kernel does on one machine.</summary>
/// <param name="Profile">The kernel.</param>
/// <param name="Plan">The tables that it makes, step by step.</param>
/// <param name="Strategy">The strategy that it uses.</param>
/// <param name="Remarks">What was assumed or left out, one sentence each.</param>
public sealed record KernelPlan(
    KernelProfile Profile,
    LinearMapPlan Plan,
    StrategyPreset Strategy,
    IReadOnlyList<string> Remarks)
{
    /// <summary>Whether banks of memory may have blocks, and why.</summary>
    internal BlockDecision Blocks { get; init; } = new(true, []);

    /// <summary>KFENCE's pool, where it is taken before the linear map is made; no bytes where it is not.</summary>
    internal MemoryRegion KfencePool { get; init; }

    /// <summary>The reserved regions that it had to place, and where they are.</summary>
    internal IReadOnlyList<PlacedRegion> PlacedRegions { get; init; } = [];

    /// <summary>How many of its fixmap slots are permanent. Linux: <c>__end_of_permanent_fixed_addresses</c>.</summary>
    internal int PermanentSlots => Plan.Fixmap.PteIndex - Profile.Facts.Regions.Fixmap.BootIoremapPages(Geometry);

    /// <summary>The shape of its tables.</summary>
    public TableGeometry Geometry => Plan.Settings.Geometry;

    /// <summary>The memory after the kernel cut off what it cannot use.</summary>
    public MemoryLayout Memory => Plan.Memory;
}
