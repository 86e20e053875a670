using Ptewright.Addressing;
using Ptewright.Texts;

namespace Ptewright.Images;

/// <summary>Memory byte for byte in files, or in parts of files, each of which begins at a known address: a ramdump, or the parts of one.</summary>
public sealed class RawImage : SegmentedImage
{
    private readonly Dictionary<string, FileMemory> _files = new(StringComparer.Ordinal);

    /// <summary>Opens whole files.</summary>
    /// <param name="parts">Each file and the physical address of its first byte.</param>
    /// <exception cref="InvalidInputException">A file is empty, or two overlap in memory.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public RawImage(params IReadOnlyList<(string Path, PhysicalAddress Start)> parts)
        : this([.. parts.Select(part => new RawPart(part.Path, part.Start))], [])
    {
    }

    /// <summary>Opens files, or parts of files.</summary>
    /// <param name="parts">The parts; several may be of one file.</param>
    /// <param name="remarks">What people should know.</param>
    /// <param name="name">What errors call it; null for the names of its files.</param>
    /// <exception cref="InvalidInputException">A file is empty or has not what is asked for, or two parts overlap in memory.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    internal RawImage(IReadOnlyList<RawPart> parts, IReadOnlyList<string> remarks, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(parts);
        Name = name ?? string.Join(',', parts.Select(part => part.Path));
        Parts = parts;
        Remarks = remarks;
        try
        {
            List<(MemorySegment Segment, Place Place)> places = [];
            foreach (IGrouping<string, RawPart> ofFile in parts.GroupBy(part => part.Path))
            {
                FileMemory file = new(ofFile.Key);
                _files.Add(ofFile.Key, file);
                (RawPart Part, ulong Size)[] sizes = [.. ofFile.Select(part => (part, SizeOf(part, file.Length)))];

                // One piece of address space for all parts of a file.
                ulong first = sizes.Min(one => one.Part.Offset);
                file.Reserve(first, sizes.Max(one => one.Part.Offset + one.Size) - first);
                places.AddRange(sizes.Select(one => (new MemorySegment(one.Part.Start, one.Size), new Place(file.Block, one.Part.Offset - first, file))));
            }

            SetSegments(places);
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
    public override IReadOnlyList<string> Remarks { get; }

    /// <summary>What it consists of, as it was asked for.</summary>
    internal IReadOnlyList<RawPart> Parts { get; }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (FileMemory file in _files.Values)
        {
            file.Dispose();
        }
    }

    private static ulong SizeOf(RawPart part, ulong length) =>
        part.Offset >= length ? throw TextFile.Error(part.Path, $"it has {length} bytes, so no memory begins at its byte 0x{part.Offset:x}")
        : part.Length is not { } asked ? length - part.Offset
        : asked == 0 ? throw TextFile.Error(part.Path, $"no bytes of it are asked for, at {part.Start}")
        : asked <= length - part.Offset ? asked
        : throw TextFile.Error(part.Path, $"it has {length} bytes, so not 0x{asked:x} from byte 0x{part.Offset:x} on");
}
