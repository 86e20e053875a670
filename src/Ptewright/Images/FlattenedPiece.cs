namespace Ptewright.Images;

/// <summary>A piece of a flattened file.</summary>
/// <param name="Offset">Where it belongs.</param>
/// <param name="Size">Its length, at least 1; it does not go beyond 63 bits of offset.</param>
/// <param name="Place">Where its bytes lie.</param>
internal readonly record struct FlattenedPiece(ulong Offset, ulong Size, ulong Place)
{
    /// <summary>The offset behind it.</summary>
    public ulong End => Offset + Size;

    /// <summary>The pieces in order and without overlaps: where several have the same bytes, those of the last one are left.</summary>
    /// <param name="pieces">All of them, as they were written: each lies behind those before it.</param>
    public static FlattenedPiece[] Resolve(List<FlattenedPiece> pieces)
    {
        FlattenedPiece[] sorted = [.. pieces];
        Array.Sort(sorted, (a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.Place.CompareTo(b.Place));
        List<FlattenedPiece> kept = new(sorted.Length);

        // Those that begin at or before an offset and end behind it; the one on top was written last.
        PriorityQueue<FlattenedPiece, ulong> open = new();
        ulong at = 0;
        for (int next = 0; next < sorted.Length || open.Count > 0;)
        {
            if (open.Count == 0)
            {
                at = Math.Max(at, sorted[next].Offset);
            }

            for (; next < sorted.Length && sorted[next].Offset <= at; next++)
            {
                open.Enqueue(sorted[next], ulong.MaxValue - sorted[next].Place);
            }

            FlattenedPiece last = open.Peek();
            if (last.End <= at)
            {
                _ = open.Dequeue();
                continue;
            }

            ulong to = next < sorted.Length ? Math.Min(last.End, sorted[next].Offset) : last.End;
            Add(kept, new FlattenedPiece(at, to - at, last.Place + (at - last.Offset)));
            at = to;
        }

        return [.. kept];
    }

    /// <summary>The index of the first piece that ends behind an offset.</summary>
    public static int Find(FlattenedPiece[] pieces, ulong offset)
    {
        int low = 0;
        int high = pieces.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (pieces[middle].End <= offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private static void Add(List<FlattenedPiece> kept, FlattenedPiece piece)
    {
        if (kept.Count > 0 && kept[^1] is { } before && before.End == piece.Offset && before.Place + before.Size == piece.Place)
        {
            kept[^1] = before with { Size = before.Size + piece.Size };
        }
        else
        {
            kept.Add(piece);
        }
    }
}
