using Ptewright.Addressing;
using Ptewright.Files;

namespace Ptewright.Images;

/// <summary>A source whose memory lies in this process: mapped files, pages that were loaded.</summary>
public abstract unsafe class SegmentedImage : MemoryImage
{
    private MemorySegment[] _segments = [];
    private nint[] _pointers = [];

    /// <inheritdoc/>
    public sealed override IReadOnlyList<MemorySegment> Segments => _segments;

    /// <inheritdoc/>
    public sealed override byte* Map(PhysicalAddress address, ulong bytes)
    {
        MemorySegment[] segments = _segments;
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
                return bytes <= segments[middle].Size - offset ? (byte*)_pointers[middle] + offset : null;
            }
        }

        return null;
    }

    /// <summary>Says where the memory lies, once.</summary>
    /// <param name="parts">The parts in any order; empty ones are left out.</param>
    /// <exception cref="InvalidInputException">Two of them overlap, or one reaches beyond 64 bits of address.</exception>
    private protected void SetSegments(IEnumerable<(MemorySegment Segment, nint Pointer)> parts)
    {
        (MemorySegment Segment, nint Pointer)[] sorted = [.. parts.Where(part => part.Segment.Size > 0).OrderBy(part => part.Segment.Start.Value)];
        for (int i = 0; i < sorted.Length; i++)
        {
            MemorySegment segment = sorted[i].Segment;
            if (segment.Size - 1 > ulong.MaxValue - segment.Start.Value)
            {
                throw TextFile.Error(Name, $"its memory from {segment.Start} on reaches beyond 64 bits of address");
            }

            if (i > 0 && segment.Start.Value - sorted[i - 1].Segment.Start.Value < sorted[i - 1].Segment.Size)
            {
                throw TextFile.Error(Name, $"its memory from {segment.Start} on is there twice");
            }
        }

        _segments = [.. sorted.Select(part => part.Segment)];
        _pointers = [.. sorted.Select(part => part.Pointer)];
    }
}
