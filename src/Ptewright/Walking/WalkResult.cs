using Ptewright.Addressing;

namespace Ptewright.Walking;

/// <summary>Where a walk ended.</summary>
/// <param name="Physical">Where the address leads; with a fault, 0.</param>
/// <param name="Fault">Why it leads nowhere.</param>
/// <param name="Level">The level at which the walk ended; at the root's when the address belongs to neither half.</param>
/// <param name="Attributes">The leaf's attributes, if there is one.</param>
/// <param name="Size">What the leaf maps, in bytes; 0 without one.</param>
public readonly record struct WalkResult(PhysicalAddress Physical, WalkFault Fault, int Level, LeafAttributes Attributes, ulong Size)
{
    /// <summary>Whether the address is translated.</summary>
    public bool IsMapped => Fault == WalkFault.None;
}
