using Ptewright.Addressing;
using Ptewright.Memory;
using Ptewright.Texts;

namespace Ptewright.Images;

/// <summary>A source whose memory lies in this process: files, pages that were loaded.</summary>
public abstract unsafe partial class SegmentedImage : MemoryImage
{
    private MemorySegment[] _segments = [];
    private Place[] _places = [];

    // Each once: parts of one file lie in one block.
    private NativeBlock[] _blocks = [];

    /// <inheritdoc/>
    public sealed override IReadOnlyList<MemorySegment> Segments => _segments;

    /// <inheritdoc/>
    public sealed override MemoryReader OpenReader()
    {
        Hold();
        return new MemoryReader(Window, LetGo);
    }

    /// <summary>Says where the memory lies, once.</summary>
    /// <param name="parts">The parts in any order; empty ones are left out.</param>
    /// <exception cref="InvalidInputException">Two of them overlap, or one reaches beyond 64 bits of address.</exception>
    private protected void SetSegments(IEnumerable<(MemorySegment Segment, Place Place)> parts)
    {
        (MemorySegment Segment, Place Place)[] sorted = [.. parts.Where(part => part.Segment.Size > 0).OrderBy(part => part.Segment.Start.Value)];
        for (int i = 0; i < sorted.Length; i++)
        {
            (MemorySegment segment, Place place) = sorted[i];
            ArgumentOutOfRangeException.ThrowIfGreaterThan(place.Offset, place.Block.Length, nameof(parts));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(segment.Size, place.Block.Length - place.Offset, nameof(parts));
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
        _places = [.. sorted.Select(part => part.Place)];
        _blocks = [.. _places.Select(place => place.Block).Distinct()];
    }

    /// <summary>Why memory is not there.</summary>
    /// <param name="address">A byte that lies in no segment.</param>
    private protected virtual MemoryPresence WhyNot(PhysicalAddress address) => MemoryPresence.Missing;

    // All of the segment, or of the file what is in memory already: neither costs anything.
    private MemoryWindow Window(PhysicalAddress address, int bytes)
    {
        int index = Find(address);
        ulong offset = index < 0 ? 0 : address.Value - _segments[index].Start.Value;
        if (index < 0 || (ulong)bytes > _segments[index].Size - offset)
        {
            return MemoryWindow.Without(WhyNot(index < 0 ? address : _segments[index].End));
        }

        // The part lies in its block: SetSegments looked.
        ref readonly Place place = ref _places[index];
        ulong at = place.Offset + offset;
        (ulong from, ulong to) = place.File?.Around(at, (ulong)bytes) ?? (0, ulong.MaxValue);
        from = Math.Max(from, place.Offset);
        to = Math.Min(to, place.Offset + _segments[index].Size);
        return new MemoryWindow(address - (at - from), to - from, place.Block.Pointer + from);
    }

    private void Hold()
    {
        int held = 0;
        try
        {
            for (; held < _blocks.Length; held++)
            {
                bool done = false;
                _blocks[held].DangerousAddRef(ref done);
            }

            ObjectDisposedException.ThrowIf(IsDisposed, this);
        }
        catch (ObjectDisposedException)
        {
            while (held > 0)
            {
                _blocks[--held].DangerousRelease();
            }

            throw;
        }
    }

    private void LetGo()
    {
        foreach (NativeBlock block in _blocks)
        {
            block.DangerousRelease();
        }
    }

    private int Find(PhysicalAddress address)
    {
        int found = MemorySegment.IndexOf(_segments, address);

        // A source that is gone is not one without memory.
        ObjectDisposedException.ThrowIf(found < 0 && IsDisposed, this);
        return found;
    }

    /// <summary>Where the memory of a segment lies in this process.</summary>
    /// <param name="Block">In what.</param>
    /// <param name="Offset">From which byte of it on.</param>
    /// <param name="File">The file whose bytes they are, which are read when they are needed; null where they are there.</param>
    private protected readonly record struct Place(NativeBlock Block, ulong Offset, FileMemory? File = null);
}
