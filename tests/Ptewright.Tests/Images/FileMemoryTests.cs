using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Fuzz;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Images;

/// <summary>A file as memory: the bytes are its own wherever one asks, and what happens to it meanwhile is a sentence.</summary>
public sealed class FileMemoryTests : IDisposable
{
    private const int Chunk = 1 << 16;

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void A_file_that_is_cut_while_it_is_read_is_a_sentence_and_what_was_read_stays()
    {
        File.WriteAllBytes(_file, Bytes(1 << 20));
        using RawImage image = new((_file, new PhysicalAddress(0x4000_0000)));
        byte[] before = Read(image, 0x4000_0000, 4096);
        using (FileStream cut = new(_file, FileMode.Open))
        {
            cut.SetLength(3 * Chunk / 2);
        }

        Assert.Equal(before, Read(image, 0x4000_0000, 4096));
        Assert.Equal($"{_file}: it had 1048576 bytes when it was opened, and now it ends before byte 0x18000.", Refusal(() => Read(image, 0x4000_0000 + Chunk, 8)));
        Assert.Equal($"{_file}: it had 1048576 bytes when it was opened, and now it ends before byte 0x80000.", Refusal(() => Read(image, 0x4008_0000, 8)));
    }

    [Fact]
    public void Readers_of_tables_in_a_file_that_is_cut_end_with_that_sentence()
    {
        // A root in the first chunk; the table that it leads to lies in the part that goes.
        byte[] memory = new byte[4 * Chunk];
        BitConverter.TryWriteBytes(memory, (2UL * Chunk) | 3);
        BitConverter.TryWriteBytes(memory.AsSpan(2 * Chunk), 0x705UL);
        ImageRegisters registers = new(Ttbr1: 0, Tcr: 0x5_8019_0019);
        TranslationRoot root = TranslationRoot.Of(registers, AddressHalf.Upper);
        foreach (Action<MemoryImage> use in new Action<MemoryImage>[]
        {
            image => _ = image.WalkOnce(root, root.Start),
            image => { using TableWalker walker = new(image, root); _ = walker.Translate([root.Start], new PhysicalAddress[1]); },
            image => _ = TableScanner.Scan(image, root, new Nothing()),
            image => _ = Ptewright.Comparing.TableComparison.Compare(image, root, image, root),
            image => _ = TableFolder.Capture(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), image, registers, "cut"),
            image => Ptewright.Listing.ImageLister.List(TextWriter.Null, image, root, Ptewright.Kernels.Versions.KernelProfiles.Find("linux-6.12"), 39),
        })
        {
            File.WriteAllBytes(_file, memory);
            using RawImage image = new((_file, default));
            using (FileStream cut = new(_file, FileMode.Open))
            {
                cut.SetLength(Chunk);
            }

            Assert.Equal($"{_file}: it had 262144 bytes when it was opened, and now it ends before byte 0x20000.", Refusal(() => use(image)));
        }
    }

    [Fact]
    public void A_core_that_is_cut_is_a_sentence()
    {
        byte[] core = CoreFile.Build(Samples.Note, (0x4000_0000UL, Bytes(4 * Chunk)));
        File.WriteAllBytes(_file, core);
        using ElfCore image = new(_file);
        using (FileStream cut = new(_file, FileMode.Open))
        {
            cut.SetLength(1000);
        }

        Assert.Equal($"{_file}: it had {core.Length} bytes when it was opened, and now it ends before byte 0x3e8.", Refusal(() => Read(image, 0x4000_0000, 8)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(Chunk - 1)]
    [InlineData(Chunk)]
    [InlineData((3 * Chunk) + 4321)]
    public void Every_byte_is_the_files_own_and_none_is_behind_it(int length)
    {
        byte[] bytes = Bytes(length);
        File.WriteAllBytes(_file, bytes);
        using RawImage image = new((_file, new PhysicalAddress(0x1003)));
        Random random = new(length);
        for (int i = 0; i < 500; i++)
        {
            int at = random.Next(length);
            int count = Math.Min(random.Next(1, Chunk + 1), length - at);
            Assert.True(bytes.AsSpan(at, count).SequenceEqual(Read(image, 0x1003 + (ulong)at, count)));
            Assert.False(image.TryRead(new PhysicalAddress(0x1003 + (ulong)at), new byte[length - at + 1]));
        }
    }

    [Fact]
    public unsafe void A_window_is_what_is_there_around_an_entry()
    {
        byte[] bytes = Bytes(300 * Chunk);
        File.WriteAllBytes(_file, bytes);
        using RawImage image = new((_file, new PhysicalAddress(4)));
        using MemoryReader reader = image.OpenReader();
        Random random = new(1);
        for (int i = 0; i < 400; i++)
        {
            // Addresses are multiples of 8, the file's first byte lies at 4.
            ulong address = (ulong)random.Next(1, (bytes.Length / 8) - 8192) * 8;
            int count = random.Next(1, Chunk + 1 - (int)(address % Chunk));
            byte* first = reader.WindowAt(new PhysicalAddress(address), count).At(new PhysicalAddress(address), (ulong)count);
            Assert.True(first != null);
            Assert.True(new ReadOnlySpan<byte>(first, count).SequenceEqual(bytes.AsSpan((int)address - 4, count)));
        }

        for (ulong address = 8; address < (ulong)bytes.Length; address += Chunk)
        {
            _ = reader.WindowAt(new PhysicalAddress(address), 8);
        }

        // All of it is there: one window from the first byte to the last.
        MemoryWindow all = reader.WindowAt(new PhysicalAddress(150 * Chunk), 1);
        Assert.True(all.At(new PhysicalAddress(4), (ulong)bytes.Length) != null);
        Assert.True(all.At(new PhysicalAddress(4), (ulong)bytes.Length + 1) == null && all.At(new PhysicalAddress(3), 1) == null);

        // More than a table is not asked for, nor across what no table lies across.
        Assert.Equal(MemoryPresence.Missing, reader.WindowAt(new PhysicalAddress(Chunk - 8), 9).Presence);
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.WindowAt(new PhysicalAddress(8), 0).Presence);
    }

    // 70 chunks, more than are noted in one word of 64.
    [Theory]
    [InlineData("5", 5, 5, 6)]
    [InlineData("4 5", 5, 4, 6)]
    [InlineData("4 5 6", 5, 4, 7)]
    [InlineData("3 5 7", 5, 5, 6)]
    [InlineData("62 63 64 65", 63, 62, 66)]
    [InlineData("62 63 64 65", 64, 62, 66)]
    [InlineData("63 64", 64, 63, 65)]
    [InlineData("63", 63, 63, 64)]
    [InlineData("64", 64, 64, 65)]
    [InlineData("0", 0, 0, 1)]
    [InlineData("69", 69, 69, 70)]
    [InlineData("68 69", 68, 68, 70)]
    public void What_was_read_around_a_byte_is_known_to_the_chunk(string read, int at, int from, int to)
    {
        // Its last chunk is not whole.
        int length = (70 * Chunk) - 100;
        File.WriteAllBytes(_file, Bytes(length));
        using FileMemory memory = new(_file);
        memory.Reserve(0, memory.Length);
        foreach (string chunk in read.Split(' '))
        {
            memory.Need(ulong.Parse(chunk, System.Globalization.CultureInfo.InvariantCulture) * Chunk, 1);
        }

        Assert.Equal(((ulong)from * Chunk, Math.Min((ulong)to * Chunk, (ulong)length)), memory.Around(((ulong)at * Chunk) + 77, 8));
    }

    [Fact]
    public void A_piece_of_the_file_is_copied_as_far_as_there_is_one()
    {
        byte[] bytes = Bytes(1000);
        File.WriteAllBytes(_file, bytes);
        using FileMemory memory = new(_file);
        Assert.Equal(bytes, memory.Copy(0, 1000));
        Assert.Equal(bytes[990..], memory.Copy(990, 100));
        Assert.Equal(bytes[999..], memory.Copy(999, 1));
        Assert.Empty(memory.Copy(1000, 1));
        Assert.Empty(memory.Copy(ulong.MaxValue, 1));
        Assert.Empty(memory.Copy(5, 0));
    }

    [Fact]
    public void A_part_that_is_not_there_has_no_window()
    {
        File.WriteAllBytes(_file, Bytes(64));
        using RawImage image = new((_file, default));
        using MemoryReader reader = image.OpenReader();
        Assert.Equal(MemoryPresence.Present, reader.WindowAt(new PhysicalAddress(32), 32).Presence);
        Assert.Equal(MemoryPresence.Missing, reader.WindowAt(new PhysicalAddress(32), 33).Presence);
        Assert.Equal(MemoryPresence.Missing, reader.WindowAt(new PhysicalAddress(64), 1).Presence);
    }

    [Fact]
    public void A_huge_file_of_holes_costs_nothing_but_what_is_in_it()
    {
        const long length = 1L << 36;
        using (FileStream sparse = new(_file, FileMode.Create))
        {
            sparse.SetLength(length);
            sparse.Position = length - 8;
            sparse.Write([1, 2, 3, 4, 5, 6, 7, 8]);
        }

        // Only the last chunk is anything but zeros, so it is the only one that counts.
        using FileMemory memory = new(_file, mostBytes: Chunk);
        memory.Reserve(0, (ulong)length);
        for (ulong at = 0; at < 1000UL * Chunk; at += Chunk)
        {
            memory.Need(at, 1);
        }

        memory.Need((ulong)length - 8, 8);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], memory.Block.Span((ulong)length - 8, 8).ToArray());
        Assert.Equal(-1, memory.Block.Span(999UL * Chunk, Chunk).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void More_than_its_limit_is_a_sentence()
    {
        File.WriteAllBytes(_file, Bytes(40 * Chunk));
        using FileMemory memory = new(_file, mostBytes: 32 * Chunk);
        memory.Reserve(0, memory.Length);
        memory.Need(0, 32 * Chunk);
        memory.Need(0, 32 * Chunk);
        Assert.Equal($"{_file}: more than 2 MiB of it would have to be in memory at once.", Refusal(() => memory.Need(32 * Chunk, 1)));
    }

    [Fact]
    public void More_than_the_address_space_is_a_sentence()
    {
        File.WriteAllBytes(_file, [1]);
        using FileMemory memory = new(_file);
        Assert.Equal($"{_file}: it has 9223372036854775807 bytes of memory, more than there is room for here.", Refusal(() => memory.Reserve(0, long.MaxValue)));
    }

    [Fact]
    public void Threads_that_ask_at_once_all_get_the_bytes()
    {
        byte[] bytes = Bytes(100 * Chunk);
        File.WriteAllBytes(_file, bytes);
        using RawImage image = new((_file, default));
        Parallel.For(0, 8, thread =>
        {
            byte[] read = new byte[Chunk];
            for (int at = 0; at + Chunk < bytes.Length; at += Chunk / 2)
            {
                Assert.True(image.TryRead(new PhysicalAddress((ulong)at), read));
                Assert.True(read.AsSpan().SequenceEqual(bytes.AsSpan(at, Chunk)), $"thread {thread}");
            }
        });
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/dev/zero")]
    public void A_device_that_does_not_say_how_long_it_is_is_refused(string path) =>
        Assert.StartsWith($"{path}: it is ", Refusal(() => new RawImage((path, default)).Dispose()), StringComparison.Ordinal);

    private static byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Read(MemoryImage image, ulong address, int count)
    {
        byte[] bytes = new byte[count];
        Assert.True(image.TryRead(new PhysicalAddress(address), bytes));
        return bytes;
    }

    private static string Refusal(Action act) => Assert.Throws<InvalidInputException>(act).Message;

    private sealed class Nothing : IRangeSink
    {
        public void OnRange(in MappedRange range)
        {
        }

        public void OnProblem(TableProblem problem)
        {
        }
    }

    [Fact]
    public void What_is_larger_than_all_addresses_is_refused_before_anything_is_made_for_its_parts()
    {
        using FileMemory file = new(new Endless());
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("more than there is room for here", Assert.Throws<InvalidInputException>(() => file.Reserve(0, 1UL << 50)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    // As a flattened file is that names a piece very far behind.
    private sealed class Endless : FileBytes
    {
        public override string Name => "endless";

        public override ulong Length => ulong.MaxValue;

        public override void Read(ulong offset, Span<byte> room) => room.Clear();

        public override void Dispose()
        {
        }
    }
}
