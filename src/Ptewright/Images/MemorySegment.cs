using Ptewright.Addressing;

namespace Ptewright.Images;

/// <summary>A range of physical memory that a source has.</summary>
/// <param name="Start">Its first byte.</param>
/// <param name="Size">Its length in bytes.</param>
public readonly record struct MemorySegment(PhysicalAddress Start, ulong Size)
{
    /// <summary>The first byte behind it.</summary>
    public PhysicalAddress End => Start + Size;
}
