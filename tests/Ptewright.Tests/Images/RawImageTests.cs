using Ptewright.Addressing;
using Ptewright.Images;

namespace Ptewright.Tests.Images;

/// <summary>Memory in several files: each byte where it lies, and none where there is none.</summary>
public sealed class RawImageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Reads_lie_in_one_file_whatever_the_order_of_the_files()
    {
        // 0x1000 to 0x2fff in two files that touch, 0x5000 to 0x5007, and 0x9000 to 0x9fff.
        using RawImage image = Open((0x9000, 0x1000), (0x1000, 0x1000), (0x5000, 8), (0x2000, 0x1000));
        Assert.Equal([(0x1000, 0x1000), (0x2000, 0x1000), (0x5000, 8), (0x9000, 0x1000)], image.Segments.Select(segment => ((int)segment.Start.Value, (int)segment.Size)));

        ulong[] edges = [0x0fff, 0x1000, 0x1fff, 0x2000, 0x2fff, 0x3000, 0x4fff, 0x5000, 0x5007, 0x5008, 0x8fff, 0x9000, 0x9fff, 0xa000, 0, ulong.MaxValue];
        foreach (ulong address in edges)
        {
            Assert.Equal((address, IsThere(address)), (address, image.Has(address, 1)));
            if (IsThere(address))
            {
                byte[] one = new byte[1];
                Assert.True(image.TryRead(new PhysicalAddress(address), one));
                Assert.Equal((byte)(address ^ (address >> 8)), one[0]);
            }
        }

        // A window lies in one file.
        using MemoryReader reader = image.OpenReader();
        Assert.Equal(MemoryPresence.Present, reader.WindowAt(new(0x1000), 0x1000).Presence);
        Assert.Equal(MemoryPresence.Missing, reader.WindowAt(new(0x1000), 0x1001).Presence);
        Assert.Equal(MemoryPresence.Missing, reader.WindowAt(new(0x1ff8), 9).Presence);
        Assert.Equal(MemoryPresence.Present, reader.WindowAt(new(0x5000), 8).Presence);
        Assert.Equal(MemoryPresence.Missing, reader.WindowAt(new(0x5000), 9).Presence);
        Assert.Equal(MemoryPresence.Missing, reader.WindowAt(new(0x5001), 8).Presence);
        Assert.False(image.Has(0x5001, 1 << 20));
    }

    [Fact]
    public void A_window_has_the_entries_that_were_asked_for_and_none_beyond_its_file()
    {
        using RawImage image = Open((0x1000, 0x1000), (0x2000, 0x0804), (0x5004, 0x14));
        using MemoryReader reader = image.OpenReader();
        for (ulong address = 0x1000; address < 0x2000; address += 8)
        {
            MemoryWindow window = reader.WindowAt(new PhysicalAddress(address), 8);
            Assert.Equal(Entry(address), WordAt(window, address));
            Assert.True(WordAt(window, 0x0ff8) is null && WordAt(window, 0x2000) is null);
        }

        Assert.Equal(Entry(0x1ff8), WordAt(reader.WindowAt(new(0x1000), 0x1000), 0x1ff8));
        Assert.Null(WordAt(reader.WindowAt(new(0x1000), 0x1008), 0x1000));
        Assert.Null(WordAt(reader.WindowAt(new(0x1008), 0x1000), 0x1008));
        Assert.Equal(Entry(0x27f8), WordAt(reader.WindowAt(new(0x27f8), 8), 0x27f8));
        Assert.Null(WordAt(reader.WindowAt(new(0x2800), 8), 0x2800)); // Four bytes of it are there.

        // A file that begins at no multiple of 8: only whole entries.
        MemoryWindow odd = reader.WindowAt(new(0x5008), 8);
        Assert.Equal(Entry(0x5008), WordAt(odd, 0x5008));
        Assert.True(WordAt(odd, 0x5000) is null && WordAt(odd, 0x5018) is null);
        Assert.Null(WordAt(reader.WindowAt(new(0x3000), 8), 0x3000));
    }

    [Theory]
    [InlineData(0x1000, 0x1000, 0x1fff, 1)]
    [InlineData(0x1000, 0x1000, 0x1000, 0x1000)]
    [InlineData(0x1000, 0x3000, 0x2000, 0x1000)]
    public void Memory_that_is_there_twice_is_refused(ulong first, int firstSize, ulong second, int secondSize)
    {
        string sentence = Assert.Throws<InvalidInputException>(() => Open((second, secondSize), (first, firstSize))).Message;
        Assert.EndsWith($": its memory from 0x{second:x} on is there twice.", sentence.Replace("0x0000000000", "0x", StringComparison.Ordinal).Replace("0x00", "0x", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_ends_with_64_bits_of_address()
    {
        using RawImage last = Open((0xffff_ffff_ffff_f000, 0x1000));
        Assert.True(last.Has(ulong.MaxValue, 1));
        Assert.False(last.Has(ulong.MaxValue, 2));
        Assert.Contains("reaches beyond 64 bits of address", Assert.Throws<InvalidInputException>(() => Open((0xffff_ffff_ffff_f000, 0x1001))).Message, StringComparison.Ordinal);
    }

    private static bool IsThere(ulong address) => address is (>= 0x1000 and < 0x3000) or (>= 0x5000 and < 0x5008) or (>= 0x9000 and < 0xa000);

    private static unsafe ulong? WordAt(MemoryWindow window, ulong address) => window.At(new PhysicalAddress(address), 8) is var pointer && pointer != null ? *(ulong*)pointer : null;

    private static ulong Entry(ulong address) => BitConverter.ToUInt64([.. Enumerable.Range(0, 8).Select(i => (byte)((address + (ulong)i) ^ ((address + (ulong)i) >> 8)))]);

    private RawImage Open(params (ulong Start, int Size)[] parts) => new([.. parts.Select((part, index) =>
    {
        string path = Path.Combine(_folder, $"{Guid.NewGuid():N}");
        File.WriteAllBytes(path, [.. Enumerable.Range(0, part.Size).Select(i => (byte)((part.Start + (ulong)i) ^ ((part.Start + (ulong)i) >> 8)))]);
        return (path, new PhysicalAddress(part.Start));
    })]);
}
