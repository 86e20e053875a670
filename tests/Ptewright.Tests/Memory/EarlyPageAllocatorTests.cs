using CsCheck;
using Ptewright.Addressing;
using Ptewright.Memory;

namespace Ptewright.Tests.Memory;

/// <summary>The boot-time allocator: the highest free page, reserved as it is given. Linux: <c>early_pgtable_alloc</c> over <c>memblock</c>, top-down.</summary>
public sealed unsafe class EarlyPageAllocatorTests
{
    private const ulong PageSize = 4096;

    [Fact]
    public void Pages_descend_one_by_one_from_the_top_of_memory()
    {
        BlockStorage storage = new();
        _ = storage.Blocks.TryAdd(new(0x4000_0000), new(0xc000_0000));
        EarlyPageAllocator allocator = new(storage.Pointer, PageSize);

        // As a kernel with 2 GiB at 1 GiB takes them.
        Assert.Equal([0xbfff_f000, 0xbfff_e000, 0xbfff_d000, 0xbfff_c000], Take(ref allocator, 4));
    }

    [Fact]
    public void Reserved_and_unmapped_memory_is_stepped_over()
    {
        BlockStorage storage = new();
        _ = storage.Blocks.TryAdd(new(0x10000), new(0x18000));
        _ = storage.Blocks.TryReserve(new(0x16800), new(0x16801));
        _ = storage.Blocks.TryMarkNoMap(new(0x14000), new(0x14fff));
        EarlyPageAllocator allocator = new(storage.Pointer, PageSize);

        Assert.Equal([0x17000, 0x15000, 0x13000, 0x12000, 0x11000, 0x10000], Take(ref allocator, 6));
        Assert.Equal(FailureCode.OutOfMemory, allocator.Allocate(3, out PhysicalAddress page));
        Assert.Equal(default, page);
    }

    [Fact]
    public void What_it_gives_is_reserved_in_one_growing_region()
    {
        BlockStorage storage = new();
        _ = storage.Blocks.TryAdd(new(0x10000), new(0x20000));
        EarlyPageAllocator allocator = new(storage.Pointer, PageSize);
        for (int given = 1; given <= 5; given++)
        {
            _ = Take(ref allocator, 1);
            Assert.Equal(1, storage.Blocks.Reserved.Count);
            Assert.Equal((0x20000 - ((ulong)given * PageSize), 0x20000UL), (storage.Blocks.Reserved[0].Start.Value, storage.Blocks.Reserved[0].End.Value));
        }
    }

    [Fact]
    public void A_reservation_that_it_grows_down_to_becomes_one_with_it()
    {
        BlockStorage storage = new();
        _ = storage.Blocks.TryAdd(new(0x10000), new(0x14000));
        _ = storage.Blocks.TryReserve(new(0x11000), new(0x12000));
        EarlyPageAllocator allocator = new(storage.Pointer, PageSize);

        Assert.Equal([0x13000, 0x12000, 0x10000], Take(ref allocator, 3));
        Assert.Equal(1, storage.Blocks.Reserved.Count);
        Assert.Equal((0x10000UL, 0x14000UL), (storage.Blocks.Reserved[0].Start.Value, storage.Blocks.Reserved[0].End.Value));
    }

    [Fact]
    public void Every_free_page_is_given_once_from_the_top_down_then_none() =>
        Gen.Select(Ranges, Ranges, Ranges).Sample(
            (memory, noMap, reserved) =>
            {
                BlockStorage storage = new(256, 256);
                bool[] free = new bool[512];
                Fill(memory, free, true, (start, end) => storage.Blocks.TryAdd(start, end));
                Fill(noMap, free, false, (start, end) => storage.Blocks.TryMarkNoMap(start, end));
                Fill(reserved, free, false, (start, end) => storage.Blocks.TryReserve(start, end));
                ulong[] expected = [.. Enumerable.Range(1, 31)
                    .Where(page => free.AsSpan(page * 16, 16).IndexOf(false) < 0)
                    .Select(page => (ulong)page * 16)
                    .OrderDescending()];

                EarlyPageAllocator allocator = new(storage.Pointer, 16);
                Assert.Equal(expected, Take(ref allocator, expected.Length));
                Assert.Equal(FailureCode.OutOfMemory, allocator.Allocate(3, out _));
                Assert.Equal(FailureCode.OutOfMemory, allocator.Allocate(3, out _));
                Assert.All(expected, page => Assert.True(storage.Blocks.Reserved.Overlaps(new(page), new(page + 16))));
            },
            iter: 2_000);

    [Fact]
    public void Page_0_is_never_given()
    {
        BlockStorage storage = new();
        _ = storage.Blocks.TryAdd(new(0), new(2 * PageSize));
        EarlyPageAllocator allocator = new(storage.Pointer, PageSize);
        Assert.Equal([PageSize], Take(ref allocator, 1));
        Assert.Equal(FailureCode.OutOfMemory, allocator.Allocate(3, out _));
    }

    [Fact]
    public void After_a_rescan_it_respects_what_others_reserved_meanwhile()
    {
        BlockStorage storage = new();
        _ = storage.Blocks.TryAdd(new(0x10000), new(0x18000));
        EarlyPageAllocator allocator = new(storage.Pointer, PageSize);
        Assert.Equal([0x17000], Take(ref allocator, 1));

        _ = storage.Blocks.TryReserve(new(0x15800), new(0x16800));
        allocator.Rescan();
        Assert.Equal([0x14000, 0x13000], Take(ref allocator, 2));

        _ = storage.Blocks.TryMarkNoMap(new(0x12000), new(0x13000));
        allocator.Rescan();
        Assert.Equal([0x11000, 0x10000], Take(ref allocator, 2));
    }

    [Fact]
    public void Memory_that_is_added_later_is_found_when_the_rest_is_used_up()
    {
        BlockStorage storage = new();
        _ = storage.Blocks.TryAdd(new(0x10000), new(0x11000));
        EarlyPageAllocator allocator = new(storage.Pointer, PageSize);
        Assert.Equal([0x10000], Take(ref allocator, 1));
        _ = storage.Blocks.TryAdd(new(0x20000), new(0x21000));
        Assert.Equal([0x20000], Take(ref allocator, 1));
    }

    [Fact]
    public void Without_room_for_a_reservation_no_page_is_given()
    {
        BlockStorage storage = new(memoryCapacity: 4, reservedCapacity: 1);
        _ = storage.Blocks.TryAdd(new(0x10000), new(0x18000));
        _ = storage.Blocks.TryReserve(new(0x10000), new(0x10001));
        EarlyPageAllocator allocator = new(storage.Pointer, PageSize);
        Assert.Equal(FailureCode.TooManyRegions, allocator.Allocate(3, out _));
        Assert.Equal(1, storage.Blocks.Reserved.Count);
    }

    [Fact]
    public void It_is_not_late() => Assert.False(EarlyPageAllocator.IsLate);

    private static Gen<(int Start, int End)[]> Ranges =>
        Gen.Select(Gen.Int[0, 511], Gen.Int[1, 160], (start, length) => (start, Math.Min(start + length, 512))).Array[0, 5];

    private static void Fill((int Start, int End)[] ranges, bool[] free, bool value, Func<PhysicalAddress, PhysicalAddress, bool> change)
    {
        foreach ((int start, int end) in ranges)
        {
            Assert.True(change(new((ulong)start), new((ulong)end)));
            free.AsSpan(start, end - start).Fill(value);
        }
    }

    private static ulong[] Take(ref EarlyPageAllocator allocator, int count)
    {
        ulong[] pages = new ulong[count];
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(FailureCode.None, allocator.Allocate(3, out PhysicalAddress page));
            pages[i] = page.Value;
        }

        return pages;
    }
}
