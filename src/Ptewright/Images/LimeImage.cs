using System.Globalization;
using System.IO.Compression;
using Ptewright.Addressing;
using Ptewright.Files;
using Ptewright.Memory;
using Ptewright.Texts;

namespace Ptewright.Images;

/// <summary>What LiME writes: ranges of memory, each behind a header; also in its form <c>compress=1</c>, one zlib stream around all of it, and what AVML writes uncompressed.</summary>
/// <remarks>
/// A packed file is unpacked into a temporary one first, where zeros cost nothing, because a zlib stream can only be read from its beginning. A file that ends too early is read as far as it
/// goes; what is cut off is <see cref="MemoryPresence.Lost"/>.
/// </remarks>
internal sealed class LimeImage : SegmentedImage
{
    private const uint Version = 1;
    private const int BufferSize = 64 << 10;

    private readonly FileMemory _file;
    private readonly TemporaryFile? _unpacked;
    private readonly MemoryGaps _gaps = new();
    private readonly List<string> _remarks = [];

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It is no such file, or contradictory.</exception>
    /// <exception cref="IOException">It cannot be read, or there is no room to unpack it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public LimeImage(string path)
    {
        Name = path;
        try
        {
            _unpacked = IsPacked(path) ? Unpack(path) : null;
            _file = new FileMemory(_unpacked?.Path ?? path, name: path);
            SetSegments(ReadRanges());
            _gaps.Complete(Segments);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Remarks => _remarks;

    /// <inheritdoc/>
    public override bool LeavesOutZeros => _gaps.HasZeros;

    /// <summary>Whether a name is that of a file that begins as LiME's do, packed or not.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static bool IsLimeFile(string path) => FileStart.Begins(path, "EMiL"u8) || IsPacked(path);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _file?.Dispose();
        _unpacked?.Dispose();
    }

    /// <inheritdoc/>
    internal override IReadOnlyList<MissingMemory> FindMissing(CancellationToken stop) => _gaps.ByKind();

    private protected override MemoryPresence WhyNot(PhysicalAddress address) => _gaps.WhyNot(address);

    // RFC 1950: method 8, and a check of the first two bytes; then the first bytes that were packed say it.
    private static bool IsPacked(string path)
    {
        byte[] start = FileStart.Read(path, 2);
        if (start.Length < 2 || (start[0] & 15) != 8 || ((start[0] << 8) | start[1]) % 31 != 0)
        {
            return false;
        }

        try
        {
            using FileStream packed = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using ZLibStream stream = new(packed, CompressionMode.Decompress);
            Span<byte> first = stackalloc byte[4];
            return stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false) == first.Length && first.SequenceEqual("EMiL"u8);
        }
        catch (Exception problem) when (problem is InvalidDataException or IOException)
        {
            // The second is what a stream gives that asks for a dictionary.
            return false;
        }
    }

    private static TemporaryFile Unpack(string path)
    {
        TemporaryFile unpacked = TemporaryFile.Create("lime");
        try
        {
            using FileStream packed = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using ZLibStream stream = new(packed, CompressionMode.Decompress);
            using FileStream target = new(unpacked.Path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            byte[] buffer = new byte[BufferSize];
            int read;
            while ((read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)) > 0)
            {
                Span<byte> bytes = buffer.AsSpan(0, read);
                if (bytes.ContainsAnyExcept((byte)0))
                {
                    target.Write(bytes);
                }
                else
                {
                    target.SetLength(target.Position + read);
                    target.Position += read;
                }
            }

            return unpacked;
        }
        catch (InvalidDataException)
        {
            unpacked.Dispose();
            throw TextFile.Error(path, "it begins as what LiME packs, but cannot be unpacked");
        }
        catch
        {
            unpacked.Dispose();
            throw;
        }
    }

    private List<(MemorySegment Segment, Place Place)> ReadRanges()
    {
        List<(MemorySegment Segment, ulong Offset)> parts = [];
        List<LimeRange> ranges = [];
        for (ulong at = 0; at < _file.Length;)
        {
            byte[] header = _file.Copy(at, LimeRange.HeaderSize);
            if (header.Length < LimeRange.HeaderSize)
            {
                _remarks.Add(string.Create(CultureInfo.InvariantCulture, $"The file ends inside the header of a range at offset 0x{at:x}: it is cut short."));
                break;
            }

            LimeRange range = LimeRange.Read(header);
            if ((ranges.Count == LimeRange.MaxRanges ? $"it has more than {LimeRange.MaxRanges} ranges" : range.Objection(LimeRange.Lime, Version, at)) is { } objection)
            {
                throw TextFile.Error(Name, objection);
            }

            ranges.Add(range);
            at += LimeRange.HeaderSize;
            ulong left = _file.Length - at;
            ulong size = range.SizeLessOne < left ? range.SizeLessOne + 1 : left;
            if (size <= range.SizeLessOne)
            {
                _gaps.Add(range.Start + size, range.Last, MissingKind.Lost);
                _remarks.Add($"The file ends inside the range that begins at {new PhysicalAddress(range.Start)}: memory from {new PhysicalAddress(range.Start + size)} to 0x{range.Last:x} is lost.");
            }

            if (size > 0)
            {
                parts.Add((new MemorySegment(new PhysicalAddress(range.Start), size), at));
            }

            at += size;
        }

        if (parts.Count == 0)
        {
            throw TextFile.Error(Name, "it has no memory in it");
        }

        if (_gaps.AddLeftOut(ranges) is { } remark)
        {
            _remarks.Add(remark);
        }

        _file.Reserve(0, _file.Length);
        return [.. parts.Select(part => (part.Segment, new Place(_file.Block, part.Offset, _file)))];
    }
}
