using Ptewright.Images;

namespace Ptewright.Captures;

/// <summary>The table pages and registers of a folder that <c>map -o</c> or <c>capture</c> wrote, as a source of memory.</summary>
public sealed class FolderImage : SegmentedImage
{
    private readonly TableFolder _folder;

    /// <summary>Opens a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="InvalidInputException">A file of it is damaged, or they do not belong together.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public FolderImage(string path)
    {
        Name = path;
        _folder = TableFolder.Load(path);
        ulong page = _folder.Geometry.PageSize;
        SetSegments(_folder.Runs.Select(run => (new MemorySegment(run.Address, (ulong)run.Pages * page), new Place(_folder.Block, run.Offset))));
        Registers = new ImageRegisters(_folder.Registers.Ttbr0, _folder.Registers.Ttbr1, _folder.Registers.Tcr, _folder.Registers.Mair);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override ImageRegisters Registers { get; }

    /// <summary>What else the folder says.</summary>
    public TableFolder Folder => _folder;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _folder?.Dispose();
}
