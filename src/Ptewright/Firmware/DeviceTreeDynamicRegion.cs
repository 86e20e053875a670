using Ptewright.Addressing;
using Ptewright.DeviceTree;

namespace Ptewright.Firmware;

/// <summary>A node of <c>/reserved-memory</c> that gives only a size: the kernel places it (<see cref="ReservedMemory"/>).</summary>
/// <param name="Name">The name of the node.</param>
/// <param name="Size">The length in bytes, not 0; as it is written.</param>
/// <param name="Alignment">The alignment in bytes, as it is written; 0 when the node asks for none.</param>
/// <param name="Traits">What it says about its use.</param>
/// <param name="Ranges">Where it may lie, in the order in which that is tried; null: anywhere. Ends may wrap.</param>
internal sealed record DeviceTreeDynamicRegion(
    string Name, ulong Size, ulong Alignment, ReservedNodeTraits Traits = ReservedNodeTraits.None, IReadOnlyList<DeviceTreeAllocRange>? Ranges = null)
{
    /// <summary>Whether it must not be mapped.</summary>
    public bool NoMap => Traits.HasFlag(ReservedNodeTraits.NoMap);
}

/// <summary>A range in which a kernel may place a region (<c>alloc-ranges</c>).</summary>
/// <param name="Start">The first byte.</param>
/// <param name="Size">The length in bytes; the end may wrap at 2^64.</param>
internal readonly record struct DeviceTreeAllocRange(PhysicalAddress Start, ulong Size);
