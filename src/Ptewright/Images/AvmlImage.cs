using Ptewright.Addressing;

namespace Ptewright.Images;

/// <summary>What AVML writes by default: ranges of memory, each packed by Snappy.</summary>
/// <remarks>Only what is asked for is unpacked, and each reader keeps the last of it. A file that ends too early is read as far as it goes; what is cut off, and what is damaged inside, is
/// <see cref="MemoryPresence.Lost"/>.</remarks>
internal sealed class AvmlImage : MemoryImage
{
    private readonly FileMemory _file;
    private readonly AvmlIndex _index;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It is no such file, or contradictory.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public AvmlImage(string path)
    {
        Name = path;
        _file = new FileMemory(path);
        try
        {
            _index = new AvmlIndex(_file, path);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<MemorySegment> Segments => _index.Segments;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Remarks => _index.Remarks;

    /// <inheritdoc/>
    public override bool LeavesOutZeros => _index.Gaps.HasZeros;

    /// <summary>Whether a name is that of a file that begins as AVML's packed ones do.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static bool IsAvmlFile(string path) => FileStart.Begins(path, "AVML"u8);

    /// <inheritdoc/>
    public override MemoryReader OpenReader()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
#pragma warning disable CA2000 // The reader disposes of them.
        AvmlPieces pieces = new(_file, _index, () => IsDisposed);
#pragma warning restore CA2000
        return new MemoryReader(pieces.Window, pieces.Dispose);
    }

    /// <inheritdoc/>
    internal override IReadOnlyList<MissingMemory> FindMissing(CancellationToken stop) => _index.Gaps.ByKind();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _file.Dispose();
}
