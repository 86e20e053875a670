using Ptewright.Cpu;
using Ptewright.LinearMap;

namespace Ptewright.Simulation;

/// <summary>What a kernel decides about late changes of its linear map.</summary>
/// <param name="Strategy">When tables are zeroed, how long windows stay open, how they are closed; its reach is that of boot time and not
/// used here.</param>
/// <param name="Flags">What hot-added memory is mapped with besides NoExec: pages only where the kernel can change single pages
/// (<c>can_set_direct_map</c>).</param>
/// <param name="RootThroughSlot">Whether the root is read-only by now, so that its entries are written through the PGD slot (6.1: always; 6.12: after
/// <c>mark_rodata_ro</c>).</param>
/// <param name="Flush">When the translations of removed leaves are invalidated.</param>
/// <param name="RangeFlush">How the translations of several pages are forgotten.</param>
public readonly record struct LateOptions(
    StrategyOptions Strategy,
    MapFlags Flags,
    bool RootThroughSlot = true,
    RemovalFlush Flush = RemovalFlush.WholeRange,
    RangeFlush RangeFlush = RangeFlush.Pages)
{
    /// <summary>What changes of protection heed: from Linux 7.2 on what is mapped in smaller pieces stays so.</summary>
    internal MapFlags Change { get; init; }
}
