using Ptewright.Fuzz;
using Ptewright.Images;

namespace Ptewright.Tests.Images;

/// <summary>LZO1X: each instruction with an example worked out by hand, streams of the library itself (liblzo 2.10, <c>lzo1x_1_compress</c>), and damage.</summary>
public sealed class Lzo1xTests
{
    // In hexadecimal; + between parts, N*XX is that byte N times.
    [Theory]
    [InlineData("literals at the start", "15+01020304+110000", "01020304")]
    [InlineData("a run of 3 + 1 literals", "01+0a0b0c0d+110000", "0a0b0c0d")]
    [InlineData("a run of 18 + 255 + 2 literals", "000002+275*07+110000", "275*07")]
    [InlineData("2 bytes from distance 1 behind a literal", "12+09+0000+110000", "090909")]
    [InlineData("2 bytes from distance 3 behind three literals", "14+010203+0800+110000", "0102030102")]
    [InlineData("3 to 4 bytes from near", "15+01020304+6c00+110000", "0102030401020304")]
    [InlineData("5 to 8 bytes, which repeat themselves", "15+01020304+e400+110000", "01020304+0304030403040304")]
    [InlineData("2 + 1 bytes by 16 bits of distance", "15+01020304+210c00+110000", "01020304010203")]
    [InlineData("33 + 255 + 1 bytes from distance 1", "12+05+2000010000+110000", "290*05")]
    [InlineData("literals in the low two bits", "15+01020304+4e00+0809+40+00+110000", "01020304+010203+0809+090909")]
    public void Each_instruction_does_what_the_description_says(string what, string packed, string expected)
    {
        byte[] bytes = Bytes(expected);
        byte[] room = new byte[bytes.Length];
        Assert.True(Lzo1x.Unpack(Bytes(packed), room) == bytes.Length, what);
        Assert.Equal(bytes, room);
    }

    [Fact]
    public void Distances_of_every_instruction_reach_where_they_should()
    {
        // 50,000 different triples, then one match at each distance of interest.
        byte[] start = new byte[50_000];
        new Random(5).NextBytes(start);
        foreach (int distance in new[] { 1, 4, 8, 9, 1024, 1025, 2048, 2049, 3072, 3073, 16384, 16385, 32767, 32768, 32769, 49151 })
        {
            foreach (int length in new[] { 3, 8, 9, 34, 289 })
            {
                byte[] page = [.. start, .. Enumerable.Range(0, length).Select(i => start[start.Length - distance + (i % distance)]), 77];
                byte[] room = new byte[page.Length];
                byte[] packed = LzoPacker.Pack(page);
                Assert.Equal(page.Length, Lzo1x.Unpack(packed, room));
                Assert.Equal(page, room);
            }
        }
    }

    [Theory]
    [InlineData("the mark of another version", "11+00+15+01020304+110000", 100)]
    [InlineData("no end", "15+01020304", 100)]
    [InlineData("something behind the end", "15+01020304+110000+00", 100)]
    [InlineData("literals that are not there", "15+010203", 100)]
    [InlineData("no room for literals", "15+01020304+110000", 3)]
    [InlineData("no room for a match", "15+01020304+6c00+110000", 7)]
    [InlineData("a distance before the beginning", "15+01020304+7000+110000", 100)]
    [InlineData("a distance before the beginning, of 16 bits", "15+01020304+211000+110000", 100)]
    [InlineData("a distance cut in two", "15+01020304+2100", 100)]
    [InlineData("a length without end", "15+01020304+20+100*00", 100000)]
    [InlineData("nothing but the end", "110000", 100)]
    [InlineData("nothing at all", "", 100)]
    public void Damage_is_found(string what, string packed, int room) => Assert.True(Lzo1x.Unpack(Bytes(packed), new byte[room]) == -1, what);

    [Fact]
    public void Streams_of_the_library_are_read()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Samples.Folder, "dumps", "lzo.txt"));
        Assert.True(lines.Length > 5);
        foreach (string line in lines.Where(line => line.Length > 0 && line[0] != '#'))
        {
            string[] parts = line.Split(' ');
            byte[] expected = Convert.FromBase64String(parts[1]);
            byte[] room = new byte[int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture)];
            Assert.Equal(room.Length, Lzo1x.Unpack(Convert.FromBase64String(parts[2]), room));
            Assert.Equal(expected, System.Security.Cryptography.SHA256.HashData(room));
        }
    }

    private static byte[] Bytes(string text)
    {
        List<byte> bytes = [];
        foreach (string part in text.Split('+', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] times = part.Split('*');
            bytes.AddRange(times.Length == 1 ? Convert.FromHexString(part) : Enumerable.Repeat(Convert.FromHexString(times[1])[0], int.Parse(times[0], System.Globalization.CultureInfo.InvariantCulture)));
        }

        return [.. bytes];
    }
}
