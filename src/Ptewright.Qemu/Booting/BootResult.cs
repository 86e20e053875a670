using Ptewright.Cpu;
using Ptewright.LinearMap;

namespace Ptewright.Booting;

/// <summary>What one strategy did at EL1.</summary>
/// <param name="Strategy">The strategy.</param>
/// <param name="Counts">The operations that it executed.</param>
/// <param name="Digest">The digest over all table pages.</param>
/// <param name="TicksMin">Ticks of the generic timer, fastest creation.</param>
/// <param name="TicksMedian">The median of all creations.</param>
/// <param name="CyclesMin">CPU cycles, best creation; 0 where the CPU does not count them.</param>
/// <param name="InstructionsMin">Instructions retired, best creation, modulo 2^32; 0 where the CPU does not count them.</param>
/// <param name="Tables">Tables made, the root not counted.</param>
/// <param name="PagesVerified">Addresses that were translated by the CPU and compared with the plan.</param>
/// <param name="Passed">Whether everything that the image checks was as it must be.</param>
internal sealed record BootResult(
    BootStrategy Strategy,
    OperationCounts Counts,
    TableDigest Digest,
    ulong TicksMin,
    ulong TicksMedian,
    ulong CyclesMin,
    ulong InstructionsMin,
    ulong Tables,
    ulong PagesVerified,
    bool Passed)
{
    /// <summary>The digest of the identity map that the plan made, if it made one.</summary>
    public TableDigest IdentityDigest { get; init; }
}
