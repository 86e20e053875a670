using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Live;

namespace Ptewright.Tests.Live;

/// <summary>Pages of a guest are fetched once, and not without end.</summary>
public sealed class PageCacheTests
{
    [Fact]
    public void A_page_is_fetched_once()
    {
        List<ulong> fetched = [];
        using PageCache cache = new("guest", (from, destination) => Fill(fetched, from, destination), 8);
        using MemoryReader reader = cache.OpenReader();
        Assert.Equal((byte?)5, First(reader.WindowAt(new PhysicalAddress(0x5010), 8), 0x5010));
        Assert.Equal((byte?)5, First(reader.WindowAt(new PhysicalAddress(0x5ff8), 8), 0x5ff8));
        Assert.Equal((byte?)6, First(reader.WindowAt(new PhysicalAddress(0x5000), 0x2000), 0x6000));
        Assert.Equal([0x5000UL, 0x6000UL], fetched);

        // Another reader has what this one fetched, and a window shows what is beside it.
        using MemoryReader other = cache.OpenReader();
        _ = other.WindowAt(new PhysicalAddress(0x8000), 0x1000);
        MemoryWindow window = other.WindowAt(new PhysicalAddress(0x6ff8), 8);
        Assert.Equal(((byte?)5, (byte?)6, (byte?)null, (byte?)null), (First(window, 0x5000), First(window, 0x6fff), First(window, 0x4fff), First(window, 0x7000)));
        Assert.Equal([0x5000UL, 0x6000UL, 0x8000UL], fetched);
    }

    [Fact]
    public async Task Several_threads_read_with_a_reader_each()
    {
        List<ulong> fetched = [];
        using PageCache cache = new("guest", (from, destination) => Fill(fetched, from, destination), 256);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            using MemoryReader reader = cache.OpenReader();
            for (ulong page = 0; page < 256; page++)
            {
                Assert.Equal((byte)page, First(reader.WindowAt(new PhysicalAddress(page << 12), 8), page << 12));
            }
        })));
        Assert.Equal(Enumerable.Range(0, 256).Select(page => (ulong)page << 12), fetched.Order());
    }

    [Theory]
    [InlineData(0x1000UL)]
    [InlineData(0x10000UL)]
    public void More_pages_than_are_kept_are_refused(ulong step)
    {
        using PageCache cache = new("guest", (from, destination) => Fill([], from, destination), 256);
        using MemoryReader reader = cache.OpenReader();
        for (ulong i = 0; i < 256; i++)
        {
            Assert.Equal(MemoryPresence.Present, reader.WindowAt(new PhysicalAddress(i * step), 8).Presence);
        }

        InvalidInputException refusal = Assert.Throws<InvalidInputException>(() => reader.WindowAt(new PhysicalAddress(256 * step), 8).Presence);
        Assert.Equal("guest: more than 1 MiB of its memory were asked for, the most that is copied; memory that is shared (qmp:) needs no copy.", refusal.Message);
        Assert.Equal(MemoryPresence.Present, reader.WindowAt(new PhysicalAddress(255 * step), 8).Presence);
    }

    [Fact]
    public void Addresses_without_memory_count_too()
    {
        using PageCache cache = new("guest", (_, _) => false, 16);
        using MemoryReader reader = cache.OpenReader();
        for (ulong i = 0; i < 16; i++)
        {
            Assert.Equal(MemoryPresence.Missing, reader.WindowAt(new PhysicalAddress(i << 16), 8).Presence);
        }

        Assert.Throws<InvalidInputException>(() => reader.WindowAt(new PhysicalAddress(16 << 16), 8).Presence);
    }

    private static unsafe byte? First(MemoryWindow window, ulong address) => window.At(new PhysicalAddress(address), 1) is var pointer && pointer != null ? *pointer : null;

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
