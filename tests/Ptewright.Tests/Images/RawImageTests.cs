using Ptewright.Addressing;
using Ptewright.Images;

namespace Ptewright.Tests.Images;

/// <summary>Memory in several files: each byte where it lies, and none where there is none.</summary>
public sealed unsafe class RawImageTests : IDisposable
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
            Assert.Equal((address, IsThere(address)), (address, image.Map(new PhysicalAddress(address), 1) != null));
            if (IsThere(address))
            {
                Assert.Equal((byte)(address ^ (address >> 8)), *image.Map(new PhysicalAddress(address), 1));
            }
        }

        Assert.True(image.Map(new(0x1000), 0x1000) != null);
        Assert.True(image.Map(new(0x1000), 0x1001) == null);
        Assert.True(image.Map(new(0x1ff8), 9) == null);
        Assert.True(image.Map(new(0x5000), 8) != null);
        Assert.True(image.Map(new(0x5000), 9) == null);
        Assert.True(image.Map(new(0x5001), 8) == null);
        Assert.True(image.Map(new(0x5001), ulong.MaxValue) == null);
    }

    [Fact]
    public void A_window_has_the_entries_that_were_asked_for_and_none_beyond_its_file()
    {
        using RawImage image = Open((0x1000, 0x1000), (0x2000, 0x0804), (0x5004, 0x14));
        for (ulong address = 0x1000; address < 0x2000; address += 8)
        {
            MemoryWindow window = image.WindowAt(new PhysicalAddress(address), 1);
            Assert.Equal(Entry(address), *window.At(address));
            Assert.True(window.At(0x0ff8) == null && window.At(0x2000) == null);
        }

        Assert.True(image.WindowAt(new(0x1000), 512).At(0x1000, 512) != null);
        Assert.True(image.WindowAt(new(0x1000), 513).At(0x1000) == null);
        Assert.True(image.WindowAt(new(0x1008), 512).At(0x1008) == null);
        Assert.True(image.WindowAt(new(0x27f8), 1).At(0x27f8) != null);
        Assert.True(image.WindowAt(new(0x2800), 1).At(0x2800) == null); // Four bytes of it are there.

        // A file that begins at no multiple of 8: only whole entries.
        MemoryWindow odd = image.WindowAt(new(0x5008), 1);
        Assert.Equal(Entry(0x5008), *odd.At(0x5008));
        Assert.True(odd.At(0x5000) == null && odd.At(0x5018) == null);
        Assert.True(image.WindowAt(new(0x3000), 1).At(0x3000) == null);
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
        Assert.True(last.Map(new(ulong.MaxValue), 1) != null);
        Assert.True(last.Map(new(ulong.MaxValue), 2) == null);
        Assert.Contains("reaches beyond 64 bits of address", Assert.Throws<InvalidInputException>(() => Open((0xffff_ffff_ffff_f000, 0x1001))).Message, StringComparison.Ordinal);
    }

    private static bool IsThere(ulong address) => address is (>= 0x1000 and < 0x3000) or (>= 0x5000 and < 0x5008) or (>= 0x9000 and < 0xa000);

    private static ulong Entry(ulong address) => BitConverter.ToUInt64([.. Enumerable.Range(0, 8).Select(i => (byte)((address + (ulong)i) ^ ((address + (ulong)i) >> 8)))]);

    private RawImage Open(params (ulong Start, int Size)[] parts) => new([.. parts.Select((part, index) =>
    {
        string path = Path.Combine(_folder, $"{Guid.NewGuid():N}");
        File.WriteAllBytes(path, [.. Enumerable.Range(0, part.Size).Select(i => (byte)((part.Start + (ulong)i) ^ ((part.Start + (ulong)i) >> 8)))]);
        return (path, new PhysicalAddress(part.Start));
    })]);
}
