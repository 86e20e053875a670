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
        int index = Find(address);
        if (index < 0)
        {
            return null;
        }

        ulong offset = address.Value - _segments[index].Start.Value;
        return bytes <= _segments[index].Size - offset ? (byte*)_pointers[index] + offset : null;
    }

    /// <inheritdoc/>
    internal sealed override MemoryWindow WindowAt(PhysicalAddress address)
    {
        // From the entry on, not from the segment's start: that need not be a multiple of 8.
        int index = Find(address);
        ulong offset = index < 0 ? 0 : address.Value - _segments[index].Start.Value;
        ulong back = offset & ~7UL;
        return index < 0
            ? default
            : new MemoryWindow(address.Value - back, (_segments[index].Size - (offset & 7)) / sizeof(ulong), (ulong*)((byte*)_pointers[index] + (offset & 7)));
    }

    private int Find(PhysicalAddress address)
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
                return middle;
            }
        }

        return -1;
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
