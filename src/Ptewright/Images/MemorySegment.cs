using Ptewright.Addressing;

namespace Ptewright.Images;

/// <summary>A range of physical memory that a source has.</summary>
/// <param name="Start">Its first byte.</param>
/// <param name="Size">Its length in bytes.</param>
public readonly record struct MemorySegment(PhysicalAddress Start, ulong Size)
{
    /// <summary>The first byte behind it.</summary>
    public PhysicalAddress End => Start + Size;

    /// <summary>The number of the segment that has a byte; negative where none has.</summary>
    /// <param name="segments">The segments, ascending, without overlaps.</param>
    /// <param name="address">The byte's address.</param>
    internal static int IndexOf(MemorySegment[] segments, PhysicalAddress address)
    {
        int low = 0;
        int high = segments.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            ulong offset = address.Value - segments[middle].Start.Value;
            if (address.Value < segments[middle].Start.Value)
            {
                high = middle - 1;
            }
            else if (offset >= segments[middle].Size)
            {
                low = middle + 1;
            }
            else
            {
                return middle;
            }
        }

        return -1;
    }
}
