using Ptewright.Cpu;
using Ptewright.LinearMap;

namespace Ptewright.Simulation;

/// <summary>What one late change did.</summary>
/// <param name="Counts">The maintenance operations executed.</param>
/// <param name="Statistics">Tables made, visits, entries written.</param>
/// <param name="Removed">Leaves cleared and tables freed.</param>
/// <param name="Outstanding">Pages that the late allocator has given for tables and not got back, after the change.</param>
public sealed record LateResult(OperationCounts Counts, TableStatistics Statistics, TableStatistics Removed, ulong Outstanding);
