using Ptewright.Addressing;

namespace Ptewright.Images;

/// <summary>Memory of an AVML file as one reader has unpacked it: the last pieces of 64 KiB that it asked for.</summary>
internal sealed unsafe class AvmlPieces(FileMemory file, AvmlIndex index, Func<bool> isGone) : IDisposable
{
    private const int PieceSize = FrameCache.FrameSize;

    // Where a piece is not all there, so finely is known which part is: a bit each.
    private const int GrainShift = 10;

    private readonly FrameCache _cache = new();
    private readonly ulong[] _lost = new ulong[FrameCache.Frames];
    private readonly byte[] _packed = new byte[SnappyChunk.MaxPacked];
    private readonly byte[] _unpacked = new byte[SnappyChunk.MaxSize];

    /// <summary>A window on memory, as a reader asks for it.</summary>
    public MemoryWindow Window(PhysicalAddress address, int bytes)
    {
        int found = MemorySegment.IndexOf(index.Segments, address);
        if (found < 0)
        {
            // A source that is gone is not one without memory.
            ObjectDisposedException.ThrowIf(isGone(), file);
            return MemoryWindow.Without(index.Gaps.WhyNot(address));
        }

        // The part of the segment in the piece, and of that what is not damaged.
        MemorySegment segment = index.Segments[found];
        ulong piece = address.Value / PieceSize;
        ulong start = piece * PieceSize;
        int first = (int)(address.Value - start);
        int from = (int)(Math.Max(segment.Start.Value, start) - start);
        int to = from + (int)Math.Min(segment.Size - (start + (ulong)from - segment.Start.Value), (ulong)(PieceSize - from));
        if (bytes > to - first)
        {
            return MemoryWindow.Without(index.Gaps.WhyNot(segment.End));
        }

        int frame = _cache.TryFind(piece, out int known) ? known : Fill(piece);
        ulong lost = _lost[frame];
        int low = first;
        while (low > from && !IsLost(lost, low - 1))
        {
            low = Math.Max(from, ((low - 1) >> GrainShift) << GrainShift);
        }

        int high = first;
        while (high < to && !IsLost(lost, high))
        {
            high = Math.Min(to, ((high >> GrainShift) + 1) << GrainShift);
        }

        return high - first < bytes ? MemoryWindow.Without(MemoryPresence.Lost)
            : new MemoryWindow(new PhysicalAddress(start + (ulong)low), (ulong)(high - low), _cache.At(frame, low));
    }

    /// <inheritdoc/>
    public void Dispose() => _cache.Dispose();

    private int Fill(ulong piece)
    {
        // It is kept when it is filled: what follows may fail.
        int frame = _cache.Take();
        Span<byte> room = _cache.Span(frame, 0, PieceSize);
        ulong start = piece * PieceSize;
        ReadOnlySpan<(ulong Start, SnappyChunk Chunk)> chunks = index.Chunks;
        ulong lost = 0;
        for (int i = index.Find(start); i < chunks.Length && chunks[i].Start - start is var distance && (chunks[i].Start < start || distance < PieceSize); i++)
        {
            (ulong at, SnappyChunk chunk) = chunks[i];
            Span<byte> packed = _packed.AsSpan(0, (int)chunk.Packed);
            Span<byte> unpacked = _unpacked.AsSpan(0, (int)chunk.Size);
            file.Read(chunk.Offset, packed);
            int skipped = (int)(at < start ? start - at : 0);
            int to = (int)(at < start ? 0 : at - start);
            int count = Math.Min(unpacked.Length - skipped, PieceSize - to);
            if (chunk.TryUnpack(packed, unpacked))
            {
                unpacked.Slice(skipped, count).CopyTo(room[to..]);
                continue;
            }

            for (int grain = to >> GrainShift; grain <= (to + count - 1) >> GrainShift; grain++)
            {
                lost |= 1UL << grain;
            }
        }

        _lost[frame] = lost;
        _cache.Keep(frame, piece);
        return frame;
    }

    private static bool IsLost(ulong lost, int at) => (lost >> (at >> GrainShift) & 1) != 0;
}
