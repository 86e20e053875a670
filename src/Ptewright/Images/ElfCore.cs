using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Texts;

namespace Ptewright.Images;

/// <summary>An ELF core of physical memory: QEMU's <c>dump-guest-memory</c>, <c>/proc/vmcore</c>, a decompressed kdump; also flattened.</summary>
/// <remarks>
/// <para>A loaded segment lies at its physical address (<c>p_paddr</c>). Of the notes, VMCOREINFO is read (<see cref="CoreInfo"/>): QEMU has no arm64 note with system
/// registers, so what a walk needs comes from there, or by hand.</para>
/// <para>What a segment has in memory and not in the file (<c>p_memsz</c> more than <c>p_filesz</c>) was left out: makedumpfile does so with pages that it excludes, QEMU with what its filter does
/// not name. A file that ends too early is read as far as it goes; what is cut off is <see cref="MemoryPresence.Lost"/>.</para>
/// <para>Only what is asked for is read, so the file may be larger than memory. Tool Interface Standard ELF; 64 bits, little-endian, <c>EM_AARCH64</c>.</para>
/// </remarks>
public sealed class ElfCore : SegmentedImage
{
    private readonly FileMemory _file;
    private readonly MemoryGaps _gaps = new();
    private readonly List<string> _remarks = [];

    /// <summary>Opens a core.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It is no such core, or is contradictory, or none of its memory is there.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public ElfCore(string path)
    {
        Name = path;
        FileBytes bytes = FileBytes.Open(path);
        _file = new FileMemory(bytes);
        _remarks.AddRange(bytes.Remarks);
        try
        {
            ElfHeaders headers = new(bytes, _remarks);
            CoreInfo = headers.CoreInfo;
            SetSegments(Placed(FindMemory(headers)));
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
    public override VmCoreInfo? CoreInfo { get; }

    /// <summary>Whether a name is that of a file that begins as an ELF file does, flattened or not.</summary>
    /// <param name="path">The name, whatever it leads to.</param>
    /// <exception cref="InvalidInputException">It is flattened and damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static bool IsElfFile(string path) => IsElf(FileBytes.Beginning(path, 4, out _));

    /// <summary>Whether bytes begin as an ELF file does.</summary>
    internal static bool IsElf(ReadOnlySpan<byte> start) => start.StartsWith("\u007fELF"u8);

    /// <inheritdoc/>
    internal override IReadOnlyList<MissingMemory> FindMissing(CancellationToken stop) =>
        _gaps.ByKind(kind => kind == MissingKind.LeftOut ? "segments are longer in memory than in the file" : null);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _file?.Dispose();

    private protected override MemoryPresence WhyNot(PhysicalAddress address) => _gaps.WhyNot(address);

    private List<(MemorySegment Segment, ulong Offset)> FindMemory(ElfHeaders headers)
    {
        List<(MemorySegment Segment, ulong Offset)> segments = [];
        ulong lost = 0;
        foreach (ElfSegment segment in ElfSegment.Choose(headers.Segments, _remarks))
        {
            ulong there = Math.Min(segment.Size, segment.Offset < _file.Length ? _file.Length - segment.Offset : 0);
            if (there > 0)
            {
                segments.Add((new MemorySegment(new PhysicalAddress(segment.Physical), there), segment.Offset));
            }

            lost += segment.Size - there;
            AddGap(segment.Physical, there, segment.Size, MissingKind.Lost);
            AddGap(segment.Physical, segment.Size, segment.MemorySize, MissingKind.LeftOut);
        }

        if (lost > 0)
        {
            _remarks.Add(string.Create(CultureInfo.InvariantCulture, $"It is cut short: {lost} bytes of its memory lie behind its end at byte 0x{_file.Length:x}, and are lost."));
        }

        return segments.Count > 0 ? segments
            : throw (lost > 0 ? TextFile.Error(Name, $"all of its memory lies behind its end at byte 0x{_file.Length:x}: it is cut short") : headers.WithoutMemory(Name));
    }

    // Of a segment, which may claim more than there is room for behind its address.
    private void AddGap(ulong physical, ulong from, ulong to, MissingKind kind)
    {
        if (from < to && from <= ulong.MaxValue - physical)
        {
            _gaps.Add(physical + from, to - 1 > ulong.MaxValue - physical ? ulong.MaxValue : physical + (to - 1), kind);
        }
    }

    // One piece of address space for all of it.
    private IEnumerable<(MemorySegment Segment, Place Place)> Placed(List<(MemorySegment Segment, ulong Offset)> segments)
    {
        ulong first = segments.Min(part => part.Offset);
        _file.Reserve(first, segments.Max(part => part.Offset + part.Segment.Size) - first);
        return segments.Select(part => (part.Segment, new Place(_file.Block, part.Offset - first, _file)));
    }
}
