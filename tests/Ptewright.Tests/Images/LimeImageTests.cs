using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Fuzz;
using Ptewright.Images;

namespace Ptewright.Tests.Images;

/// <summary>Files of LiME and AVML: each byte where the file says, what is cut off, damaged or left out is said, and nothing else is taken for memory.</summary>
public sealed class LimeImageTests : IDisposable
{
    private const ulong Piece = 16 << 20;
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("lime")]
    [InlineData("packed")]
    [InlineData("avml")]
    public void Every_byte_is_where_the_file_says_and_none_is_elsewhere(string form)
    {
        // Ranges that begin in the middle of a piece of 64 KiB, are longer than one, and touch.
        (ulong Start, byte[] Bytes)[] memory =
            [(0x4000_8000, DumpFiles.Pattern(0x2_3000)), (0x4002_b000, DumpFiles.Pattern(0x1000)), (0x8000_0000, new byte[0x1800]), (0x10_0000_0000, DumpFiles.Pattern(0x1_0000))];
        using MemoryImage image = MemorySource.Open(Write(form, [memory[3], .. memory[..3]]));
        Assert.Equal(form == "avml" ? "AvmlImage" : "LimeImage", image.GetType().Name);
        Assert.Equal(0x2_3000UL + 0x1000 + 0x1800 + 0x1_0000, image.Segments.Aggregate(0UL, (sum, segment) => sum + segment.Size));
        Assert.Empty(image.Remarks);
        using MemoryReader reader = image.OpenReader();
        foreach ((ulong start, byte[] bytes) in memory.Reverse())
        {
            byte[] read = new byte[bytes.Length];
            Assert.True(reader.TryRead(new PhysicalAddress(start), read));
            Assert.Equal(bytes, read);
        }

        foreach (ulong absent in new ulong[] { 0, 0x4000_7fff, 0x4002_c000, 0x7fff_ffff, 0x8000_1800, 0xf_ffff_ffff, 0x10_0001_0000, ulong.MaxValue })
        {
            Assert.Equal(MemoryPresence.Missing, reader.WindowAt(new PhysicalAddress(absent), 1).Presence);
        }
    }

    [Theory]
    [InlineData("lime")]
    [InlineData("packed")]
    [InlineData("avml")]
    public void What_is_cut_off_is_lost_and_what_is_in_front_is_read(string form)
    {
        byte[] bytes = DumpFiles.Pattern(0x4_0000);
        string whole = Write(form == "packed" ? "lime" : form, (0x4000_0000, bytes));
        byte[] file = File.ReadAllBytes(whole)[..^0x1_0000];
        string path = Path.Combine(_folder, "cut");
        File.WriteAllBytes(path, form == "packed" ? DumpFiles.Packed(file) : file);
        using MemoryImage image = MemorySource.Open(path);
        MemorySegment left = Assert.Single(image.Segments);
        Assert.True(left.Start.Value == 0x4000_0000 && left.Size is >= 0x1_0000 and < 0x4_0000);
        byte[] read = new byte[left.Size];
        Assert.True(image.TryRead(left.Start, read));
        Assert.Equal(bytes[..read.Length], read);
        using MemoryReader reader = image.OpenReader();
        Assert.Equal(MemoryPresence.Lost, reader.WindowAt(left.End, 8).Presence);
        Assert.Equal(MemoryPresence.Lost, reader.WindowAt(new PhysicalAddress(0x4003_ffff), 1).Presence);
        Assert.Equal(MemoryPresence.Missing, reader.WindowAt(new PhysicalAddress(0x4004_0000), 1).Presence);
        Assert.Equal($"The file ends inside the range that begins at 0x40000000: memory from {left.End} to 0x4003ffff is lost.", Assert.Single(image.Remarks));
    }

    [Fact]
    public void A_damaged_piece_of_a_packed_range_is_lost_and_no_other()
    {
        byte[] bytes = DumpFiles.Pattern(0x4_0000);
        string path = Write("avml", (0x4000_0000, bytes));
        byte[] file = File.ReadAllBytes(path);
        file[32 + 10 + 8 + 0x1_0000 + 8 + 100] ^= 1; // In the second chunk's data: the first ones cannot be packed.
        File.WriteAllBytes(path, file);
        using MemoryImage image = MemorySource.Open(path);
        using MemoryReader reader = image.OpenReader();
        Assert.Equal(MemoryPresence.Lost, reader.WindowAt(new PhysicalAddress(0x4001_0000), 8).Presence);
        Assert.Equal(MemoryPresence.Lost, reader.WindowAt(new PhysicalAddress(0x4001_fff8), 8).Presence);
        byte[] read = new byte[0x1_0000];
        Assert.True(reader.TryRead(new PhysicalAddress(0x4000_0000), read));
        Assert.Equal(bytes[..0x1_0000], read);
        Assert.True(reader.TryRead(new PhysicalAddress(0x4002_0000), read));
        Assert.Equal(bytes[0x2_0000..0x3_0000], read);
    }

    [Theory]
    [InlineData("lime")]
    [InlineData("avml")]
    public void Whole_pieces_between_two_ranges_may_have_been_left_out(string form)
    {
        byte[] piece = new byte[Piece];
        piece[5] = 1;
        using MemoryImage image = MemorySource.Open(Write(form, (0x4000_0000, piece), (0x4000_0000 + (3 * Piece), [1, 2, 3, 4]), (0x8000_0000, [5])));
        using MemoryReader reader = image.OpenReader();
        Assert.Equal(MemoryPresence.Excluded, reader.WindowAt(new PhysicalAddress(0x4000_0000 + Piece), 8).Presence);
        Assert.Equal(MemoryPresence.Excluded, reader.WindowAt(new PhysicalAddress(0x4000_0000 + (3 * Piece) - 1), 1).Presence);
        Assert.Equal(MemoryPresence.Present, reader.WindowAt(new PhysicalAddress(0x4000_0000 + (3 * Piece)), 4).Presence);
        Assert.Equal(MemoryPresence.Missing, reader.WindowAt(new PhysicalAddress(0x4000_0004 + (3 * Piece)), 1).Presence);
        Assert.StartsWith("1 gaps of 32 MiB between its ranges are whole pieces of 16 MiB: AVML leaves out", Assert.Single(image.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void A_reader_goes_on_with_its_windows_while_many_others_are_asked_for_and_when_the_image_is_gone()
    {
        byte[] bytes = DumpFiles.Pattern(400 << 16);
        MemoryImage image = MemorySource.Open(Write("avml", (0x4000_0000, bytes)));
        using MemoryReader reader = image.OpenReader();
        for (int first = 0; first < 336; first++)
        {
            MemoryWindow window = reader.WindowAt(new PhysicalAddress(0x4000_0000 + ((ulong)first << 16)), 1);
            for (int i = 1; i < MemoryReader.WindowsKept; i++)
            {
                _ = reader.WindowAt(new PhysicalAddress(0x4000_0000 + ((ulong)(first + i) << 16)), 1);
            }

            Assert.Equal(bytes[first << 16], ByteOf(window, 0x4000_0000 + ((ulong)first << 16)));
        }

        image.Dispose();
        byte[] one = new byte[1];
        Assert.True(reader.TryRead(new PhysicalAddress(0x4000_0000 + (398UL << 16)), one));
        Assert.Throws<ObjectDisposedException>(() => reader.TryRead(new PhysicalAddress(0x4000_0000), one));
        Assert.Throws<ObjectDisposedException>(() => reader.TryRead(new PhysicalAddress(0x1000), one));
        Assert.Throws<ObjectDisposedException>(image.OpenReader);
    }

    [Theory]
    [InlineData(4, 2, "its range at offset 0x0 has version 2 of the format, and only 1 is known")]
    [InlineData(16, 0, "its range at offset 0x0 ends at 0x40000000, before it begins at ")]
    [InlineData(32 + 16, 0, "where its next range should begin, at offset 0x30, there is no header of one")]
    public void A_contradictory_header_is_refused(int at, byte value, string reason)
    {
        byte[] file = DumpFiles.Lime((0x4000_0001UL, new byte[16]), (0x5000_0000UL, new byte[16]));
        file[at] = value;
        string path = Path.Combine(_folder, "bad");
        File.WriteAllBytes(path, file);
        Assert.StartsWith($"{path}: {reason}", Assert.Throws<InvalidInputException>(() => MemorySource.Open(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32, 0, "the range at 0x40000000 does not begin as what Snappy packs, at offset 0x20")]
    [InlineData(42, 2, "the packed data at offset 0x2a are none that AVML writes into the range at 0x40000000")]
    [InlineData(-8, 77, "the range at 0x40000000 is 34 bytes when packed, and behind it, at offset 0x42, stands 77")]
    public void A_contradictory_packed_range_is_refused(int at, byte value, string reason)
    {
        byte[] file = DumpFiles.Avml((0x4000_0000UL, DumpFiles.Pattern(16)));
        file[at < 0 ? file.Length + at : at] = value;
        string path = Path.Combine(_folder, "bad");
        File.WriteAllBytes(path, file);
        Assert.Equal($"{path}: {reason}.", Assert.Throws<InvalidInputException>(() => MemorySource.Open(path)).Message);
    }

    [Fact]
    public void The_checksum_is_that_of_the_format()
    {
        // CRC-32C of these nine digits is known to be 0xe3069283.
        const uint known = 0xe306_9283;
        Assert.Equal(unchecked(((known >> 15) | (known << 17)) + 0xa282_ead8), SnappyChunk.Masked("123456789"u8));
    }

    private static unsafe byte ByteOf(MemoryWindow window, ulong address) => *window.At(new PhysicalAddress(address), 1);

    private string Write(string form, params (ulong Start, byte[] Bytes)[] ranges)
    {
        string path = Path.Combine(_folder, form);
        File.WriteAllBytes(path, form switch { "avml" => DumpFiles.Avml(ranges), "packed" => DumpFiles.Packed(DumpFiles.Lime(ranges)), _ => DumpFiles.Lime(ranges) });
        return path;
    }
}
