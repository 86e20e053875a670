using Ptewright.Addressing;
using Ptewright.Simulation;

namespace Ptewright.Kernels.Late;

/// <summary>One change that a running kernel made to its linear map.</summary>
/// <param name="Function">The kernel function that makes it: <c>arch_add_memory</c>.</param>
/// <param name="Start">The first address that it changed.</param>
/// <param name="Size">How many bytes.</param>
/// <param name="Result">What that took.</param>
public readonly record struct LateChange(string Function, VirtualAddress Start, ulong Size, LateResult Result);
