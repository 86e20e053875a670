using System.Buffers.Binary;
using System.Text;
using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Fuzz;
using Ptewright.Images;

namespace Ptewright.Tests.Images;

/// <summary><c>/proc/kcore</c> as arm64 kernels show it. The headers are those of real kernels (Debian's 5.10, 6.1, 6.12 and 6.12-16k, 512 MiB at 0x40000000, read by their own first program).</summary>
public sealed class KcoreImageTests : IDisposable
{
    private const ulong None = ulong.MaxValue;
    private const ulong Memory = 0x4000_0000;
    private const ulong MemorySize = 0x2000_0000;

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    // Image, vmalloc, modules, memory, the page array: where in the file, virtual address, size.
    public static TheoryData<string, ulong[]> Kernels => new()
    {
        { "5.10", [0xc15c52a02000, 0xffffc15c52a00000, 0x1ac0000, 0x800010002000, 0xffff800010000000, 0x7dffafff0000, 0x800008002000, 0xffff800008000000, 0x8000000, 0x7d2ec0002000, 0xffff7d2ec0000000, 0xfff4bae02000, 0xfffffff4bae00000, 0x800000] },
        { "6.1", [0xde706f003000, 0xffffde706f000000, 0x1ab0000, 0x800008003000, 0xffff800008000000, 0x7bffe8000000, 0x800000003000, 0xffff800000000000, 0x8000000, 0x436580003000, 0xffff436580000000, 0xfd0d96003000, 0xfffffd0d96000000, 0x800000] },
        { "6.12", [0xfc2e5e6a03000, 0xffffc2e5e6a00000, 0x2240000, 0xf800080003000, 0xffff800080000000, 0x7dff3f800000, 0xf800000003000, 0xffff800000000000, 0x80000000, 0xf1066c0003000, 0xffff1066c0000000, 0xffe415b003000, 0xfffffe415b000000, 0x800000] },
        { "6.12-16k", [0xfe47a75a04000, 0xffffe47a75a00000, 0x2be0000, 0xfc00080004000, 0xffffc00080000000, 0x3fbf3f800000, 0xfc00000004000, 0xffffc00000000000, 0x80000000, 0xf8aa880004000, 0xffff8aa880000000, 0xfffca68804000, 0xffffffca68800000, 0x200000] },
    };

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Memory_is_what_has_a_physical_address_of_its_own(string release, ulong[] layout)
    {
        KernelFile file = new(release, layout);
        using KcoreImage image = new(file);
        Assert.Equal([(Memory, MemorySize)], image.Segments.Select(segment => (segment.Start.Value, segment.Size)));
        Assert.Equal(release, image.CoreInfo?.Release);
        Assert.Equal(2, image.Remarks.Count);
        Assert.StartsWith("3 of 5 segments left out: no physical address", image.Remarks[0], StringComparison.Ordinal);
        Assert.StartsWith("1 of 5 segments left out: memory that a larger segment has too, as the kernel's image", image.Remarks[1], StringComparison.Ordinal);

        // The first and the last page, and what lies across pages.
        foreach (ulong at in new[] { Memory, Memory + 0x20_0ffc, Memory + MemorySize - 8 })
        {
            byte[] read = new byte[8];
            Assert.True(image.TryRead(new PhysicalAddress(at), read));
            Assert.Equal(Enumerable.Range(0, 8).Select(i => KernelFile.At(layout[9] + (at - Memory) + (ulong)i)), read);
        }

        Assert.False(image.TryRead(new PhysicalAddress(Memory + MemorySize), new byte[1]));
        Assert.False(image.TryRead(new PhysicalAddress(Memory - 1), new byte[1]));
        Assert.Empty(image.FindMissing(CancellationToken.None));
    }

    [Fact]
    public void A_page_that_fails_or_gives_fewer_bytes_is_lost_and_no_other()
    {
        KernelFile file = new("6.1", [.. Kernels.Single(kernel => kernel.Data.Item1 == "6.1").Data.Item2]) { Failing = Memory + 0x5000 };
        using KcoreImage image = new(file);
        using MemoryReader reader = image.OpenReader();
        Assert.Equal(
            [MemoryPresence.Present, MemoryPresence.Lost, MemoryPresence.Present, MemoryPresence.Lost],
            new[] { 0x4000UL, 0x5008UL, 0x6000UL, 0x4000UL }.Select((offset, i) => reader.WindowAt(new PhysicalAddress(Memory + offset), i == 3 ? 8192 : 8).Presence));

        // Nothing is read beyond what is asked for.
        Assert.Equal(4096, file.LongestRead);
    }

    [Fact]
    public void What_is_read_again_is_read_anew_by_another_reader()
    {
        KernelFile file = new("6.1", [.. Kernels.Single(kernel => kernel.Data.Item1 == "6.1").Data.Item2]);
        using KcoreImage image = new(file);
        byte[] read = new byte[1];
        Assert.True(image.TryRead(new PhysicalAddress(Memory), read));
        file.Changed = 1;
        byte before = read[0];
        Assert.True(image.TryRead(new PhysicalAddress(Memory), read));
        Assert.Equal(before + 1, read[0]);
    }

    [Fact]
    public void Old_kernels_do_not_say_where_memory_lies()
    {
        KernelFile file = new("4.9", [.. Kernels.Single(kernel => kernel.Data.Item1 == "5.10").Data.Item2]) { HasNoPhysical = true };
        Assert.EndsWith(": none of its 5 segments says where in physical memory it lies.", Assert.Throws<InvalidInputException>(() => new KcoreImage(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_copy_of_it_is_known_by_its_segments_and_a_core_of_memory_alone_is_none()
    {
        ulong[] layout = [64 + (6 * 56), 0xffff800010000000, 64, 64 + (6 * 56), 0xffff800010000000, 0x1000, 64 + (6 * 56), 0xffff800008000000, 0x1000, 4096, 0xffff7d2ec0000000, 4096, 0xfffffff4bae00000, 4096];
        KernelFile copy = new("5.10", layout) { MemoryBytes = 8192 };
        File.WriteAllBytes(_path, copy.Copy(0, 4096 + 8192));
        using (MemoryImage image = MemorySource.Open(_path))
        {
            Assert.IsType<KcoreImage>(image);
            byte[] read = new byte[8192];
            Assert.True(image.TryRead(new PhysicalAddress(Memory), read));
            Assert.Equal(Enumerable.Range(4096, 8192).Select(i => KernelFile.At((ulong)i)), read);
        }

        // Cut short: the pages that are not there are lost.
        File.WriteAllBytes(_path, copy.Copy(0, 4096 + 8191));
        using (MemoryImage cut = MemorySource.Open(_path))
        using (MemoryReader reader = cut.OpenReader())
        {
            Assert.Equal(MemoryPresence.Present, reader.WindowAt(new PhysicalAddress(Memory), 4096).Presence);
            Assert.Equal(MemoryPresence.Lost, reader.WindowAt(new PhysicalAddress(Memory + 4096), 8).Presence);
        }

        File.WriteAllBytes(_path, CoreFile.Small);
        Assert.False(KcoreImage.IsKcore(_path));
    }

    [Fact]
    public void A_segment_that_no_file_can_have_is_refused()
    {
        ulong[] layout = [.. Kernels.Single(kernel => kernel.Data.Item1 == "6.1").Data.Item2];
        layout[9] = ulong.MaxValue - 4096;
        Assert.Contains("is larger than any memory", Assert.Throws<InvalidInputException>(() => new KcoreImage(new KernelFile("6.1", layout))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gone_it_says_so()
    {
        KcoreImage image = new(new KernelFile("6.1", [.. Kernels.Single(kernel => kernel.Data.Item1 == "6.1").Data.Item2]));
        MemoryReader reader = image.OpenReader();
        image.Dispose();
        Assert.Throws<ObjectDisposedException>(image.OpenReader);
        Assert.Throws<ObjectDisposedException>(() => reader.WindowAt(new PhysicalAddress(Memory), 8));
        reader.Dispose();
    }

    /// <summary>A file as large as a kernel's addresses, whose bytes follow from where they are.</summary>
    private sealed class KernelFile : FileBytes
    {
        private readonly byte[] _note;
        private readonly ulong[] _layout;
        private readonly string _release;

        public KernelFile(string release, ulong[] layout)
        {
            (_release, _layout) = (release, layout);
            byte[] text = Encoding.ASCII.GetBytes($"OSRELEASE={release}\n");
            byte[] note = new byte[24 + ((text.Length + 3) & ~3)];
            BinaryPrimitives.WriteInt32LittleEndian(note, 11);
            BinaryPrimitives.WriteInt32LittleEndian(note.AsSpan(4), text.Length);
            "VMCOREINFO\0"u8.CopyTo(note.AsSpan(12));
            text.CopyTo(note, 24);
            _note = note;
        }

        public ulong Failing { get; init; }

        public byte Changed { get; set; }

        public bool HasNoPhysical { get; init; }

        public ulong MemoryBytes { get; init; } = MemorySize;

        public int LongestRead { get; private set; }

        public override string Name => _release;

        public override ulong Length => long.MaxValue;

        public static byte At(ulong offset) => (byte)(offset ^ (offset >> 12) ^ (offset >> 24));

        public override void Read(ulong offset, Span<byte> room)
        {
            byte[] head = Head();
            for (int i = 0; i < room.Length; i++)
            {
                ulong at = offset + (ulong)i;
                room[i] = at < (ulong)head.Length ? head[at] : (byte)(At(at) + Changed);
                if (Failing != 0 && at - _layout[9] == Failing - Memory)
                {
                    throw Error("its bytes cannot be read");
                }
            }

            LongestRead = offset < (ulong)head.Length ? LongestRead : Math.Max(LongestRead, room.Length);
        }

        public override void Dispose()
        {
        }

        // As fs/proc/kcore.c writes it: the note, the image, vmalloc, modules, memory, the page array.
        private byte[] Head()
        {
            byte[] head = new byte[64 + (6 * 56) + _note.Length];
            "\u007fELF\u0002\u0001\u0001"u8.CopyTo(head);
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(16), 4);
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(18), 183);
            BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(20), 1);
            BinaryPrimitives.WriteUInt64LittleEndian(head.AsSpan(32), 64);
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(52), 64);
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(54), 56);
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(56), 6);
            Segment(head, 0, 4, 0, 64 + (6 * 56), 0, 0, (ulong)_note.Length, 0);
            Segment(head, 1, 1, 7, _layout[0], _layout[1], 0x4020_0000, _layout[2], _layout[2]);
            Segment(head, 2, 1, 7, _layout[3], _layout[4], None, _layout[5], _layout[5]);
            Segment(head, 3, 1, 7, _layout[6], _layout[7], None, _layout[8], _layout[8]);
            Segment(head, 4, 1, 7, _layout[9], _layout[10], Memory, MemoryBytes, MemoryBytes);
            Segment(head, 5, 1, 7, _layout[11], _layout[12], None, _layout[13], _layout[13]);
            _note.CopyTo(head, 64 + (6 * 56));
            return head;
        }

        private void Segment(byte[] head, int index, uint type, uint flags, ulong offset, ulong address, ulong physical, ulong size, ulong inMemory)
        {
            Span<byte> header = head.AsSpan(64 + (index * 56), 56);
            BinaryPrimitives.WriteUInt32LittleEndian(header, type);
            BinaryPrimitives.WriteUInt32LittleEndian(header[4..], flags);
            BinaryPrimitives.WriteUInt64LittleEndian(header[8..], offset);
            BinaryPrimitives.WriteUInt64LittleEndian(header[16..], address);
            BinaryPrimitives.WriteUInt64LittleEndian(header[24..], HasNoPhysical ? 0 : physical);
            BinaryPrimitives.WriteUInt64LittleEndian(header[32..], size);
            BinaryPrimitives.WriteUInt64LittleEndian(header[40..], inMemory);
        }
    }
}
