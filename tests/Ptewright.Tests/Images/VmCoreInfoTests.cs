using Ptewright.Images;

namespace Ptewright.Tests.Images;

/// <summary>What a crashed kernel says of itself, as registers.</summary>
public sealed class VmCoreInfoTests
{
    [Theory]
    [InlineData(4096, "0x10", 0x6_8010_0000)]
    [InlineData(16384, "0x11", 0x6_4011_0000)]
    [InlineData(65536, "0x10", 0x6_c010_0000)]
    [InlineData(65536, "c", 0x6_c00c_0000)] // Without DS: pages of 64K have no use for it.
    [InlineData(4096, "0xf", 0x0800_0006_800f_0000)] // More than 48 bits: only with DS.
    [InlineData(16384, "0xc", 0x0800_0006_400c_0000)]
    [InlineData(4096, "0x3f", 0x6_803f_0000)]
    public void TCR_is_put_together_from_page_size_and_T1SZ(int page, string t1sz, ulong tcr) =>
        Assert.Equal(new ImageRegisters(Tcr: tcr), VmCoreInfo.Parse($"PAGESIZE={page}\nNUMBER(VA_BITS)=40\nNUMBER(TCR_EL1_T1SZ)={t1sz}\n").ToRegisters());

    [Theory]
    [InlineData("PAGESIZE=4096\nNUMBER(VA_BITS)=39", 0x6_8019_0000UL)] // Old kernels say no T1SZ.
    [InlineData("PAGESIZE=4096\nNUMBER(VA_BITS)=48", 0x6_8010_0000UL)]
    [InlineData("PAGESIZE=4096\nNUMBER(VA_BITS)=1", 0x6_803f_0000UL)]
    [InlineData("PAGESIZE=4096\nNUMBER(VA_BITS)=0", null)]
    [InlineData("PAGESIZE=4096\nNUMBER(VA_BITS)=52", null)] // Built for 52 is not always run with 52.
    [InlineData("PAGESIZE=4096\nNUMBER(TCR_EL1_T1SZ)=0xb", null)]
    [InlineData("PAGESIZE=4096\nNUMBER(TCR_EL1_T1SZ)=0x40", null)]
    [InlineData("PAGESIZE=8192\nNUMBER(VA_BITS)=48", null)]
    [InlineData("PAGESIZE=-4096\nNUMBER(VA_BITS)=48", null)]
    [InlineData("NUMBER(VA_BITS)=48", null)]
    [InlineData("PAGESIZE=4096", null)]
    [InlineData("", null)]
    public void Without_T1SZ_the_size_of_addresses_says_it_and_nonsense_says_nothing(string text, ulong? tcr) =>
        Assert.Equal(tcr, VmCoreInfo.Parse(text).ToRegisters().Tcr);

    [Theory]
    [InlineData("SYMBOL(swapper_pg_dir)=ffff800082c50000\nNUMBER(kimage_voffset)=0xffff800040000000", 0x42c5_0000UL)]
    [InlineData("SYMBOL(swapper_pg_dir)=ffff800082c50000\nNUMBER(kimage_voffset)=0xfffa800040000000", 0x42c5_0014UL)] // 52-bit address: bits 51:48 at 5:2.
    [InlineData("SYMBOL(swapper_pg_dir)=ffff800082c50000", null)]
    [InlineData("NUMBER(kimage_voffset)=0xffff800040000000", null)]
    [InlineData("SYMBOL(swapper_pg_dir)=what\nNUMBER(kimage_voffset)=0xffff800040000000", null)]
    public void TTBR1_is_the_roots_physical_address(string text, ulong? ttbr1) => Assert.Equal(new ImageRegisters(Ttbr1: ttbr1), VmCoreInfo.Parse(text).ToRegisters());

    // 64K pages built for 52 bits have 1024 root entries, and the last 64 of them are what 48 bits use: TTBR1 points (1024 - 64) * 8 = 7680 bytes into the root (Linux: offset_ttbr1).
    [Theory]
    [InlineData(65536, 52, "0x10", 0x42c5_1e00UL)]
    [InlineData(65536, 52, "0xc", 0x42c5_0000UL)] // All of it in use.
    [InlineData(65536, 48, "0x10", 0x42c5_0000UL)]
    [InlineData(65536, 42, "0x16", 0x42c5_0000UL)]
    [InlineData(4096, 52, "0x10", 0x42c5_0000UL)] // Other pages fold levels instead.
    [InlineData(16384, 52, "0x11", 0x42c5_0000UL)]
    [InlineData(65536, 64, "0x10", 0x42c5_0000UL)] // No kernel is built so.
    [InlineData(65536, 4294967348, "0x10", 0x42c5_0000UL)] // 2^32 + 52.
    [InlineData(65536, 52, "0x40", 0x42c5_0000UL)]
    [InlineData(65536, 52, "0x100000010", 0x42c5_0000UL)] // 2^32 + 16.
    public void TTBR1_points_into_a_root_that_is_built_for_more_bits(int page, ulong built, string t1sz, ulong ttbr1) => Assert.Equal(
        ttbr1,
        VmCoreInfo.Parse(
            $"PAGESIZE={page}\nNUMBER(VA_BITS)={built}\nNUMBER(TCR_EL1_T1SZ)={t1sz}\nSYMBOL(swapper_pg_dir)=ffff800082c50000\nNUMBER(kimage_voffset)=0xffff800040000000")
            .ToRegisters().Ttbr1);

    [Fact]
    public void The_first_of_two_lines_counts_and_ends_of_lines_are_none_of_the_value()
    {
        VmCoreInfo info = VmCoreInfo.Parse("=nothing\nOSRELEASE=6.1.0-56-arm64\r\nOSRELEASE=other\nno equals sign\nPAGESIZE=4096\0\0");
        Assert.Equal(("6.1.0-56-arm64", 4096UL, null, null), (info.Release, info.PageSize, info.VaBits, info.RootTable));
        Assert.Null(VmCoreInfo.Parse("osrelease=6.1").Release);
    }
}
