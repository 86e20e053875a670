using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Ptewright.Addressing;
using Ptewright.Texts;

namespace Ptewright.Images;

/// <summary>Where in an AVML file which memory is: its ranges, and each piece that can be unpacked by itself.</summary>
/// <remarks>The length of a packed range stands behind it, so the file is gone through once, from header to header of its pieces.</remarks>
internal sealed class AvmlIndex
{
    private const uint Version = 2;

    // Types of chunks. What lies between 2 and 0x7f must not be passed over.
    private const byte PackedData = 0;
    private const byte PlainData = 1;
    private const byte FirstPassedOver = 0x80;
    private const int ChunkHeader = 4;
    private const int ChecksumSize = 4;

    // The length in front of packed data.
    private const int MaxLengthBytes = 3;
    private const int TrailerSize = 8;
    private const int MaxChunks = 1 << 24;

    private readonly FileMemory _file;
    private readonly List<(ulong Start, SnappyChunk Chunk)> _chunks = [];

    /// <summary>Goes through a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidInputException">It is no such file, or contradictory.</exception>
    public AvmlIndex(FileMemory file, string name)
    {
        _file = file;
        List<LimeRange> ranges = [];
        for (ulong at = 0; at < file.Length;)
        {
            byte[] header = file.Copy(at, LimeRange.HeaderSize);
            if (header.Length < LimeRange.HeaderSize)
            {
                Remarks.Add(string.Create(CultureInfo.InvariantCulture, $"The file ends inside the header of a range at offset 0x{at:x}: it is cut short."));
                break;
            }

            LimeRange range = LimeRange.Read(header);
            if ((ranges.Count == LimeRange.MaxRanges ? $"it has more than {LimeRange.MaxRanges} ranges" : range.Objection(LimeRange.Avml, Version, at)) is { } objection)
            {
                throw TextFile.Error(name, objection);
            }

            ranges.Add(range);
            at = ReadRange(range, at + LimeRange.HeaderSize, name);
        }

        _chunks.Sort((one, other) => one.Start.CompareTo(other.Start));
        Segments = Join(name);
        if (Gaps.AddLeftOut(ranges) is { } remark)
        {
            Remarks.Add(remark);
        }

        Gaps.Complete(Segments);
    }

    /// <summary>The memory, ranges that touch taken together.</summary>
    public MemorySegment[] Segments { get; }

    /// <summary>What is not there.</summary>
    public MemoryGaps Gaps { get; } = new();

    /// <summary>What people should know.</summary>
    public List<string> Remarks { get; } = [];

    /// <summary>The pieces, by the first address of each.</summary>
    public ReadOnlySpan<(ulong Start, SnappyChunk Chunk)> Chunks => CollectionsMarshal.AsSpan(_chunks);

    /// <summary>The number of the piece that has a byte, or of the first one behind it.</summary>
    public int Find(ulong address)
    {
        int low = 0;
        int high = _chunks.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            (ulong start, SnappyChunk chunk) = _chunks[middle];
            if (address >= start && address - start >= chunk.Size)
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

    // Returns where the next range begins; the file's end when this one is cut short.
    private ulong ReadRange(LimeRange range, ulong from, string name)
    {
        ulong at = from;
        ulong done = 0;
        Span<byte> start = stackalloc byte[ChunkHeader + ChecksumSize + MaxLengthBytes];
        bool isFirst = true;
        while (done <= range.SizeLessOne)
        {
            int there = (int)Math.Min((ulong)start.Length, _file.Length - at);
            _file.Read(at, start[..there]);
            uint length = there < ChunkHeader ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(start) >> 8;
            byte type = start[0];
            if (there < ChunkHeader || length > _file.Length - at - ChunkHeader)
            {
                CutShort(range, done);
                return _file.Length;
            }

            // Each stream begins with this, which is a chunk of its own kind.
            if (isFirst && !start[..there].StartsWith((ReadOnlySpan<byte>)[0xff, 6, 0, 0, (byte)'s', (byte)'N', (byte)'a']))
            {
                throw TextFile.Error(name, $"the range at {new PhysicalAddress(range.Start)} does not begin as what Snappy packs, at offset 0x{at:x}");
            }

            isFirst = false;
            if (type < FirstPassedOver)
            {
                uint size = Size(type, length, start[..there]);
                if (size is 0 or > SnappyChunk.MaxSize || length > SnappyChunk.MaxPacked || size - 1 > range.SizeLessOne - done || _chunks.Count == MaxChunks)
                {
                    throw TextFile.Error(name, $"the packed data at offset 0x{at:x} are none that AVML writes into the range at {new PhysicalAddress(range.Start)}");
                }

                _chunks.Add((range.Start + done, new SnappyChunk(at + ChunkHeader, length, size, type == PlainData)));
                done += size;
            }

            at += ChunkHeader + length;
        }

        if (_file.Length - at < TrailerSize)
        {
            Remarks.Add($"The file ends behind the memory of the range at {new PhysicalAddress(range.Start)}, without the length that belongs there.");
            return _file.Length;
        }

        ulong length64 = BinaryPrimitives.ReadUInt64LittleEndian(_file.Copy(at, TrailerSize));
        return length64 == at - from ? at + TrailerSize
            : throw TextFile.Error(name, $"the range at {new PhysicalAddress(range.Start)} is {at - from} bytes when packed, and behind it, at offset 0x{at:x}, stands {length64}");
    }

    // 0 for what is none.
    private static uint Size(byte type, uint length, ReadOnlySpan<byte> start)
    {
        if (type is not (PackedData or PlainData) || length <= ChecksumSize)
        {
            return 0;
        }

        if (type == PlainData)
        {
            return length - ChecksumSize;
        }

        uint size = 0;
        int at = ChunkHeader + ChecksumSize;
        for (int i = 0; i < MaxLengthBytes && at + i < start.Length && (uint)i < length - ChecksumSize; i++)
        {
            size |= (uint)(start[at + i] & 0x7f) << (7 * i);
            if (start[at + i] < 0x80)
            {
                return size;
            }
        }

        return 0;
    }

    private void CutShort(LimeRange range, ulong done)
    {
        Gaps.Add(range.Start + done, range.Last, MissingKind.Lost);
        Remarks.Add($"The file ends inside the range that begins at {new PhysicalAddress(range.Start)}: memory from {new PhysicalAddress(range.Start + done)} to 0x{range.Last:x} is lost.");
    }

    private MemorySegment[] Join(string name)
    {
        List<MemorySegment> segments = [];
        foreach ((ulong start, SnappyChunk chunk) in _chunks)
        {
            if (segments is [.., var last] && last.End.Value >= start)
            {
                if (last.End.Value > start)
                {
                    throw TextFile.Error(name, $"its memory from {new PhysicalAddress(start)} on is there twice");
                }

                segments[^1] = last with { Size = last.Size + chunk.Size };
            }
            else
            {
                segments.Add(new MemorySegment(new PhysicalAddress(start), chunk.Size));
            }
        }

        return segments.Count > 0 ? [.. segments] : throw TextFile.Error(name, "it has no memory in it");
    }
}
