using System.Buffers.Binary;
using System.Globalization;
using Ptewright.Texts;

namespace Ptewright.Images;

/// <summary>What the headers of an ELF core say: its segments, its flags, its note of VMCOREINFO.</summary>
/// <remarks>The program headers are found by <c>e_phoff</c>, <c>e_phentsize</c> and <c>e_phnum</c> alone: QEMU 7.2 writes a wrong <c>e_ehsize</c>, and section headers before them.</remarks>
internal sealed class ElfHeaders
{
    private const int HeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const ushort CoreType = 4;
    private const ushort Aarch64 = 183;
    private const uint Load = 1;
    private const uint Note = 4;

    // makedumpfile sets it when there was no room for all.
    private const uint IncompleteFlag = 1;

    // PN_XNUM: the true number is in section header 0.
    private const ushort ManyHeaders = 0xffff;
    private const int MaxHeaders = 1 << 20;

    private readonly List<ElfSegment> _segments = [];

    /// <summary>Reads the headers of a core.</summary>
    /// <param name="file">The file.</param>
    /// <param name="remarks">Takes what is not as it should be: one sentence each.</param>
    /// <exception cref="InvalidInputException">It is no such core, or contradictory.</exception>
    public ElfHeaders(FileBytes file, ICollection<string> remarks)
    {
        ReadOnlySpan<byte> header = file.Copy(0, HeaderSize);
        if (!ElfCore.IsElf(header))
        {
            throw file.Error("it does not begin as an ELF file does");
        }

        if (header.Length < HeaderSize || header[4] != 2 || header[5] != 1)
        {
            throw file.Error("it is no 64-bit little-endian ELF file");
        }

        if (Half(header, 16) != CoreType || Half(header, 18) != Aarch64)
        {
            throw file.Error($"it is no core of an arm64 machine (ELF type {Half(header, 16)}, machine {Half(header, 18)})");
        }

        ulong at = Long(header, 32);
        int count = CountHeaders(file, header);
        if (Half(header, 54) != ProgramHeaderSize || count == 0 || !file.Has(at, (ulong)count * ProgramHeaderSize))
        {
            throw file.Error($"its {count} program headers at offset 0x{at:x} do not lie in the file");
        }

        if ((BinaryPrimitives.ReadUInt32LittleEndian(header[48..]) & IncompleteFlag) != 0)
        {
            remarks.Add(Incomplete);
        }

        ReadOnlySpan<byte> headers = file.Copy(at, count * ProgramHeaderSize);
        int notesLeft = ElfNotes.MostBytes;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = headers.Slice(i * ProgramHeaderSize, ProgramHeaderSize);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(entry);
            ulong offset = Long(entry, 8);
            ulong size = Long(entry, 32);
            if (type == Load)
            {
                _segments.Add(new ElfSegment(i, offset, Long(entry, 16), Long(entry, 24), size, Math.Max(size, Long(entry, 40))));
            }
            else if (type == Note && file.Has(offset, size))
            {
                byte[] notes = file.Copy(offset, (int)Math.Min(size, (ulong)notesLeft));
                notesLeft -= notes.Length;
                CoreInfo ??= ElfNotes.FindCoreInfo(notes) is { } text ? VmCoreInfo.Parse(text) : null;
            }
            else if (type == Note)
            {
                remarks.Add(string.Create(CultureInfo.InvariantCulture, $"The notes of program header {i} at offset 0x{offset:x} end behind the file, so nothing is taken from there."));
            }
        }
    }

    /// <summary>What is said of a dump that says itself that it is not whole.</summary>
    public const string Incomplete = "Whoever wrote it had no room for all of it, as it says itself: pages are missing, which count as lost.";

    /// <summary>The PT_LOAD segments, in the order of their headers.</summary>
    public IReadOnlyList<ElfSegment> Segments => _segments;

    /// <summary>VMCOREINFO; null where there is none.</summary>
    public VmCoreInfo? CoreInfo { get; }

    /// <summary>The exception about a core without memory.</summary>
    public InvalidInputException WithoutMemory(string name) => TextFile.Error(
        name, _segments.Count == 0 ? "it has no memory in it (no PT_LOAD)" : $"none of its {_segments.Count} segments says where in physical memory it lies");

    private static int CountHeaders(FileBytes file, ReadOnlySpan<byte> header)
    {
        ushort count = Half(header, 56);
        if (count != ManyHeaders)
        {
            return count;
        }

        ReadOnlySpan<byte> section = file.Copy(Long(header, 40), HeaderSize);
        uint real = section.Length == HeaderSize ? BinaryPrimitives.ReadUInt32LittleEndian(section[44..]) : 0;
        return real <= MaxHeaders ? (int)real : throw file.Error($"it has {real} program headers, more than {MaxHeaders}");
    }

    private static ushort Half(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static ulong Long(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);
}
