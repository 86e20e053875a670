using System.Buffers.Binary;
using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Fuzz;
using Ptewright.Images;
using static Ptewright.Images.PagePacking;

namespace Ptewright.Tests.Images;

/// <summary>Kdump-compressed files that a writer of the tests made by the description of the format: every version, packing and size of page; what is left out, lost, and not there.</summary>
public sealed class KdumpImageTests : IDisposable
{
    private const ulong First = KdumpFiles.FirstPage;

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<int, int, uint> Kinds
    {
        get
        {
            TheoryData<int, int, uint> kinds = [];
            foreach (int blockSize in new[] { 4 << 10, 16 << 10, 64 << 10 })
            {
                foreach (PagePacking packing in new[] { None, Zlib, Lzo, Snappy, Zstd })
                {
                    kinds.Add(6, blockSize, (uint)packing);
                }
            }

            for (int version = 1; version <= 5; version++)
            {
                kinds.Add(version, 4 << 10, (uint)Lzo);
            }

            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_page_is_read_as_it_was_written(int version, int blockSize, uint packing)
    {
        KdumpWriter writer = new()
        {
            Version = version,
            Signature = version % 2 == 0 ? "DISKDUMP" : "KDUMP   ",
            BlockSize = blockSize,
            Stored = KdumpFiles.Memory(blockSize),
            Packings = [(PagePacking)packing],
            Note = Samples.Note,
        };
        using KdumpImage dump = new(Write("dump", writer.Build()));
        SameMemory(writer, dump);
        Assert.Equal(blockSize, dump.BlockSize);
        Assert.Empty(dump.Remarks);

        // VMCOREINFO came with version 3.
        Assert.Equal(version < 3 ? null : "6.12.117+deb12-arm64", dump.CoreInfo?.Release);
        Assert.Equal(version < 3 ? null : 0xc1a7_9000UL, dump.Registers.Ttbr1);
    }

    [Fact]
    public void Packings_are_mixed_in_one_file_and_what_does_not_shrink_is_plain()
    {
        KdumpWriter writer = Plain with { Packings = [Zlib, Lzo, Snappy, Zstd, None] };
        SameMemory(writer, writer.Build());
        Assert.Equal(None, KdumpWriter.Pack(writer.Stored[First + 5], Zlib).Packing);
    }

    [Fact]
    public void What_is_excluded_is_not_what_is_missing()
    {
        KdumpWriter writer = Plain with { Excluded = [First + 7, First + 8, First + 20] };
        using KdumpImage dump = new(Write("dump", writer.Build()));
        Assert.Equal([MemoryPresence.Present, MemoryPresence.Excluded, MemoryPresence.Excluded, MemoryPresence.Missing], Presences(dump, First + 6, First + 7, First + 8, First + 9));
        Assert.Equal([MemoryPresence.Missing, MemoryPresence.Excluded, MemoryPresence.Missing, MemoryPresence.Missing], Presences(dump, First - 1, First + 20, writer.Pages, 1UL << 51));
        Assert.Equal([(First << 12, 9UL << 12), ((First + 20) << 12, 1UL << 12)], dump.Segments.Select(segment => (segment.Start.Value, segment.Size)));
        Assert.Equal((7UL, 10UL), (dump.StoredPages, dump.KnownPages));

        // A piece that has both is not there.
        using MemoryReader reader = dump.OpenReader();
        Assert.Equal(MemoryPresence.Excluded, reader.WindowAt(new PhysicalAddress((First + 6) << 12), 8192).Presence);
    }

    [Fact]
    public void With_one_bitmap_nobody_knows_what_was_left_out_and_it_is_said()
    {
        KdumpWriter writer = Plain with { HasOneBitmap = true, Excluded = [First + 7] };
        using KdumpImage dump = new(Write("dump", writer.Build()));
        SameMemory(writer, dump);
        Assert.Equal([MemoryPresence.Missing], Presences(dump, First + 7));
        Assert.Equal(["It has one bitmap, so pages that were left out cannot be told from memory that the machine did not have."], dump.Remarks);
    }

    [Fact]
    public void A_dump_of_QEMU_has_large_pages_one_page_of_zeros_and_no_name_of_its_machine()
    {
        SortedDictionary<ulong, byte[]> memory = KdumpFiles.Memory(64 << 10);
        memory.Add(First + 30, new byte[64 << 10]);
        KdumpWriter writer = new() { BlockSize = 64 << 10, Stored = memory, SharesZeros = true, Machine = "Unknown" };
        byte[] file = writer.Build();
        Assert.Equal(Descriptor(writer, file, 4), Descriptor(writer, file, 7));
        SameMemory(writer, file);
        using KdumpImage dump = new(Write("dump", file));
        Assert.Null(dump.CoreInfo);
        Assert.Empty(dump.Remarks);
    }

    [Fact]
    public void VMCOREINFO_is_found_in_the_notes_where_the_header_does_not_say_where_it_is()
    {
        using KdumpImage dump = new(Write("dump", (Plain with { Note = Samples.Note, SaysWhereCoreInfoIs = false }).Build()));
        Assert.Equal("6.12.117+deb12-arm64", dump.CoreInfo?.Release);

        // Before version 4 there are no notes.
        using KdumpImage old = new(Write("old", (Plain with { Version = 3, Note = Samples.Note, SaysWhereCoreInfoIs = false }).Build()));
        Assert.Null(old.CoreInfo);
    }

    [Fact]
    public void VMCOREINFO_that_is_not_in_the_file_is_said()
    {
        byte[] file = (Plain with { Note = Samples.Note }).Build();
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(4096 + 32), file.Length - 3);
        using KdumpImage dump = new(Write("dump", file));
        Assert.Null(dump.CoreInfo);
        Assert.StartsWith($"Its VMCOREINFO, {Samples.Note.Length} bytes at offset 0x{file.Length - 3:x}, do not lie in the file", Assert.Single(dump.Remarks), StringComparison.Ordinal);
    }

    // Descriptor of the second stored page: offset, size, flags; null leaves what is there.
    [Theory]
    [InlineData(0L, null, null)]
    [InlineData(long.MaxValue, null, null)]
    [InlineData(-1L, null, null)]
    [InlineData(null, 0, null)]
    [InlineData(null, 4097, null)]
    [InlineData(null, -1, null)]
    [InlineData(null, 10, null)]
    [InlineData(null, null, 0)]
    [InlineData(null, null, 2)]
    [InlineData(null, null, 4)]
    [InlineData(null, null, 0x20)]
    [InlineData(null, null, 0x41)]
    [InlineData(null, null, 0x08)]
    public void A_page_that_cannot_be_read_is_lost_and_the_others_are_not(long? offset, int? size, int? flags)
    {
        KdumpWriter writer = Plain;
        byte[] file = writer.Build();
        Span<byte> descriptor = file.AsSpan(writer.DescriptorOffset + KdumpWriter.DescriptorSize);
        BinaryPrimitives.WriteInt64LittleEndian(descriptor, offset ?? BinaryPrimitives.ReadInt64LittleEndian(descriptor));
        BinaryPrimitives.WriteInt32LittleEndian(descriptor[8..], size ?? BinaryPrimitives.ReadInt32LittleEndian(descriptor[8..]));
        BinaryPrimitives.WriteInt32LittleEndian(descriptor[12..], flags ?? BinaryPrimitives.ReadInt32LittleEndian(descriptor[12..]));
        using KdumpImage dump = new(Write("dump", file));
        Assert.Equal([MemoryPresence.Present, MemoryPresence.Lost, MemoryPresence.Present], Presences(dump, First, First + 1, First + 2));
        Assert.Equal([MemoryPresence.Lost], Presences(dump, First + 1));
    }

    [Theory]
    [InlineData(Zlib, new byte[] { 0x78, 0x20, 1, 2, 3, 4, 5, 6 })]
    [InlineData(Zlib, new byte[] { 0x78, 0x01, 1, 4, 0, 0xfb, 0xff, 1, 2, 3, 4, 0, 0x18, 0, 0xb })]
    [InlineData(Zlib, new byte[] { 0x10 })]
    [InlineData(Lzo, new byte[] { 21, 1, 2, 3, 4, 0x11, 0, 0 })]
    [InlineData(Snappy, new byte[] { 4, 12, 1, 2, 3, 4 })]
    [InlineData(Snappy, new byte[] { 0x80, 0x20, 12, 1, 2, 3, 4 })]
    [InlineData(Snappy, new byte[] { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff })]
    [InlineData(Zstd, new byte[] { 0x28, 0xb5, 0x2f, 0xfd, 0x20, 4, 0x21, 0, 0, 1, 2, 3, 4 })]
    [InlineData(Zstd, new byte[] { 0x28, 0xb5, 0x2f, 0xfd })]
    internal void What_does_not_unpack_to_a_page_is_none(PagePacking packing, byte[] packed)
    {
        using PageUnpacker unpacker = new(4096);
        packed.CopyTo(unpacker.RoomFor(packed.Length));
        Assert.False(unpacker.TryUnpack(packed.Length, packing, new byte[4096]));
    }

    [Fact]
    public void Of_several_packings_the_first_one_counts()
    {
        KdumpWriter writer = Plain;
        byte[] file = writer.Build();
        file[writer.DescriptorOffset + 12] |= 0x26;
        SameMemory(writer, file);
    }

    [Fact]
    public void A_file_that_is_cut_short_is_read_as_far_as_it_goes_and_says_so()
    {
        KdumpWriter writer = Plain;
        byte[] file = writer.Build();
        using (KdumpImage cut = new(Write("pages", file[..^1])))
        {
            Assert.Equal([MemoryPresence.Present, MemoryPresence.Lost], Presences(cut, First + 5, First + 6));
            Assert.Equal(
                $"It is cut short or damaged: the last of its 7 pages does not lie in its 0x{file.Length - 1:x} bytes; pages that do not are lost.", Assert.Single(cut.Remarks));
        }

        int length = writer.DescriptorOffset + (2 * KdumpWriter.DescriptorSize) + 5;
        using (KdumpImage cut = new(Write("descriptors", file[..length])))
        {
            Assert.Equal([MemoryPresence.Lost, MemoryPresence.Lost], Presences(cut, First, First + 6));
            Assert.Equal($"It is cut short: of its 7 pages the descriptors of 5 lie behind its end at byte 0x{length:x}; those pages are lost.", Assert.Single(cut.Remarks));
        }

        Assert.Contains("cut short before any of its memory", Refusal(file[..(writer.DescriptorOffset - 1)]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_dump_that_says_it_is_incomplete_is_read_and_says_so()
    {
        KdumpWriter writer = Plain with { Status = 0x09 };
        byte[] file = writer.Build();
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(writer.DescriptorOffset + (6 * KdumpWriter.DescriptorSize)), 0);
        using KdumpImage dump = new(Write("dump", file));
        Assert.Equal(["Whoever wrote it had no room for all of it, as it says itself: pages are missing, which count as lost."], dump.Remarks);
        Assert.Equal([MemoryPresence.Present, MemoryPresence.Lost], Presences(dump, First + 5, First + 6));
    }

    [Fact]
    public void A_dump_of_another_kind_of_machine_says_so() =>
        Assert.Equal(
            ["It says that it is of a machine of kind 'x86_64'; it is read as one of arm64."], Remarks((Plain with { Machine = "x86_64" }).Build()));

    [Theory]
    [InlineData(8, 0, "its header version at offset 8 is 0; versions 1 to 6 are known")]
    [InlineData(8, 7, "its header version at offset 8 is 7;")]
    [InlineData(8, 0x0600_0000, "its header version at offset 8 is 100663296;")]
    [InlineData(428, 8192, "its block size at offset 428 is 8192; a dump of a 64-bit arm64 machine has 4096, 16384 or 65536 there")]
    [InlineData(432, 0, "its sub header of 0 blocks and its bitmaps of 2 do not lie in")]
    [InlineData(432, -1, "its sub header of 4294967295 blocks")]
    [InlineData(436, 0, "its bitmaps of 0 do not lie in")]
    [InlineData(436, 0x7fff_ffff, "its bitmaps of 2147483647 do not lie in")]
    [InlineData(4096 + 96, 0, "it is for 0 pages, and its bitmaps at offset 0x2000 have 65536 bits")]
    [InlineData(4096 + 100, 1, "it is for 4294968320 pages, and its bitmaps")]
    [InlineData(4096 + 12, 1, "it is a part of a split dump and has the pages from 16 up to 9, of 1024 in all: it is damaged")]
    public void A_header_that_contradicts_itself_or_the_file_is_refused(int offset, int value, string sentence)
    {
        byte[] file = (Plain with { Part = (16, 9) }).Build();
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4096 + 12), 0);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(offset), value);
        Assert.Contains(sentence, Refusal(file), StringComparison.Ordinal);
    }

    [Fact]
    public void What_begins_so_and_ends_at_once_is_refused()
    {
        Assert.EndsWith(": it ends within its header, which has 464 bytes.", Refusal("KDUMP   "u8.ToArray()), StringComparison.Ordinal);
        Assert.EndsWith(": it does not begin as a kdump-compressed file does, with KDUMP or DISKDUMP.", Refusal(new byte[5000]), StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_stay_good_as_long_as_they_must_and_pages_that_were_given_up_come_back()
    {
        SortedDictionary<ulong, byte[]> memory = [];
        const int frames = FrameCache.Frames + 40;
        for (ulong frame = 0; frame < frames; frame++)
        {
            byte[] page = new byte[4096];
            page.AsSpan().Fill((byte)(frame ^ (frame >> 8) ^ 0x5a));
            memory.Add(frame * 16, page);
        }

        using KdumpImage dump = new(Write("dump", (Plain with { Stored = memory, Pages = 16 * frames }).Build()));
        using MemoryReader reader = dump.OpenReader();
        Queue<(ulong Frame, MemoryWindow Window)> open = [];
        for (int round = 0; round < 3; round++)
        {
            for (ulong frame = 0; frame < frames; frame++)
            {
                open.Enqueue((frame, reader.WindowAt(new PhysicalAddress(frame << 16), 4096)));
                if (open.Count > MemoryReader.WindowsKept)
                {
                    _ = open.Dequeue();
                }

                Assert.All(open, kept => Assert.Equal(memory[kept.Frame * 16][7], First8(kept.Window, kept.Frame << 16)));
            }
        }
    }

    [Fact]
    public void A_window_has_the_pages_beside_it_that_were_unpacked_before()
    {
        using KdumpImage dump = new(Write("dump", Plain.Build()));
        using MemoryReader reader = dump.OpenReader();
        _ = reader.WindowAt(new PhysicalAddress(First << 12), 8);
        _ = reader.WindowAt(new PhysicalAddress((First + 2) << 12), 8);
        Assert.True(IsThere(reader.WindowAt(new PhysicalAddress((First + 1) << 12), 8), First << 12, 3 << 12));
        Assert.False(IsThere(reader.WindowAt(new PhysicalAddress((First + 1) << 12), 8), First << 12, 4 << 12));
    }

    [Fact]
    public async Task Several_threads_read_one_dump()
    {
        KdumpWriter writer = Plain with { Packings = [Zlib, Lzo, Snappy, Zstd] };
        using KdumpImage dump = new(Write("dump", writer.Build()));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                SameMemory(writer, dump);
            }
        })));
    }

    [Fact]
    public void Flattened_it_is_the_same_and_a_core_too()
    {
        KdumpWriter writer = Plain with { Note = Samples.Note };
        string flat = Write("flat", FlatWriter.Write(writer.Build(), new Random(3)));
        using (KdumpImage dump = Assert.IsType<KdumpImage>(MemorySource.Open(flat)))
        {
            SameMemory(writer, dump);
            Assert.Equal(0xc1a7_9000UL, dump.Registers.Ttbr1);
        }

        using ElfCore core = Assert.IsType<ElfCore>(MemorySource.Open(Write("core", FlatWriter.Write(CoreFile.Small, new Random(4)))));
        Assert.Equal(0xc1a7_9000UL, core.Registers.Ttbr1);
        Assert.True(core.TryRead(new PhysicalAddress(0x4000_0000), new byte[64]));
    }

    private static KdumpWriter Plain => new() { Stored = KdumpFiles.Memory(4096) };

    private static unsafe byte First8(MemoryWindow window, ulong address) => window.At(new PhysicalAddress(address), 8)[7];

    private static unsafe bool IsThere(MemoryWindow window, ulong address, ulong bytes) => window.At(new PhysicalAddress(address), bytes) != null;

    private static MemoryPresence[] Presences(KdumpImage dump, params ulong[] pages)
    {
        using MemoryReader reader = dump.OpenReader();
        return [.. pages.Select(page => reader.WindowAt(new PhysicalAddress(page * (ulong)dump.BlockSize), dump.BlockSize).Presence)];
    }

    private static void SameMemory(KdumpWriter writer, KdumpImage dump)
    {
        using MemoryReader reader = dump.OpenReader();
        byte[] page = new byte[writer.BlockSize];
        foreach ((ulong number, byte[] bytes) in writer.Stored)
        {
            Assert.True(reader.TryRead(new PhysicalAddress(number * (ulong)writer.BlockSize), page));
            Assert.Equal(bytes, page);
        }

        // And all of it at once, across the borders of pages and frames.
        byte[][] run = [.. writer.Stored.TakeWhile((page, index) => page.Key == writer.Stored.Keys.First() + (ulong)index).Select(page => page.Value)];
        byte[] all = new byte[run.Length * writer.BlockSize];
        Assert.True(reader.TryRead(new PhysicalAddress(writer.Stored.Keys.First() * (ulong)writer.BlockSize), all));
        Assert.Equal(run.SelectMany(bytes => bytes), all);
    }

    private static byte[] Descriptor(KdumpWriter writer, byte[] file, int index) =>
        file[(writer.DescriptorOffset + (index * KdumpWriter.DescriptorSize))..(writer.DescriptorOffset + ((index + 1) * KdumpWriter.DescriptorSize))];

    private void SameMemory(KdumpWriter writer, byte[] file)
    {
        using KdumpImage dump = new(Write("same", file));
        SameMemory(writer, dump);
    }

    private IReadOnlyList<string> Remarks(byte[] file)
    {
        using KdumpImage dump = new(Write("remarks", file));
        return dump.Remarks;
    }

    private string Refusal(byte[] file)
    {
        string path = Write("refused", file);
        return Assert.Throws<InvalidInputException>(() => new KdumpImage(path)).Message;
    }

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
