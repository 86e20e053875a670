using Ptewright.Addressing;

namespace Ptewright.Kernels.AddressSpace;

/// <summary>A named boundary of the kernel's half of the address space, printed as a line of its own.</summary>
/// <param name="Address">The first byte behind the boundary.</param>
/// <param name="Name">What is printed between the brackets.</param>
/// <remarks>Linux: <c>struct addr_marker</c>.</remarks>
internal readonly record struct PtdumpMarker(VirtualAddress Address, string Name);
