using Ptewright.Addressing;
using Ptewright.Memory;

namespace Ptewright.Images;

/// <content>Reading all of it once.</content>
public abstract unsafe partial class SegmentedImage
{
    /// <inheritdoc/>
    internal sealed override MemoryReader OpenSweep()
    {
        Hold();
#pragma warning disable CA2000 // The reader's, which disposes of it.
        NativeBlock room = NativeBlock.Take(MemoryReader.WindowsKept * (ulong)MemoryReader.MostBytes);
#pragma warning restore CA2000
        int next = 0;
        return new MemoryReader(
            (address, bytes) =>
            {
                int index = Find(address);
                ulong offset = index < 0 ? 0 : address.Value - _segments[index].Start.Value;
                if (index < 0 || (ulong)bytes > _segments[index].Size - offset)
                {
                    return default;
                }

                ref readonly Place place = ref _places[index];
                if (place.File is null)
                {
                    return new MemoryWindow(address, _segments[index].Size - offset, place.Block.Pointer + place.Offset + offset);
                }

                // One of as many rooms as windows must be good at once.
                ulong at = (ulong)next * MemoryReader.MostBytes;
                next = (next + 1) % MemoryReader.WindowsKept;
                place.File.ReadThrough(place.Offset + offset, room.Span(at, bytes));
                return new MemoryWindow(address, (ulong)bytes, room.Pointer + at);
            },
            () =>
            {
                room.Dispose();
                LetGo();
            });
    }

    /// <inheritdoc/>
    internal sealed override PhysicalAddress NextWritten(PhysicalAddress address)
    {
        int index = Find(address);
        if (index < 0 || _places[index].File is not { } file)
        {
            return address;
        }

        MemorySegment segment = _segments[index];
        ulong place = _places[index].Offset;
        ulong at = place + (address.Value - segment.Start.Value);
        return segment.Start + (Math.Min(file.NextWritten(at), place + segment.Size) - place);
    }
}
