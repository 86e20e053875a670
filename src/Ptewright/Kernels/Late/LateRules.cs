using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Simulation;

namespace Ptewright.Kernels.Late;

/// <summary>What a kernel decides about changes of its linear map once it runs.</summary>
internal static class LateRules
{
    /// <summary>Its decisions. Linux: <c>arch_add_memory</c>, <c>unmap_hotplug_range</c>, <c>flush_tlb_kernel_range</c>.</summary>
    /// <param name="profile">The kernel.</param>
    /// <param name="machine">What it runs on.</param>
    /// <param name="strategy">How it builds tables, if not in its own way.</param>
    public static LateOptions LateOptions(this KernelProfile profile, KernelMachine machine, StrategyOptions? strategy = null)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(machine);
        return new LateOptions(
            strategy ?? profile.Strategy.Options,
            profile.DecideBlocks(machine).Flags,
            RootThroughSlot: true,
            profile.Facts.RemovalFlush,
            machine.Cpu.HasRangeInvalidation ? profile.Facts.RangeFlushWithRanges : profile.Facts.RangeFlush)
        {
            Change = profile.Facts.MapMemOrder == MapMemOrder.ImageFirst ? MapFlags.KeepSmaller : MapFlags.None,
        };
    }
}
