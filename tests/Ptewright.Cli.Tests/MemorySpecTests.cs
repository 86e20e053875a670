using Ptewright.Firmware;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Cli.Tests;

public sealed class MemorySpecTests
{
    private const ulong GiB = 1UL << 30;

    [Theory]
    [InlineData("64G", GiB, 65 * GiB)]
    [InlineData("64g@0x80000000", 2 * GiB, 66 * GiB)]
    [InlineData("2M@0", 0, 2UL << 20)]
    [InlineData("1T@4G", 4 * GiB, 1028 * GiB)]
    [InlineData("4096", GiB, GiB + 4096)]
    [InlineData("64G@80000000", 2 * GiB, 66 * GiB)]
    [InlineData("64G@0000000080000000", 2 * GiB, 66 * GiB)]
    [InlineData("64G@0d2147483648", 2 * GiB, 66 * GiB)]
    [InlineData("64G@10G", 10 * GiB, 74 * GiB)]
    [InlineData("1G@0x10G", 16 * GiB, 17 * GiB)]
    [InlineData("1G@8_8000_0000", 34 * GiB, 35 * GiB)]
    [InlineData("0d4096@10000", 0x10000, 0x11000)]
    [InlineData("0x10000@0x10000", 0x10000, 0x20000)]
    [InlineData("512K", GiB, GiB + (512 << 10))]
    [InlineData("4096T@0", 0, 1UL << 52)]
    [InlineData("1G,1G@0x80000000", GiB, 3 * GiB)]
    public void One_range_is_read(string text, ulong start, ulong end)
    {
        MemoryRegion region = Assert.Single(MemorySpec.Parse(text).Memory);

        Assert.Equal(start, region.Start.Value);
        Assert.Equal(end, region.End.Value);
        Assert.False(region.NoMap);
    }

    [Fact]
    public void Parts_may_come_in_any_order_and_some_must_not_be_mapped()
    {
        MemoryLayout layout = MemorySpec.Parse("!1M@0x50000000, 2G@0x880000000, 2G@0x40000000");

        Assert.Equal(
            [
                (0x4000_0000UL, 0x5000_0000UL, false),
                (0x5000_0000UL, 0x5010_0000UL, true),
                (0x5010_0000UL, 0xc000_0000UL, false),
                (0x8_8000_0000UL, 0x9_0000_0000UL, false),
            ],
            layout.Memory.Select(region => (region.Start.Value, region.End.Value, region.NoMap)));
        Assert.Equal((4UL << 30) - (1UL << 20), layout.MappedBytes);
    }

    [Theory]
    [InlineData("", "Memory '' does not begin with a size such as 512M or 64G.")]
    [InlineData("G", "Memory 'G' does not begin with a size such as 512M or 64G.")]
    [InlineData("64X", "Memory '64X' does not begin with a size such as 512M or 64G.")]
    [InlineData("-1G", "Memory '-1G' does not begin with a size such as 512M or 64G.")]
    [InlineData("1.5G", "Memory '1.5G' does not begin with a size such as 512M or 64G.")]
    [InlineData("99999999999999999999G", "Memory '99999999999999999999G' does not begin with a size such as 512M or 64G.")]
    [InlineData("1G,,1G@3G", "Memory '' does not begin with a size such as 512M or 64G.")]
    [InlineData("0", "Memory '0' is empty.")]
    [InlineData("0G@0x40000000", "Memory '0G@0x40000000' is empty.")]
    [InlineData("1G@", "Memory '1G@' has no address such as 0x40000000 behind the @.")]
    [InlineData("1G@0xzz", "Memory '1G@0xzz' has no address such as 0x40000000 behind the @.")]
    [InlineData("1G@1G@1G", "Memory '1G@1G@1G' has no address such as 0x40000000 behind the @.")]
    [InlineData("80000000@40000000", "Memory '80000000@40000000' does not begin and end at a multiple of the 4 KiB page. Sizes are decimal; hexadecimal is 0x80000000.")]
    [InlineData("1G@aG", "Memory '1G@aG' has no address such as 0x40000000 behind the @.")]
    [InlineData("1G@00000000040000000", "Memory '1G@00000000040000000' has no address such as 0x40000000 behind the @.")]
    [InlineData("ffG", "Memory 'ffG' does not begin with a size such as 512M or 64G.")]
    [InlineData("5000", "Memory '5000' does not begin and end at a multiple of the 4 KiB page.")]
    [InlineData("1M@0x40000800", "Memory '1M@0x40000800' does not begin and end at a multiple of the 4 KiB page.")]
    [InlineData("4096T", "Memory '4096T' reaches beyond the 52 bits of a physical address.")]
    [InlineData("16777217T", "Memory '16777217T' reaches beyond the 52 bits of a physical address.")]
    [InlineData("4K@0x10000000000000", "Memory '4K@0x10000000000000' reaches beyond the 52 bits of a physical address.")]
    [InlineData("18446744073709551615T@0xffffffffffffffff", "Memory '18446744073709551615T@0xffffffffffffffff' reaches beyond the 52 bits of a physical address.")]
    [InlineData("2G,1G@0x60000000", "Memory '1G@0x60000000' overlaps '2G'.")]
    [InlineData("!1M@0x40000000", "Memory '!1M@0x40000000' names no memory that may be mapped.")]
    [InlineData("1G,!1M", "Memory '!1M' must not be mapped, but has no address, as in !1M@0x50000000.")]
    [InlineData("1G,!1M@0x7ff80000", "Memory '!1M@0x7ff80000' must not be mapped, but does not lie in memory.")]
    public void What_cannot_be_memory_is_refused(string text, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<InvalidInputException>(() => MemorySpec.Parse(text)).Message);

    [Theory]
    [InlineData(GranuleSize.Size16K, "16 KiB")]
    [InlineData(GranuleSize.Size64K, "64 KiB")]
    public void Memory_consists_of_whole_pages_of_the_granule(GranuleSize granule, string page) => Assert.Equal(
        $"Memory '1036K' does not begin and end at a multiple of the {page} page.",
        Assert.Throws<InvalidInputException>(() => MemorySpec.Parse("1036K", granule)).Message);
}
