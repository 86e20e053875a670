using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Images;

namespace Ptewright.Tests.Images;

/// <summary>Memory in parts of several files: named one by one, or in the list that came with them.</summary>
public sealed class RamdumpListTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public RamdumpListTests()
    {
        File.WriteAllBytes(At("DDRCS0_0.BIN"), [.. Enumerable.Range(0, 0x2000).Select(i => (byte)(i >> 4))]);
        File.WriteAllBytes(At("OCIMEM.BIN"), [9, 8, 7, 6]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Parts_of_a_file_lie_where_their_names_say()
    {
        string file = At("DDRCS0_0.BIN");
        using MemoryImage image = MemorySource.Open($"{file}+0x1000@0x80000000:0x100,{file}@0x40000000:10,{file}+1ff0@0xc0000000");
        Assert.Equal([(0x4000_0000UL, 0x10UL), (0x8000_0000UL, 0x100UL), (0xc000_0000UL, 0x10UL)], image.Segments.Select(segment => (segment.Start.Value, segment.Size)));
        Assert.Equal([(byte)0x00, (byte)0x01, (byte)0xff], new ulong[] { 0x4000_0000, 0x8000_0010, 0xc000_0000 }.Select(address => ByteAt(image, address)));
        using MemoryReader reader = image.OpenReader();
        Assert.Equal(MemoryPresence.Missing, reader.WindowAt(new PhysicalAddress(0x4000_0010), 1).Presence);
        Assert.Equal(MemoryPresence.Missing, reader.WindowAt(new PhysicalAddress(0x8000_00ff), 2).Presence);
    }

    [Fact]
    public void A_plus_sign_of_a_name_stays_where_there_is_such_a_file_or_no_number()
    {
        File.WriteAllBytes(At("ram+10"), [1]);
        File.WriteAllBytes(At("ram+x"), [2]);
        using MemoryImage image = MemorySource.Open($"{At("ram+10")}@1000,{At("ram+x")}@2000");
        Assert.Equal([1, 2], new ulong[] { 0x1000, 0x2000 }.Select(address => ByteAt(image, address)));
    }

    [Theory]
    [InlineData("+0x2000@0x1000", "it has 8192 bytes, so no memory begins at its byte 0x2000")]
    [InlineData("+0x1000@0x1000:0x1001", "it has 8192 bytes, so not 0x1001 from byte 0x1000 on")]
    [InlineData("+0x1000@0x1000:ffffffffffffffff", "it has 8192 bytes, so not 0xffffffffffffffff from byte 0x1000 on")]
    [InlineData("@0x1000:0", "no bytes of it are asked for, at 0x1000")]
    public void What_a_file_has_not_is_refused(string place, string reason) => Assert.Equal(
        $"{At("DDRCS0_0.BIN")}: {reason}.", Assert.Throws<InvalidInputException>(() => MemorySource.Open(At("DDRCS0_0.BIN") + place)).Message);

    [Fact]
    public void A_length_that_is_no_number_is_said() =>
        Assert.StartsWith("'xyz' is no number for the length of 'ram.img@0x1000:xyz'", Assert.Throws<InvalidInputException>(() => MemorySource.Open("ram.img@0x1000:xyz")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("1 0x0000000080000000 0000008192 DDR CS0 part0 DDRCS0_0.BIN\r\n  2 0x14680000 4 (imem) OCIMEM.BIN\r\n")]
    [InlineData("# by hand\n\nDDRCS0_0.BIN 80000000 0x2000\nOCIMEM.BIN 0x14680000\n")]
    public void A_list_says_where_each_file_lies(string text)
    {
        File.WriteAllText(At("dump_info.txt"), text);
        using MemoryImage image = MemorySource.Open(At("dump_info.txt"));
        Assert.IsType<RawImage>(image);
        Assert.Equal(At("dump_info.txt"), image.Name);
        Assert.Empty(image.Remarks);
        Assert.Equal([(0x1468_0000UL, 4UL), (0x8000_0000UL, 0x2000UL)], image.Segments.Select(segment => (segment.Start.Value, segment.Size)));
        Assert.Equal([9, 0xff], new ulong[] { 0x1468_0000, 0x8000_1fff }.Select(address => ByteAt(image, address)));
    }

    // As firmware writes it: each file only if it is there, in a script of TRACE32.
    [Theory]
    [InlineData("if OS.FILE(DDRCS0_0.BIN)\n(\n  d.load.binary DDRCS0_0.BIN 0x80000000 /noclear\n)\nif OS.FILE(OCIMEM.BIN)\n(\n  d.load.binary OCIMEM.BIN 0x14680000 /noclear\n)\n")]
    [InlineData("; Setup T32\r\nsys.cpu CORTEXA53\r\nsys.up\r\n\r\nData.LOAD.Binary \"./DDRCS0_0.BIN\" A:0x80000000 /noclear /long\r\nD.LOAD.B .\\OCIMEM.BIN 14680000\r\nenddo\r\n")]
    public void A_script_that_loads_them_says_it_too(string text)
    {
        File.WriteAllText(At("load.cmm"), text);
        using MemoryImage image = MemorySource.Open(At("load.cmm"));
        Assert.Empty(image.Remarks);
        Assert.Equal([(0x1468_0000UL, 4UL), (0x8000_0000UL, 0x2000UL)], image.Segments.Select(segment => (segment.Start.Value, segment.Size)));
    }

    [Theory]
    [InlineData("d.load.binary DDRCS0_0.BIN &base /noclear\n", "'d.load.binary DDRCS0_0.BIN &base /noclear' does not say as a number where the file's memory begins")]
    [InlineData("d.load.binary DDRCS0_0.BIN 0x80000000++0xfff\n", "does not say as a number where the file's memory begins")]
    [InlineData("d.load.binary DDRCS0_0.BIN\n", "does not say as a number where the file's memory begins")]
    [InlineData("d.load.binary DDRCS0_0.BIN 0x80000000 /skip 0x10\n", "'/skip' changes what is loaded, and is not followed")]
    [InlineData("d.load.binary ../DDRCS0_0.BIN 0x80000000\n", "'../DDRCS0_0.BIN' is no name of a file beside the list")]
    [InlineData("d.load.binary C:\\x\\DDRCS0_0.BIN 0x80000000\n", "is no name of a file beside the list")]
    public void A_script_that_does_more_than_load_files_is_refused(string text, string reason)
    {
        File.WriteAllText(At("load.cmm"), text);
        Assert.Contains(reason, Assert.Throws<InvalidInputException>(() => MemorySource.Open(At("load.cmm"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_may_have_the_file_before_the_region()
    {
        File.WriteAllText(At("dump_info.txt"), "1 0x80000000 0x00002000  DDRCS0_0.BIN   DDR CS0 Memory\n");
        using MemoryImage image = MemorySource.Open(At("dump_info.txt"));
        Assert.Equal([(0x8000_0000UL, 0x2000UL)], image.Segments.Select(segment => (segment.Start.Value, segment.Size)));
    }

    [Fact]
    public void A_listed_file_that_is_not_there_is_missing_memory()
    {
        File.WriteAllText(At("list"), "OCIMEM.BIN 0x14680000 4\nDDRCS1_0.BIN 0x100000000 0x1000\n");
        using MemoryImage image = MemorySource.Open(At("list"));
        Assert.Single(image.Segments);
        Assert.Equal("1 of 2 files that are listed are not beside the list, so their memory is missing; the first is 'DDRCS1_0.BIN'.", Assert.Single(image.Remarks));
    }

    [Theory]
    [InlineData("OCIMEM.BIN 0x1000 4\nand what is this\n", "line 2: 'and what is this' does not say of a file where its memory begins, as in '1 0x80000000 1073741824 DDR-CS0 DDRCS0_0.BIN'")]
    [InlineData("OCIMEM.BIN 0x1000 5\n", "line 1: 'OCIMEM.BIN' has 4 bytes, and not 5")]
    [InlineData("OCIMEM.BIN 0x1000\n../OCIMEM.BIN 0x2000\n", "line 2: '../OCIMEM.BIN' is no name of a file beside the list")]
    [InlineData("none.bin 0x1000\n", "none of the 1 files that it lists is beside it")]
    [InlineData("OCIMEM.BIN 0x1000\nOCIMEM.BIN 0x1002\n", "its memory from 0x1002 on is there twice")]
    public void A_list_with_a_fault_is_refused(string text, string reason)
    {
        File.WriteAllText(At("list"), text);
        Assert.Equal($"{At("list")}: {reason}.", Assert.Throws<InvalidInputException>(() => MemorySource.Open(At("list"))).Message);
    }

    [Fact]
    public void A_text_that_begins_otherwise_is_no_list()
    {
        File.WriteAllText(At("text"), "This is no list\nOCIMEM.BIN 0x1000\n");
        Assert.Contains("nor a list of ramdumps; if it is raw memory", Assert.Throws<InvalidInputException>(() => MemorySource.Open(At("text"))).Message, StringComparison.Ordinal);
    }

    private string At(string name) => Path.Combine(_folder, name);

    private static byte ByteAt(MemoryImage image, ulong address)
    {
        byte[] one = new byte[1];
        Assert.True(image.TryRead(new PhysicalAddress(address), one));
        return one[0];
    }
}
