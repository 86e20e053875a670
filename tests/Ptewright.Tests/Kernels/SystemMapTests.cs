using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Kernels.Symbols;
using Ptewright.Tests.Firmware;

namespace Ptewright.Tests.Kernels;

/// <summary>Symbols of kernels, and images that lie where real machines had them.</summary>
public class SystemMapTests
{
    private static readonly string[] Needed =
    [
        "_text", "_stext", "_etext", "__start_rodata", "__inittext_begin", "__inittext_end", "__initdata_begin", "__initdata_end", "__init_begin",
        "__init_end", "_data", "_end", "__idmap_text_start", "__idmap_text_end", "swapper_pg_dir", "idmap_pg_dir", "reserved_pg_dir",
    ];

    [Fact]
    public void Symbols_are_found_by_name()
    {
        KernelSymbols map = SystemMap.Read(PathOf("System.map-6.12-cloud"));

        Assert.True(map.TryFind("_text", out VirtualAddress text));
        Assert.Equal(new VirtualAddress(0xffff_8000_8000_0000), text);
        Assert.Equal(new VirtualAddress(0xa), map.Find("_kernel_flags_le_lo32"));
        Assert.False(map.TryFind("_TEXT", out _));
        Assert.Equal(47, map.Count);
    }

    [Fact]
    public void A_global_symbol_hides_local_ones_of_its_name_and_the_first_local_one_the_others()
    {
        KernelSymbols map = SystemMap.Parse("1 t both\n2 T both\n3 t both\n4 T both\n5 t local\n6 d local\n", "map");

        Assert.Equal((2UL, 5UL), (map.Find("both").Value, map.Find("local").Value));
    }

    [Fact]
    public void Lines_need_not_be_sorted_and_may_end_as_on_windows()
    {
        KernelSymbols map = SystemMap.Parse("\r\nffff800080010000 T _stext\r\nffff800080000000 T _text\r\n", "map");

        Assert.Equal(0x1_0000UL, map.Find("_stext").Value - map.Find("_text").Value);
    }

    [Fact]
    public void Symbols_of_modules_are_passed_over()
    {
        KernelSymbols map = SystemMap.Parse("ffff800080000000 T _text\nffff80007a000000 t _end\t[ext4]\nffff80007a000010 T only\t[ext4]\n", "kallsyms");

        Assert.Equal(1, map.Count);
        Assert.False(map.TryFind("_end", out _));
    }

    // The machines' own /proc/iomem say where code and data lay: 6.1 calls [_stext, __init_begin) code, 6.12 [_text, __init_begin).
    [Theory]
    [InlineData("System.map-6.1-cloud", 0x1_38f7_0000, "efi-4g-crash-6.1.txt", "_stext")]
    [InlineData("System.map-6.12-cloud", 0xb5e0_0000, "efi-2g-6.12.txt", "_text")]
    [InlineData("System.map-6.12-16k", 0xf160_0000, "efi-3g-6.12-16k.txt", "_text")]
    [InlineData("System.map-6.12-cloud", 0x4020_0000, "dt-2g-crash-6.12.txt", "_text")]
    public void The_image_lies_where_a_real_machine_had_it(string map, ulong imageBase, string iomem, string codeStart)
    {
        IomemInfo machine = IomemFile.Read(FirmwareText.PathOf("iomem", iomem));

        KernelImage image = SystemMap.Read(PathOf(map)).ImageAt(new PhysicalAddress(imageBase));

        IomemRegion code = machine.Regions.Single(region => region.Kind == IomemRegionKind.KernelCode);
        IomemRegion data = machine.Regions.Single(region => region.Kind == IomemRegionKind.KernelData);
        Assert.Equal((image.Physical(codeStart), image.Physical("__init_begin")), (code.Start, code.End));
        Assert.Equal((image.Physical("_sdata"), image.Physical("_end")), (data.Start, data.End));
        Assert.Equal((image.Base, image.PhysicalEnd), (new PhysicalAddress(imageBase), data.End));
    }

    [Fact]
    public void Each_part_of_the_image_has_the_address_of_its_symbol()
    {
        KernelImage image = SystemMap.Read(PathOf("System.map-6.12-16k")).ImageAt(new PhysicalAddress(0x4020_0000));

        Assert.Equal(
            [
                0xffffc00080000000, 0xffffc00080010000, 0xffffc00080f50000, 0xffffc00080f50000, 0xffffc00081d30000, 0xffffc00081e30000, 0xffffc00081e30000,
                0xffffc000826f0000, 0xffffc00081d30000, 0xffffc000826f0000, 0xffffc000826f0000, 0xffffc00082be0000, 0xffffc00081d1d000, 0xffffc00081d1d9d8,
                0xffffc00081d2c000, 0xffffc00081d20000, 0xffffc00081d28000, 0xffffc00081d24000, 0xffffc00082713bc4,
            ],
            new[]
            {
                image.Text, image.CodeStart, image.CodeEnd, image.ReadOnlyDataStart, image.InitCodeStart, image.InitCodeEnd, image.InitDataStart,
                image.InitDataEnd, image.InitStart, image.InitEnd, image.DataStart, image.End, image.IdentityCodeStart, image.IdentityCodeEnd,
                image.SwapperTable, image.IdentityTable, image.ReservedTable, image.TrampolineTable!.Value, image.KptiFlag!.Value,
            }.Select(address => address.Value));
        Assert.Equal(0x2be_0000UL, image.Size);
        Assert.Equal(new PhysicalAddress(0x41f2_c000), image.Physical(image.SwapperTable));
        Assert.Equal(new PhysicalAddress(0x42cb_c000), image.Physical("bm_pud"));
    }

    [Fact]
    public void Symbols_of_some_kernels_only_may_be_missing()
    {
        string text = string.Join('\n', FirmwareText.Read("symbols", "System.map-6.12-cloud").Split('\n')
            .Where(line => !line.EndsWith("tramp_pg_dir", StringComparison.Ordinal) && !line.EndsWith("__idmap_kpti_flag", StringComparison.Ordinal)));

        KernelImage image = SystemMap.Parse(text, "map").ImageAt(new PhysicalAddress(0x4000_0000));

        Assert.Null(image.TrampolineTable);
        Assert.Null(image.KptiFlag);
    }

    [Fact]
    public void A_missing_symbol_is_named()
    {
        string[] lines = FirmwareText.Read("symbols", "System.map-6.12-cloud").Split('\n');
        foreach (string symbol in Needed)
        {
            KernelSymbols map = SystemMap.Parse(string.Join('\n', lines.Where(line => !line.EndsWith($" {symbol}", StringComparison.Ordinal))), "map");

            Assert.Equal($"map: it has no symbol '{symbol}'.", Error(() => map.ImageAt(new PhysicalAddress(0x4000_0000))));
        }
    }

    [Theory]
    [InlineData("", "bad: it has no symbols such as 'ffff800080000000 T _text'.")]
    [InlineData("ffff800080000000 T _text\nffff8000800100", "bad: line 2: 'ffff8000800100' is not a symbol such as 'ffff800080000000 T _text'.")]
    [InlineData("ffff800080000000 T", "bad: line 1: 'ffff800080000000 T' is not a symbol such as 'ffff800080000000 T _text'.")]
    [InlineData("ffff80008000000g T _text", "bad: line 1: 'ffff80008000000g T _text' is not a symbol such as 'ffff800080000000 T _text'.")]
    [InlineData("0xffff800080000000 T _text", "bad: line 1: '0xffff800080000000 T _text' is not a symbol such as 'ffff800080000000 T _text'.")]
    [InlineData("fffff800080000000 T _text", "bad: line 1: 'fffff800080000000 T _text' is not a symbol such as 'ffff800080000000 T _text'.")]
    [InlineData("ffff800080000000 1 _text", "bad: line 1: 'ffff800080000000 1 _text' is not a symbol such as 'ffff800080000000 T _text'.")]
    [InlineData("ffff800080000000 TT _text", "bad: line 1: 'ffff800080000000 TT _text' is not a symbol such as 'ffff800080000000 T _text'.")]
    [InlineData("ffff800080000000 T _text more", "bad: line 1: 'ffff800080000000 T _text more' is not a symbol such as 'ffff800080000000 T _text'.")]
    [InlineData(
        "ffffffffffffffff B The real System.map is in the linux-image-<version>-dbg package\n",
        "bad: line 1: this is the placeholder that Debian ships: the kernel's own image, vmlinuz, has the symbols too; the real System.map is in the linux-image package that ends with -dbg.")]
    [InlineData(
        "0000000000000000 T _text\n0000000000000000 T _stext\n",
        "bad: its addresses are all zero, as the kernel shows /proc/kallsyms to ordinary users: read it as root.")]
    [InlineData("ffff80007a000000 t init\t[ext4]\n", "bad: it has no symbols such as 'ffff800080000000 T _text'.")]
    public void A_broken_file_is_refused_with_line_and_reason(string text, string sentence)
    {
        Assert.Equal(sentence, Error(() => SystemMap.Parse(text, "bad")));
    }

    [Theory]
    [InlineData("_stext", "ffff80007fff0000", "bad: symbol '_stext' lies below '_text', so this is no arm64 kernel.")]
    [InlineData("_end", "ffff800080000000", "bad: symbol '_end' lies below '_data', so this is no arm64 kernel.")]
    [InlineData("_end", "ffffffffffffffff", "bad: the image from '_text' to '_end' has 140735340871679 bytes, and a kernel has at most 2147483648.")]
    [InlineData("swapper_pg_dir", "ffff800000000000", "bad: symbol 'swapper_pg_dir' does not lie between '_text' and '_end', so this is no arm64 kernel.")]
    [InlineData("__bss_stop", "ffff800080000000", "bad: symbol '__bss_stop' lies below '__init_end', so this is no arm64 kernel.")]
    [InlineData(
        "__idmap_kpti_flag", "ffff8000a0000000", "bad: symbol '__idmap_kpti_flag' does not lie between '_text' and '_end', so this is no arm64 kernel.")]
    public void Symbols_that_make_no_image_are_refused(string symbol, string address, string sentence)
    {
        string text = string.Join('\n', FirmwareText.Read("symbols", "System.map-6.12-cloud").Split('\n')
            .Select(line => line.EndsWith($" {symbol}", StringComparison.Ordinal) ? $"{address} T {symbol}" : line));

        Assert.Equal(sentence, Error(() => SystemMap.Parse(text, "bad").ImageAt(new PhysicalAddress(0x4000_0000))));
    }

    [Theory]
    [InlineData(0x4000_8000, "Image base 0x40008000 is not a multiple of 64 KiB, to which every kernel image is aligned.")]
    [InlineData(0xf_ffff_fddd_0000, "A kernel image at 0xffffffddd0000 reaches beyond the 52 bits of a physical address.")]
    [InlineData(0xffff_ffff_ffff_0000, "A kernel image at 0xffffffffffff0000 reaches beyond the 52 bits of a physical address.")]
    public void An_image_that_cannot_lie_there_is_refused(ulong imageBase, string sentence)
    {
        KernelSymbols map = SystemMap.Read(PathOf("System.map-6.12-cloud"));

        Assert.Equal(sentence, Error(() => map.ImageAt(new PhysicalAddress(imageBase))));
        Assert.Equal(1UL << 52, map.ImageAt(new PhysicalAddress((1UL << 52) - 0x224_0000)).PhysicalEnd.Value);
    }

    [Fact]
    public void Symbols_outside_the_image_have_no_physical_address()
    {
        KernelImage image = SystemMap.Read(PathOf("System.map-6.12-cloud")).ImageAt(new PhysicalAddress(0x4000_0000));

        Assert.EndsWith(
            "System.map-6.12-cloud: symbol '_kernel_flags_le_lo32' at 0xa does not lie in the kernel's image.",
            Error(() => image.Physical("_kernel_flags_le_lo32")), StringComparison.Ordinal);
        Assert.EndsWith("it has no symbol 'nothing'.", Error(() => image.Physical("nothing")), StringComparison.Ordinal);
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => image.Physical(image.End + 1));
    }

    private static string PathOf(string file) => FirmwareText.PathOf("symbols", file);

    private static string Error(Func<object> act) => Assert.Throws<InvalidInputException>(act).Message;
}
