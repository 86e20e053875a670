using Ptewright.Addressing;

namespace Ptewright.Images;

/// <summary>The memory of the kernel that runs here, through <c>/proc/kcore</c>; or a copy of it.</summary>
/// <remarks>
/// <para>Linux, <c>fs/proc/kcore.c</c>: the linear map and the kernel's image have physical addresses, vmalloc, modules and the page array have none and are left out. Offsets are those of virtual
/// addresses, enormous and sparse, whatever the file's length says; it cannot be mapped, and a page that must not be touched fails or gives fewer bytes. So it is read page by page, and a page that
/// cannot be read is <see cref="MemoryPresence.Lost"/>. Nothing is kept but the last of it, and it changes while it is read.</para>
/// </remarks>
internal sealed class KcoreImage : MemoryImage
{
    // The smallest of pages: what cannot be read is known as finely.
    private const int PageShift = 12;
    private const int PageSize = 1 << PageShift;

    private readonly FileBytes _file;
    private readonly ulong[] _offsets;
    private readonly MemorySegment[] _segments;
    private readonly List<string> _remarks = [];

    /// <summary>Opens it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It is no such core, or is contradictory.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public KcoreImage(string path)
        : this(PlainFile.WithoutLength(path))
    {
    }

    /// <summary>Takes over a file that is open.</summary>
    /// <param name="file">The file, which goes with this object. Its length does not count.</param>
    /// <exception cref="InvalidInputException">It is no such core, or is contradictory.</exception>
    internal KcoreImage(FileBytes file)
    {
        Name = file.Name;
        _file = file;
        try
        {
            ElfHeaders headers = new(_file, _remarks);
            CoreInfo = headers.CoreInfo;
            ElfSegment[] chosen = [.. ElfSegment.Choose(headers.Segments, _remarks).Where(segment => segment.Size > 0).OrderBy(segment => segment.Physical)];
            for (int i = 0; i < chosen.Length; i++)
            {
                if (chosen[i].Size > ulong.MaxValue - chosen[i].Physical || !_file.Has(chosen[i].Offset, chosen[i].Size))
                {
                    throw file.Error($"the segment of program header {chosen[i].Header}, 0x{chosen[i].Size:x} bytes at offset 0x{chosen[i].Offset:x}, is larger than any memory");
                }

                if (i > 0 && chosen[i].Physical - chosen[i - 1].Physical < chosen[i - 1].Size)
                {
                    throw file.Error($"its memory from {new PhysicalAddress(chosen[i].Physical)} on is there twice");
                }
            }

            _segments = [.. chosen.Select(segment => new MemorySegment(new PhysicalAddress(segment.Physical), segment.Size))];
            _offsets = [.. chosen.Select(segment => segment.Offset)];
            if (_segments.Length == 0)
            {
                throw headers.WithoutMemory(Name);
            }
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
    public override IReadOnlyList<MemorySegment> Segments => _segments;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Remarks => _remarks;

    /// <inheritdoc/>
    public override VmCoreInfo? CoreInfo { get; }

    /// <summary>Whether a name is that of <c>/proc/kcore</c> or of a copy: a core in which segments have virtual addresses alone, or a file of <c>/proc</c> with that name.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static bool IsKcore(string path)
    {
        if (!FileStart.Begins(path, "\u007fELF"u8))
        {
            return false;
        }

        try
        {
            using PlainFile file = PlainFile.WithoutLength(path);
            return Path.GetFullPath(path) == "/proc/kcore" || new ElfHeaders(file, []).Segments.Any(segment => segment is { Size: > 0, HasPhysical: false });
        }
        catch (InvalidInputException)
        {
            return false; // Said by whoever reads such cores.
        }
    }

    /// <inheritdoc/>
    public override MemoryReader OpenReader()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
#pragma warning disable CA2000 // The reader lets go of them.
        UnpackedPages pages = new(PageShift, (page, _, room) => Load(page, room));
#pragma warning restore CA2000
        return new MemoryReader(pages.WindowAt, pages.Dispose);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _file?.Dispose();

    private MemoryPresence Load(ulong page, Span<byte> room)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        PhysicalAddress start = new(page << PageShift);
        int index = MemorySegment.IndexOf(_segments, start);

        // Memory consists of whole pages, whatever a file says.
        if (index < 0 || _segments[index].End.Value - start.Value < PageSize)
        {
            return MemoryPresence.Missing;
        }

        try
        {
            _file.Read(_offsets[index] + (start.Value - _segments[index].Start.Value), room);
            return MemoryPresence.Present;
        }
        catch (InvalidInputException)
        {
            return MemoryPresence.Lost;
        }
    }
}
