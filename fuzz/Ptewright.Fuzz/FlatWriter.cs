using System.Buffers.Binary;

namespace Ptewright.Fuzz;

/// <summary>Writes flattened files, and makes files of them again in the simplest way: one piece after the other.</summary>
internal static class FlatWriter
{
    /// <summary>The length of what stands before the pieces.</summary>
    public const int StartSize = 4096;

    /// <summary>Sends a file through a pipe in pieces.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="random">Chooses the pieces: in any order, some of them written twice, wrong at first. Null for pieces in order.</param>
    public static byte[] Write(ReadOnlySpan<byte> bytes, Random? random = null)
    {
        List<(int Offset, byte[] Bytes)> pieces = [];
        for (int at = 0; at < bytes.Length;)
        {
            int size = Math.Min(bytes.Length - at, random?.Next(1, 3000) ?? 1500);
            pieces.Add((at, bytes.Slice(at, size).ToArray()));
            at += size;
        }

        if (random is not null)
        {
            random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pieces));
            for (int i = random.Next(8); i > 0; i--)
            {
                byte[] wrong = new byte[Math.Min(bytes.Length, random.Next(1, 5000))];
                random.NextBytes(wrong);
                pieces.Insert(0, (random.Next(bytes.Length - wrong.Length + 1), wrong));
            }
        }

        return Write([.. pieces.Select(piece => ((long)piece.Offset, piece.Bytes))]);
    }

    /// <summary>Writes pieces as they are, and the end.</summary>
    public static byte[] Write(params ReadOnlySpan<(long Offset, byte[] Bytes)> pieces)
    {
        using MemoryStream file = new();
        file.Write("makedumpfile"u8);
        file.Position = 16;
        file.Write(Numbers(1, 1));
        file.Position = StartSize;
        foreach ((long offset, byte[] bytes) in pieces)
        {
            file.Write(Numbers(offset, bytes.Length));
            file.Write(bytes);
        }

        file.Write(Numbers(-1, -1));
        return file.ToArray();
    }

    /// <summary>The file that a flattened one is to become; null where that is damaged, or would be longer than a few megabytes.</summary>
    public static byte[]? Restore(ReadOnlySpan<byte> flat)
    {
        byte[] file = [];
        for (int at = StartSize; flat.Length - at >= 16;)
        {
            long offset = BinaryPrimitives.ReadInt64BigEndian(flat[at..]);
            long size = BinaryPrimitives.ReadInt64BigEndian(flat[(at + 8)..]);
            at += 16;
            if (offset == -1)
            {
                break;
            }

            int there = (int)Math.Min(size, flat.Length - at);
            if (offset < 0 || size <= 0 || offset > (4 << 20) - there)
            {
                return null;
            }

            Array.Resize(ref file, Math.Max(file.Length, there == 0 ? 0 : (int)offset + there));
            flat.Slice(at, there).CopyTo(file.AsSpan(Math.Min(file.Length, (int)offset)));
            at += there;
        }

        return file;
    }

    private static byte[] Numbers(long first, long second)
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, first);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(8), second);
        return bytes;
    }
}
