using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;

namespace Ptewright.Simulation;

/// <summary>What one build did and made.</summary>
/// <param name="Counts">The maintenance operations executed.</param>
/// <param name="Statistics">Tables, visits, entries.</param>
/// <param name="TemporaryTables">Tables of the temporary map (<c>premapped</c>), its root included; not part of <paramref name="Statistics"/>.</param>
/// <param name="Root">Where the root lies.</param>
/// <param name="Elapsed">How long the walk took on this machine: preparing the memory and the digest are not in it.</param>
/// <param name="AllocatedBytes">Managed bytes that the walk allocated; none, once its code is compiled and its memory touched.</param>
public sealed record BuildResult(
    OperationCounts Counts,
    TableStatistics Statistics,
    ulong TemporaryTables,
    PhysicalAddress Root,
    TimeSpan Elapsed,
    long AllocatedBytes);
