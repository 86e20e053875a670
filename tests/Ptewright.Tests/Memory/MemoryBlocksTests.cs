using CsCheck;
using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Memory;

namespace Ptewright.Tests.Memory;

/// <summary>Memory, no-map memory and reservations, and the search for free pages from the top. Linux: <c>memblock</c>.</summary>
public sealed class MemoryBlocksTests
{
    private const ulong PageSize = 16;
    private static readonly PhysicalAddress Anywhere = new(ulong.MaxValue);

    [Fact]
    public void The_highest_free_range_is_found_first_and_cut_to_whole_pages()
    {
        BlockStorage storage = new();
        _ = storage.Blocks.TryAdd(new(0x103), new(0x20d));
        AssertFree(storage, 0x110, 0x200);
        _ = storage.Blocks.TryReserve(new(0x1f8), new(0x1f9));
        AssertFree(storage, 0x110, 0x1f0);
        _ = storage.Blocks.TryAdd(new(0x400), new(0x420));
        AssertFree(storage, 0x400, 0x420);
    }

    [Fact]
    public void Memory_that_must_not_be_mapped_is_not_free()
    {
        BlockStorage storage = new();
        _ = storage.Blocks.TryAdd(new(0x100), new(0x200));
        _ = storage.Blocks.TryMarkNoMap(new(0x180), new(0x200));
        AssertFree(storage, 0x100, 0x180);
        _ = storage.Blocks.TryMarkNoMap(new(0x100), new(0x180));
        Assert.False(storage.Blocks.TryFindFree(Anywhere, PageSize, out _, out _));
        _ = storage.Blocks.TryClearNoMap(new(0x1c0), new(0x1d0));
        AssertFree(storage, 0x1c0, 0x1d0);
    }

    [Fact]
    public void Page_0_is_never_free()
    {
        BlockStorage storage = new();
        _ = storage.Blocks.TryAdd(new(0), new(3 * PageSize));
        AssertFree(storage, PageSize, 3 * PageSize);
        _ = storage.Blocks.TryReserve(new(PageSize), new(3 * PageSize));
        Assert.False(storage.Blocks.TryFindFree(Anywhere, PageSize, out _, out _));
    }

    [Fact]
    public void Nothing_above_the_limit_is_found()
    {
        BlockStorage storage = new();
        _ = storage.Blocks.TryAdd(new(0x100), new(0x200));
        _ = storage.Blocks.TryAdd(new(0x300), new(0x400));
        Assert.True(storage.Blocks.TryFindFree(new(0x35f), PageSize, out PhysicalAddress start, out PhysicalAddress end));
        Assert.Equal((new(0x300), new(0x350)), (start, end));
        Assert.True(storage.Blocks.TryFindFree(new(0x30f), PageSize, out start, out end));
        Assert.Equal((new(0x100), new(0x200)), (start, end));
        Assert.False(storage.Blocks.TryFindFree(new(0x10f), PageSize, out _, out _));
    }

    [Fact]
    public void The_range_found_is_the_highest_one_that_a_byte_map_shows_free() =>
        Gen.Select(Ranges, Ranges, Ranges, Gen.Int[0, 256]).Sample(
            (memory, noMap, reserved, limit) =>
            {
                BlockStorage storage = new();
                bool[] free = new bool[256];
                Fill(memory, free, true, (start, end) => storage.Blocks.TryAdd(start, end));
                Fill(noMap, free, false, (start, end) => storage.Blocks.TryMarkNoMap(start, end));
                Fill(reserved, free, false, (start, end) => storage.Blocks.TryReserve(start, end));

                int last = -1;
                for (int page = 1; page < 16; page++)
                {
                    last = (page + 1) * 16 <= limit && free.AsSpan(page * 16, 16).IndexOf(false) < 0 ? page : last;
                }

                bool found = storage.Blocks.TryFindFree(new((ulong)limit), PageSize, out PhysicalAddress start, out PhysicalAddress end);
                Assert.Equal(last >= 0, found);
                if (found)
                {
                    int first = last;
                    while (first > 1 && free.AsSpan((first - 1) * 16, 16).IndexOf(false) < 0)
                    {
                        first--;
                    }

                    Assert.Equal(((ulong)first * 16, (ulong)(last + 1) * 16), (start.Value, end.Value));
                }
            },
            iter: 5_000);

    [Fact]
    public void Its_bounds_are_those_of_all_memory()
    {
        BlockStorage storage = new();
        Assert.Equal((default, default), (storage.Blocks.Start, storage.Blocks.End));
        _ = storage.Blocks.TryAdd(new(0x300), new(0x400));
        _ = storage.Blocks.TryAdd(new(0x100), new(0x200));
        _ = storage.Blocks.TryMarkNoMap(new(0x100), new(0x180));
        _ = storage.Blocks.TryReserve(new(0x1000), new(0x2000));
        Assert.Equal((new(0x100), new(0x400)), (storage.Blocks.Start, storage.Blocks.End));
        _ = storage.Blocks.TryRemove(new(0), new(0x110));
        Assert.Equal(new PhysicalAddress(0x110), storage.Blocks.Start);
    }

    [Fact]
    public void Full_storage_refuses_and_says_so()
    {
        BlockStorage storage = new(memoryCapacity: 2, reservedCapacity: 1);
        Assert.True(storage.Blocks.TryAdd(new(0x100), new(0x200)));
        Assert.True(storage.Blocks.TryAdd(new(0x300), new(0x400)));
        Assert.False(storage.Blocks.TryAdd(new(0x500), new(0x600)));
        Assert.False(storage.Blocks.TryRemove(new(0x140), new(0x150)));
        Assert.False(storage.Blocks.TryMarkNoMap(new(0x340), new(0x400)));
        Assert.True(storage.Blocks.TryReserve(new(0x100), new(0x110)));
        Assert.False(storage.Blocks.TryReserve(new(0x120), new(0x130)));
    }

    [Theory]
    [InlineData(2, 2, true)]
    [InlineData(3, 5, true)]
    [InlineData(1, 2, false)]
    [InlineData(2, 1, false)]
    [InlineData(0, 0, false)]
    public void A_copy_holds_what_the_other_holds_or_says_that_it_does_not_fit(int memoryCapacity, int reservedCapacity, bool fits)
    {
        BlockStorage from = new();
        _ = from.Blocks.TryAdd(new(0x100), new(0x200));
        _ = from.Blocks.TryMarkNoMap(new(0x180), new(0x200));
        _ = from.Blocks.TryReserve(new(0x110), new(0x120));
        _ = from.Blocks.TryReserve(new(0x140), new(0x150));
        BlockStorage to = new(memoryCapacity, reservedCapacity);
        _ = to.Blocks.TryAdd(new(0x1000), new(0x2000));
        _ = to.Blocks.TryReserve(new(0x1000), new(0x1100));

        Assert.Equal(fits, to.Blocks.TryCopyFrom(from.Blocks));
        if (fits)
        {
            Assert.Equal("100-180 180-200! / 110-120 140-150", Text(to));
            Assert.Equal(to.Blocks.TryReserve(new(0x160), new(0x170)), reservedCapacity > 2);
            Assert.Equal("100-180 180-200! / 110-120 140-150", Text(from));
        }

        // What is too small keeps what it had.
        Assert.StartsWith(memoryCapacity == 0 ? " /" : memoryCapacity == 1 ? "1000-2000 /" : "100-180 180-200! /", Text(to), StringComparison.Ordinal);
        Assert.True(fits || reservedCapacity == 0 || Text(to).EndsWith("/ 1000-1100", StringComparison.Ordinal));
    }

    [Fact]
    public unsafe void What_is_reserved_page_by_page_is_what_those_pages_are_and_nothing_between_them() => Gen.Select(Ranges, Ranges, Ranges).Sample((memory, noMap, reserved) =>
    {
        BlockStorage storage = new();
        BlockStorage expected = new();
        bool[] free = new bool[256];
        Fill(memory, free, true, storage.Blocks.TryAdd);
        Fill(noMap, free, false, storage.Blocks.TryMarkNoMap);
        Fill(reserved, free, false, (start, end) => storage.Blocks.TryReserve(start, end) && expected.Blocks.TryReserve(start, end));
        EarlyPageAllocator allocator = new(storage.Pointer, PageSize);
        while (allocator.Allocate(3, out PhysicalAddress page) == FailureCode.None)
        {
            _ = expected.Blocks.TryReserve(page, page + PageSize);
            Assert.Equal(Text(expected)[3..], Text(storage)[Text(storage).IndexOf('/')..][2..]);
        }
    });

    private static string Text(BlockStorage storage)
    {
        return $"{Of(storage.Blocks.Memory)} / {Of(storage.Blocks.Reserved)}";

        static string Of(RegionList list) => string.Join(
            ' ', Enumerable.Range(0, list.Count).Select(i => $"{list[i].Start.Value:x}-{list[i].End.Value:x}{(list[i].NoMap ? "!" : "")}"));
    }

    private static Gen<(int Start, int End)[]> Ranges =>
        Gen.Select(Gen.Int[0, 255], Gen.Int[1, 100], (start, length) => (start, Math.Min(start + length, 256))).Array[0, 4];

    private static void Fill((int Start, int End)[] ranges, bool[] free, bool value, Func<PhysicalAddress, PhysicalAddress, bool> change)
    {
        foreach ((int start, int end) in ranges)
        {
            Assert.True(change(new((ulong)start), new((ulong)end)));
            free.AsSpan(start, end - start).Fill(value);
        }
    }

    private static void AssertFree(BlockStorage storage, ulong start, ulong end)
    {
        Assert.True(storage.Blocks.TryFindFree(Anywhere, PageSize, out PhysicalAddress from, out PhysicalAddress to));
        Assert.Equal((new(start), new(end)), (from, to));
    }
}
