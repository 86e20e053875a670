using Ptewright.Addressing;

namespace Ptewright.Memory;

/// <summary>A range of physical memory with flags, byte-precise.</summary>
/// <remarks>Linux: <c>struct memblock_region</c>.</remarks>
public struct MemoryRegion
{
    /// <summary>Makes the region [<paramref name="start"/>, <paramref name="end"/>).</summary>
    public MemoryRegion(PhysicalAddress start, PhysicalAddress end, bool noMap)
    {
        Start = start;
        End = end;
        NoMap = noMap;
    }

    /// <summary>The first byte.</summary>
    public PhysicalAddress Start { get; set; }

    /// <summary>The first byte behind.</summary>
    public PhysicalAddress End { get; set; }

    /// <summary>Whether the linear map must leave it out. Linux: <c>MEMBLOCK_NOMAP</c>.</summary>
    public bool NoMap { get; set; }

    /// <summary>The length in bytes.</summary>
    public readonly ulong Size => End.Value - Start.Value;
}
