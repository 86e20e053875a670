using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Ptewright.Captures;
using Ptewright.Images;
using Snappier;

namespace Ptewright.Fuzz;

/// <summary>Files that LiME and AVML write, and lists of ramdumps: small ones, made here.</summary>
internal static class DumpFiles
{
    private const int ChunkSize = 1 << 16;

    /// <summary>Two ranges of memory, in the middle of neither a table nor a piece of 64 KiB.</summary>
    private static readonly (ulong Start, byte[] Bytes)[] _memory = [(0x4000_1000, Pattern(0x1800)), (0x8000_0000, Pattern(0x600))];

    private static readonly byte[] _lime = Lime(_memory);

    // Memory over several chunks and pieces, ranges that touch.
    private static readonly byte[] _avml = Avml((0x4000_8000UL, Pattern(0x18000)), (0x4002_0000UL, Pattern(0x1000)), (0x8000_0000UL, new byte[0x600]));

    /// <summary>Ranges as LiME writes them.</summary>
    public static byte[] Lime(params ReadOnlySpan<(ulong Start, byte[] Bytes)> ranges)
    {
        using MemoryStream file = new();
        foreach ((ulong start, byte[] bytes) in ranges)
        {
            file.Write(Header("EMiL", 1, start, start + (ulong)bytes.Length - 1));
            file.Write(bytes);
        }

        return file.ToArray();
    }

    /// <summary>A whole file as LiME packs it.</summary>
    public static byte[] Packed(byte[] file)
    {
        using MemoryStream packed = new();
        using (ZLibStream stream = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(file);
        }

        return packed.ToArray();
    }

    /// <summary>Ranges as AVML packs them.</summary>
    public static byte[] Avml(params ReadOnlySpan<(ulong Start, byte[] Bytes)> ranges)
    {
        using MemoryStream file = new();
        Span<byte> head = stackalloc byte[8];
        foreach ((ulong start, byte[] bytes) in ranges)
        {
            file.Write(Header("AVML", 2, start, start + (ulong)bytes.Length - 1));
            long from = file.Position;
            file.Write([0xff, 6, 0, 0]);
            file.Write("sNaPpY"u8);
            for (int at = 0; at < bytes.Length; at += ChunkSize)
            {
                ReadOnlySpan<byte> chunk = bytes.AsSpan(at, Math.Min(ChunkSize, bytes.Length - at));
                byte[] packed = Snappy.CompressToArray(chunk);
                bool isPlain = packed.Length >= chunk.Length;
                ReadOnlySpan<byte> data = isPlain ? chunk : packed;
                BinaryPrimitives.WriteUInt32LittleEndian(head, ((uint)(data.Length + 4) << 8) | (isPlain ? 1u : 0u));
                BinaryPrimitives.WriteUInt32LittleEndian(head[4..], SnappyChunk.Masked(chunk));
                file.Write(head);
                file.Write(data);
            }

            byte[] trailer = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(trailer, file.Position - from);
            file.Write(trailer);
        }

        return file.ToArray();
    }

    /// <summary>Bytes that differ from place to place, half of them hard to pack.</summary>
    public static byte[] Pattern(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes.AsSpan(0, length / 2));
        for (int i = length / 2; i < length; i++)
        {
            bytes[i] = (byte)(i >> 8);
        }

        return bytes;
    }

    /// <summary>A damaged file of LiME's; every second one is packed afterwards.</summary>
    public static byte[] MakeLime(Random random)
    {
        byte[] file = random.Next(8) == 0 ? _lime : ByteMutator.Damage(_lime, random);
        return random.Next(3) switch { 0 => Packed(file), 1 => ByteMutator.Damage(Packed(file), random), _ => file };
    }

    /// <summary>A damaged file of AVML's.</summary>
    public static byte[] MakeAvml(Random random) => random.Next(16) == 0 ? _avml : ByteMutator.Damage(_avml, random);

    /// <summary>Reads a file of LiME's.</summary>
    public static void CheckLime(ReadOnlySpan<byte> input)
    {
        string path = Scratch.Write("lime", input);
        _ = LimeImage.IsLimeFile(path);
        using LimeImage image = new(path);
        CoreFile.Edges(image);
    }

    /// <summary>Reads a file of AVML's: all of it, in and out of order.</summary>
    public static void CheckAvml(ReadOnlySpan<byte> input)
    {
        using AvmlImage image = new(Scratch.Write("avml", input));
        CoreFile.CheckMissing(image);
        using MemoryReader reader = image.OpenReader();
        Span<byte> bytes = stackalloc byte[64];
        foreach (MemorySegment segment in image.Segments.Reverse().Take(100))
        {
            _ = reader.TryRead(segment.Start, bytes[..(int)Math.Min(64, segment.Size)]);
            _ = reader.TryRead(segment.Start + (segment.Size - Math.Min(segment.Size, 64)), bytes[..(int)Math.Min(segment.Size, 64)]);
            for (ulong at = 0; at < Math.Min(segment.Size, 1 << 20); at += 4096)
            {
                _ = reader.WindowAt(segment.Start + at, (int)Math.Min(Math.Min(8, segment.Size - at), 8 - ((segment.Start + at).Value & 7)));
            }
        }
    }

    /// <summary>Reads a list of two files that there are, of 4 KiB each.</summary>
    public static void CheckList(string text)
    {
        _ = Scratch.Write("DDRCS0_0.BIN", new byte[4096]);
        _ = Scratch.Write("OCIMEM.BIN", new byte[4096]);
        string path = Scratch.Write("dump_info.txt", Encoding.UTF8.GetBytes(text));
        _ = RamdumpList.IsList(path);
        using MemoryImage image = RamdumpList.Open(path);
        CoreFile.Edges(image);
    }

    /// <summary>Opens raw memory by a name, where the only file is <c>a</c>, of 4 KiB.</summary>
    public static void CheckName(string name)
    {
        // Names lead nowhere else, and what cannot be a path is no finding.
        string file = Scratch.Write("a", new byte[4096]);
        name = string.Concat(name.Where(one => one is '@' or '+' or ':' or ',' || char.IsAsciiLetterOrDigit(one)));
        try
        {
            using MemoryImage image = MemorySource.Open(string.Join(',', name.Split(',').Select(part => part.StartsWith('a') ? file + part[1..] : part)));
            CoreFile.Edges(image);
        }
        catch (Exception problem) when (problem is IOException or ArgumentException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(problem.Message);
        }
    }

    private static byte[] Header(string magic, int version, ulong start, ulong last)
    {
        byte[] header = new byte[LimeRange.HeaderSize];
        _ = Encoding.ASCII.GetBytes(magic, header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), version);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), start);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(16), last);
        return header;
    }
}
