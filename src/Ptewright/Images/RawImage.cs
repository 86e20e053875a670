using Ptewright.Addressing;

namespace Ptewright.Images;

/// <summary>Memory byte for byte in files, each of which begins at a known address: a ramdump, or the parts of one.</summary>
public sealed class RawImage : SegmentedImage
{
    private readonly List<FileMemory> _files = [];

    /// <summary>Opens the files.</summary>
    /// <param name="parts">Each file and the physical address of its first byte.</param>
    /// <exception cref="InvalidInputException">A file is empty, or two overlap in memory.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public RawImage(params IReadOnlyList<(string Path, PhysicalAddress Start)> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        Name = string.Join(',', parts.Select(part => part.Path));
        try
        {
            foreach ((string path, _) in parts)
            {
                FileMemory file = new(path);
                _files.Add(file);
                file.Reserve(0, file.Length);
            }

            SetSegments(parts.Select((part, index) => (new MemorySegment(part.Start, _files[index].Length), new Place(_files[index].Block, 0, _files[index]))));
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
    protected override void Dispose(bool disposing)
    {
        foreach (FileMemory file in _files)
        {
            file.Dispose();
        }
    }
}
