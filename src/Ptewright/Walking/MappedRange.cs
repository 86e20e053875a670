using Ptewright.Addressing;

namespace Ptewright.Walking;

/// <summary>Addresses behind one another that lead to memory behind one another, through leaves of one level with the same attributes.</summary>
/// <param name="Start">The first address.</param>
/// <param name="Size">How many bytes; 0 stands for 2^64.</param>
/// <param name="Physical">Where the first one leads.</param>
/// <param name="Level">The level of the leaves: 3 for pages.</param>
/// <param name="Attributes">What all of them have. Bits 58:55 and 63, which are software's, are those of the first.</param>
public readonly record struct MappedRange(VirtualAddress Start, ulong Size, PhysicalAddress Physical, int Level, LeafAttributes Attributes)
{
    /// <summary>The first address behind it; 0 stands for 2^64.</summary>
    public VirtualAddress End => Start + Size;

    /// <summary>Whether it is known where the first address leads: a kernel's own listing does not say it.</summary>
    public bool KnowsPhysical => Physical.Value >> 52 == 0;

    /// <summary>What stands for an address of memory that is not known: the virtual one, which in the kernel's half is none of 52 bits. It goes on as the range does.</summary>
    /// <param name="start">The first address of the range.</param>
    internal static PhysicalAddress UnknownPhysical(VirtualAddress start) => new(start.Value);

    /// <summary>The last address.</summary>
    public VirtualAddress Last => new(Start.Value + (Size - 1));
}
