using System.Buffers.Binary;
using System.Text;
using Ptewright.Addressing;
using Ptewright.Images;

namespace Ptewright.Tests.Images;

/// <summary>An ELF core: which file is one, where its memory lies, and what its notes say.</summary>
/// <remarks>Tool Interface Standard ELF: header (64 bytes), program headers (56 bytes each), notes.</remarks>
public sealed class ElfCoreTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Memory_lies_at_physical_addresses()
    {
        using ElfCore core = Open(Core());
        Assert.Equal([(0x4000_0000UL, 16UL), (0x8000_0000UL, 8UL)], core.Segments.Select(segment => (segment.Start.Value, segment.Size)));
        byte[] bytes = new byte[8];
        Assert.True(core.TryRead(new PhysicalAddress(0x4000_0008), bytes));
        Assert.Equal([8, 9, 10, 11, 12, 13, 14, 15], bytes);
        Assert.True(core.TryRead(new PhysicalAddress(0x8000_0000), bytes));
        Assert.Equal([16, 17, 18, 19, 20, 21, 22, 23], bytes);
        Assert.Null(core.CoreInfo);
        Assert.Equal(new ImageRegisters(), core.Registers);
    }

    // In the file both lie behind one another.
    [Fact]
    public unsafe void A_window_ends_with_its_segment()
    {
        using ElfCore core = Open(Core());
        using MemoryReader reader = core.OpenReader();
        MemoryWindow first = reader.WindowAt(new PhysicalAddress(0x4000_0008), 1);
        Assert.True(first.At(new PhysicalAddress(0x4000_0000), 16) != null);
        Assert.True(first.At(new PhysicalAddress(0x4000_0000), 17) == null && first.At(new PhysicalAddress(0x4000_0010), 1) == null && first.At(new PhysicalAddress(0x3fff_ffff), 1) == null);
        MemoryWindow second = reader.WindowAt(new PhysicalAddress(0x8000_0007), 1);
        Assert.True(second.At(new PhysicalAddress(0x8000_0000), 8) != null);
        Assert.True(second.At(new PhysicalAddress(0x8000_0008), 1) == null && second.At(new PhysicalAddress(0x7fff_ffff), 1) == null);
    }

    [Theory]
    [InlineData(0, 0x7e, "it does not begin as an ELF file does")]
    [InlineData(3, 0x47, "it does not begin as an ELF file does")]
    [InlineData(4, 1, "it is no 64-bit little-endian ELF file")]
    [InlineData(5, 2, "it is no 64-bit little-endian ELF file")]
    [InlineData(16, 2, "it is no core of an arm64 machine (ELF type 2, machine 183)")]
    [InlineData(17, 1, "it is no core of an arm64 machine (ELF type 260, machine 183)")]
    [InlineData(18, 62, "it is no core of an arm64 machine (ELF type 4, machine 62)")]
    [InlineData(54, 64, "its 2 program headers at offset 0x40 do not lie in the file")]
    [InlineData(56, 0, "its 0 program headers at offset 0x40 do not lie in the file")]
    [InlineData(56, 3, "its 3 program headers at offset 0x40 do not lie in the file")]
    [InlineData(32, 0x69, "its 2 program headers at offset 0x69 do not lie in the file")]
    [InlineData(39, 0x80, "its 2 program headers at offset 0x8000000000000040 do not lie in the file")]
    public void What_is_no_such_core_is_said(int at, byte value, string reason)
    {
        byte[] core = Core();
        core[at] = value;
        Assert.Equal($"{_path}: {reason}.", Refusal(core));
    }

    [Theory]
    [InlineData(63, "it is no 64-bit little-endian ELF file")]
    [InlineData(3, "it does not begin as an ELF file does")]
    [InlineData(175, "its 2 program headers at offset 0x40 do not lie in the file")]
    [InlineData(176, "all of its memory lies behind its end at byte 0xb0: it is cut short")]
    public void A_file_that_is_too_short_is_said(int length, string reason) => Assert.Equal($"{_path}: {reason}.", Refusal(Core()[..length]));

    [Theory]
    [InlineData(191, 15, 0, 9)]
    [InlineData(199, 16, 7, 1)]
    public void A_core_that_is_cut_short_is_read_as_far_as_it_goes_and_says_so(int length, ulong first, ulong second, int lost)
    {
        using ElfCore core = Open(Core()[..length]);
        Assert.Equal(
            new[] { (0x4000_0000UL, first), (0x8000_0000UL, second) }.Where(range => range.Item2 > 0), core.Segments.Select(segment => (segment.Start.Value, segment.Size)));
        Assert.Equal([$"It is cut short: {lost} bytes of its memory lie behind its end at byte 0x{length:x}, and are lost."], core.Remarks);
        MissingMemory gone = core.FindMissing(CancellationToken.None)[^1];
        Assert.Equal((MissingKind.Lost, (ulong)lost), (gone.Kind, gone.Bytes));
        using MemoryReader reader = core.OpenReader();
        Assert.Equal(MemoryPresence.Lost, reader.WindowAt(new PhysicalAddress(0x8000_0000 + second), 1).Presence);
        Assert.Equal(first < 16 ? MemoryPresence.Lost : MemoryPresence.Missing, reader.WindowAt(new PhysicalAddress(0x4000_0000 + first), 1).Presence);
    }

    [Fact]
    public void What_a_segment_has_in_memory_alone_was_left_out()
    {
        byte[] core = Core();
        BinaryPrimitives.WriteUInt64LittleEndian(core.AsSpan(64 + 40), 0x3000);
        using ElfCore read = Open(core);
        Assert.Empty(read.Remarks);
        using MemoryReader reader = read.OpenReader();
        Assert.Equal(
            [MemoryPresence.Present, MemoryPresence.Excluded, MemoryPresence.Excluded, MemoryPresence.Missing],
            new[] { 0x4000_0000UL, 0x4000_0010UL, 0x4000_2fffUL, 0x4000_3000UL }.Select(address => reader.WindowAt(new PhysicalAddress(address), 1).Presence));
        Assert.Equal(
            [(MissingKind.Absent, 0x3fff_d000UL), (MissingKind.LeftOut, 0x2ff0UL)], read.FindMissing(CancellationToken.None).Select(gone => (gone.Kind, gone.Bytes)));
        Assert.False(read.LeavesOutZeros);
    }

    [Fact]
    public void A_segment_may_be_left_out_as_a_whole()
    {
        byte[] core = Core();
        BinaryPrimitives.WriteUInt64LittleEndian(core.AsSpan(64 + 32), 0);
        BinaryPrimitives.WriteUInt64LittleEndian(core.AsSpan(64 + 40), 16);
        BinaryPrimitives.WriteUInt64LittleEndian(core.AsSpan(64 + 8), 0);
        using ElfCore read = Open(core);
        MissingMemory gone = Assert.Single(read.FindMissing(CancellationToken.None), gone => gone.Kind == MissingKind.LeftOut);
        Assert.Equal([(0x4000_0000UL, 16UL)], gone.Ranges.Select(range => (range.Start.Value, range.Size)));
    }

    [Fact]
    public void A_core_that_says_it_is_incomplete_says_so()
    {
        byte[] core = Core();
        core[48] = 1;
        using ElfCore read = Open(core);
        Assert.Equal(["Whoever wrote it had no room for all of it, as it says itself: pages are missing, which count as lost."], read.Remarks);
    }

    [Fact]
    public void A_wrong_size_of_the_header_changes_nothing()
    {
        byte[] core = Core();
        core[52] = 8;
        using ElfCore read = Open(core);
        Assert.Equal(2, read.Segments.Count);
    }

    [Fact]
    public void Notes_behind_the_file_are_said()
    {
        byte[] core = WithNote(Note("VMCOREINFO", "OSRELEASE=6.1\n"));
        BinaryPrimitives.WriteUInt64LittleEndian(core.AsSpan(64 + 8), (ulong)core.Length - 1);
        using ElfCore read = Open(core);
        Assert.Null(read.CoreInfo);
        Assert.Contains("end behind the file, so nothing is taken from there", Assert.Single(read.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void Headers_may_end_with_the_file_and_a_part_may_be_empty_at_its_end_or_one_byte_long()
    {
        // A byte of memory, behind it the headers, and nothing behind those.
        byte[] core = new byte[65 + (3 * 56)];
        Header(core, 3);
        core[64] = 99;
        core[32] = 65;
        Segment(core.AsSpan(1), 0, 1, 64, 0x4000_0000, 1);
        Segment(core.AsSpan(1), 1, 1, core.Length, 0x5000_0000, 0);
        Segment(core.AsSpan(1), 2, 4, core.Length, 0, 0);
        using ElfCore read = Open(core);
        Assert.Equal([(0x4000_0000UL, 1UL)], read.Segments.Select(segment => (segment.Start.Value, segment.Size)));
        byte[] bytes = new byte[1];
        Assert.True(read.TryRead(new PhysicalAddress(0x4000_0000), bytes));
        Assert.Equal([99], bytes);
    }

    [Fact]
    public void A_core_without_memory_is_said() => Assert.Equal($"{_path}: it has no memory in it (no PT_LOAD).", Refusal(WithNote([], withMemory: false)));

    [Theory]
    [InlineData("VMCOREINFO", "OSRELEASE=6.1\n", "6.1")]
    [InlineData("VMCOREINFO2", "OSRELEASE=6.1\n", null)]
    [InlineData("QEMU", "OSRELEASE=6.1\n", null)]
    public void The_note_VMCOREINFO_is_read(string name, string text, string? release)
    {
        using ElfCore core = Open(WithNote(Note(name, text)));
        Assert.Equal(release, core.CoreInfo?.Release);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Notes_are_filled_up_to_four_bytes_and_the_first_of_two_counts(int length)
    {
        byte[] other = Note("CORE"[..Math.Min(4, length)], new string('x', length));
        using ElfCore core = Open(WithNote([.. other, .. Note("VMCOREINFO", "OSRELEASE=first"), .. Note("VMCOREINFO", "OSRELEASE=second")]));
        Assert.Equal("first", core.CoreInfo?.Release);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_note_may_end_with_its_text_but_not_behind_the_notes(int missing)
    {
        byte[] note = Note("VMCOREINFO", "OSRELEASE=abcde");
        Array.Resize(ref note, note.Length - 1 - missing);
        using ElfCore core = Open(WithNote(note));
        Assert.Equal(missing == 0 ? "abcde" : null, core.CoreInfo?.Release);
    }

    [Fact]
    public void So_many_headers_that_their_number_stands_elsewhere_are_read()
    {
        byte[] core = [.. Core(), .. new byte[64]];
        BinaryPrimitives.WriteUInt16LittleEndian(core.AsSpan(56), 0xffff);
        BinaryPrimitives.WriteUInt64LittleEndian(core.AsSpan(40), (ulong)core.Length - 64);
        BinaryPrimitives.WriteUInt32LittleEndian(core.AsSpan(core.Length - 64 + 44), 2);
        using (ElfCore read = Open(core))
        {
            Assert.Equal(2, read.Segments.Count);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(core.AsSpan(core.Length - 64 + 44), (1 << 20) + 1);
        Assert.Equal($"{_path}: it has 1048577 program headers, more than 1048576.", Refusal(core));
        BinaryPrimitives.WriteUInt64LittleEndian(core.AsSpan(40), (ulong)core.Length - 63);
        Assert.Equal($"{_path}: its 0 program headers at offset 0x40 do not lie in the file.", Refusal(core));
    }

    private string Refusal(byte[] core) => Assert.Throws<InvalidInputException>(() => Open(core)).Message;

    private ElfCore Open(byte[] core)
    {
        File.WriteAllBytes(_path, core);
        return new ElfCore(_path);
    }

    // Two pieces of memory, the second one first in the file's headers: 0x40000000 (16 bytes) and 0x80000000 (8 bytes).
    private static byte[] Core()
    {
        byte[] core = new byte[64 + (2 * 56) + 24];
        Header(core, 2);
        Segment(core, 0, 1, 176, 0x4000_0000, 16);
        Segment(core, 1, 1, 192, 0x8000_0000, 8);
        for (int i = 0; i < 24; i++)
        {
            core[176 + i] = (byte)i;
        }

        return core;
    }

    private static byte[] WithNote(byte[] notes, bool withMemory = true)
    {
        byte[] core = [.. new byte[64 + (2 * 56)], .. notes, .. new byte[8]];
        Header(core, (ushort)(withMemory ? 2 : 1));
        Segment(core, 0, 4, 176, 0, notes.Length);
        Segment(core, 1, 1, 176 + notes.Length, 0x4000_0000, 8);
        return core;
    }

    private static byte[] Note(string name, string text)
    {
        int nameSize = name.Length + 1;
        int textAt = 12 + ((nameSize + 3) & ~3);
        byte[] note = new byte[textAt + ((text.Length + 3) & ~3)];
        BinaryPrimitives.WriteInt32LittleEndian(note, nameSize);
        BinaryPrimitives.WriteInt32LittleEndian(note.AsSpan(4), text.Length);
        Encoding.ASCII.GetBytes(name).CopyTo(note, 12);
        Encoding.ASCII.GetBytes(text).CopyTo(note, textAt);
        return note;
    }

    private static void Header(byte[] core, ushort headers)
    {
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(core);
        core[16] = 4;
        core[18] = 183;
        core[32] = 64;
        core[54] = 56;
        BinaryPrimitives.WriteUInt16LittleEndian(core.AsSpan(56), headers);
    }

    private static void Segment(Span<byte> core, int index, int type, int offset, ulong physical, int size)
    {
        Span<byte> entry = core.Slice(64 + (index * 56), 56);
        BinaryPrimitives.WriteInt32LittleEndian(entry, type);
        BinaryPrimitives.WriteInt32LittleEndian(entry[8..], offset);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[24..], physical);
        BinaryPrimitives.WriteInt32LittleEndian(entry[32..], size);
    }
}
