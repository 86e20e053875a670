using Ptewright.Addressing;
using Ptewright.Live;

namespace Ptewright.Tests.Live;

/// <summary>Pages of a guest are fetched once, and not without end.</summary>
public sealed unsafe class PageCacheTests
{
    [Fact]
    public void A_page_is_fetched_once()
    {
        List<ulong> fetched = [];
        using PageCache cache = new("guest", (from, destination) => Fill(fetched, from, destination), 8);
        Assert.Equal(5, *cache.Map(new PhysicalAddress(0x5010), 8));
        Assert.Equal(5, *cache.Map(new PhysicalAddress(0x5ff8), 8));
        Assert.Equal(6, cache.Map(new PhysicalAddress(0x5000), 0x2000)[0x1000]);
        Assert.Equal([0x5000UL, 0x6000UL], fetched);
    }

    [Theory]
    [InlineData(0x1000UL)]
    [InlineData(0x10000UL)]
    public void More_pages_than_are_kept_are_refused(ulong step)
    {
        using PageCache cache = new("guest", (from, destination) => Fill([], from, destination), 256);
        for (ulong i = 0; i < 256; i++)
        {
            Assert.True(cache.Map(new PhysicalAddress(i * step), 8) != null);
        }

        InvalidInputException refusal = Assert.Throws<InvalidInputException>(() => { _ = cache.Map(new PhysicalAddress(256 * step), 8); });
        Assert.Equal("guest: more than 1 MiB of its memory were asked for, the most that is copied; memory that is shared (qmp:) needs no copy.", refusal.Message);
        Assert.True(cache.Map(new PhysicalAddress(255 * step), 8) != null);
    }

    [Fact]
    public void Addresses_without_memory_count_too()
    {
        using PageCache cache = new("guest", (_, _) => false, 16);
        for (ulong i = 0; i < 16; i++)
        {
            Assert.True(cache.Map(new PhysicalAddress(i << 16), 8) == null);
        }

        Assert.Throws<InvalidInputException>(() => { _ = cache.Map(new PhysicalAddress(16 << 16), 8); });
    }

    private static bool Fill(List<ulong> fetched, PhysicalAddress from, Span<byte> destination)
    {
        for (int at = 0; at < destination.Length; at += PageCache.PageSize)
        {
            fetched.Add(from.Value + (ulong)at);
            destination.Slice(at, PageCache.PageSize).Fill((byte)((from.Value + (ulong)at) >> 12));
        }

        return true;
    }
}
