using System.Buffers.Binary;
using System.Text;
using Ptewright.Addressing;
using Ptewright.Texts;

namespace Ptewright.Images;

/// <summary>An ELF core of physical memory: QEMU's <c>dump-guest-memory</c>, <c>/proc/vmcore</c>, <c>/proc/kcore</c>, a decompressed kdump.</summary>
/// <remarks>
/// <para>A loaded segment lies at its physical address (<c>p_paddr</c>). Of the notes, VMCOREINFO is read (<see cref="CoreInfo"/>): QEMU has no arm64 note with system
/// registers, so what a walk needs comes from there, or by hand.</para>
/// <para>Only what is asked for is read, so the file may be larger than memory. Tool Interface Standard ELF; 64 bits, little-endian, <c>EM_AARCH64</c>.</para>
/// </remarks>
public sealed class ElfCore : SegmentedImage
{
    private const int HeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const ushort CoreType = 4;
    private const ushort Aarch64 = 183;
    private const uint Load = 1;
    private const uint Note = 4;

    // PN_XNUM: the true number is in section header 0.
    private const ushort ManyHeaders = 0xffff;
    private const int MaxHeaders = 1 << 20;
    private const int MaxNotes = 16 << 20;

    private readonly FileMemory _file;
    private readonly List<string> _remarks = [];

    /// <summary>Opens a core.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It is no such core, or is truncated or contradictory.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public ElfCore(string path)
    {
        Name = path;
        _file = new FileMemory(path);
        try
        {
            SetSegments(Placed(ReadHeaders()));
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

    /// <summary>What the kernel said of itself, if the core has a VMCOREINFO note.</summary>
    public VmCoreInfo? CoreInfo { get; private set; }

    /// <inheritdoc/>
    public override ImageRegisters Registers => CoreInfo?.ToRegisters() ?? base.Registers;

    /// <summary>Whether a name is that of a file that begins as an ELF file does.</summary>
    /// <param name="path">The name, whatever it leads to.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static bool IsElfFile(string path) => FileStart.Begins(path, "\u007fELF"u8);

    private static bool IsElf(ReadOnlySpan<byte> start) => start.StartsWith("\u007fELF"u8);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _file?.Dispose();

    private List<(MemorySegment Segment, ulong Offset)> ReadHeaders()
    {
        ReadOnlySpan<byte> header = _file.Copy(0, HeaderSize);
        if (!IsElf(header))
        {
            throw TextFile.Error(Name, "it does not begin as an ELF file does");
        }

        if (header.Length < HeaderSize || header[4] != 2 || header[5] != 1)
        {
            throw TextFile.Error(Name, "it is no 64-bit little-endian ELF file");
        }

        if (Half(header, 16) != CoreType || Half(header, 18) != Aarch64)
        {
            throw TextFile.Error(Name, $"it is no core of an arm64 machine (ELF type {Half(header, 16)}, machine {Half(header, 18)})");
        }

        ulong at = Long(header, 32);
        int count = CountHeaders(header);
        if (Half(header, 54) != ProgramHeaderSize || count == 0 || at > _file.Length || (ulong)count * ProgramHeaderSize > _file.Length - at)
        {
            throw TextFile.Error(Name, $"its {count} program headers at offset 0x{at:x} do not lie in the file");
        }

        List<ElfSegment> loaded = [];
        ReadOnlySpan<byte> headers = _file.Copy(at, count * ProgramHeaderSize);
        int notesLeft = MaxNotes;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = headers.Slice(i * ProgramHeaderSize, ProgramHeaderSize);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(entry);
            ulong offset = Long(entry, 8);
            ulong size = Long(entry, 32);
            if (type == Load)
            {
                loaded.Add(new ElfSegment(i, offset, Long(entry, 16), Long(entry, 24), size));
            }
            else if (type == Note)
            {
                RefuseBehindTheFile(i, offset, size);
                byte[] notes = _file.Copy(offset, (int)Math.Min(size, (ulong)notesLeft));
                notesLeft -= notes.Length;
                ReadNotes(notes);
            }
        }

        List<(MemorySegment Segment, ulong Offset)> segments = [];
        foreach (ElfSegment segment in ElfSegment.Choose(loaded, _remarks))
        {
            RefuseBehindTheFile(segment.Header, segment.Offset, segment.Size);
            segments.Add((new MemorySegment(new PhysicalAddress(segment.Physical), segment.Size), segment.Offset));
        }

        return segments.Count > 0 ? segments
            : throw TextFile.Error(Name, loaded.Count == 0 ? "it has no memory in it (no PT_LOAD)" : $"none of its {loaded.Count} segments says where in physical memory it lies");
    }

    private void RefuseBehindTheFile(int header, ulong offset, ulong size)
    {
        if (offset > _file.Length || size > _file.Length - offset)
        {
            throw TextFile.Error(Name, $"the part of program header {header} at offset 0x{offset:x} ends behind the file: it is truncated");
        }
    }

    // One piece of address space for all of it. What lies in front of and behind the memory in the file need not be small: /proc/kcore is sparse.
    private IEnumerable<(MemorySegment Segment, Place Place)> Placed(List<(MemorySegment Segment, ulong Offset)> segments)
    {
        segments = [.. segments.Where(part => part.Segment.Size > 0)];
        if (segments.Count == 0)
        {
            return [];
        }

        ulong first = segments.Min(part => part.Offset);
        _file.Reserve(first, segments.Max(part => part.Offset + part.Segment.Size) - first);
        return segments.Select(part => (part.Segment, new Place(_file.Block, part.Offset - first, _file)));
    }

    private int CountHeaders(ReadOnlySpan<byte> header)
    {
        ushort count = Half(header, 56);
        if (count != ManyHeaders)
        {
            return count;
        }

        ReadOnlySpan<byte> section = _file.Copy(Long(header, 40), HeaderSize);
        uint real = section.Length == HeaderSize ? BinaryPrimitives.ReadUInt32LittleEndian(section[44..]) : 0;
        return real <= MaxHeaders ? (int)real : throw TextFile.Error(Name, $"it has {real} program headers, more than {MaxHeaders}");
    }

    // A note: sizes of name and description, type, then both, each filled up to four bytes.
    private void ReadNotes(ReadOnlySpan<byte> notes)
    {
        while (notes.Length >= 12)
        {
            uint nameSize = BinaryPrimitives.ReadUInt32LittleEndian(notes);
            uint descriptionSize = BinaryPrimitives.ReadUInt32LittleEndian(notes[4..]);
            ulong description = 12 + (((ulong)nameSize + 3) & ~3UL);
            ulong next = description + (((ulong)descriptionSize + 3) & ~3UL);
            if (description + descriptionSize > (ulong)notes.Length)
            {
                return;
            }

            if (notes.Slice(12, (int)nameSize).StartsWith("VMCOREINFO\0"u8))
            {
                CoreInfo ??= VmCoreInfo.Parse(Encoding.Latin1.GetString(notes.Slice((int)description, (int)descriptionSize)));
            }

            notes = next < (ulong)notes.Length ? notes[(int)next..] : default;
        }
    }

    private static ushort Half(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static ulong Long(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);
}
