using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Memory;

namespace Ptewright.Tests.Memory;

/// <summary>The allocators of special callers: a fixed reserve, none at all, and one with page-table constructors.</summary>
public sealed class OtherAllocatorTests
{
    [Fact]
    public void A_reserve_gives_its_pages_in_ascending_order_then_none()
    {
        ReservePageAllocator allocator = new(new(0x10000), new(0x1_3000), 4096);
        for (ulong page = 0x10000; page < 0x13000; page += 4096)
        {
            Assert.Equal(FailureCode.None, allocator.Allocate(3, out PhysicalAddress given));
            Assert.Equal(new PhysicalAddress(page), given);
        }

        Assert.Equal(FailureCode.OutOfMemory, allocator.Allocate(3, out _));
        Assert.Equal(FailureCode.OutOfMemory, allocator.Allocate(0, out _));
    }

    [Fact]
    public void An_empty_reserve_gives_nothing()
    {
        ReservePageAllocator allocator = new(new(0x10000), new(0x10fff), 4096);
        Assert.Equal(FailureCode.OutOfMemory, allocator.Allocate(3, out _));
    }

    [Fact]
    public void Without_an_allocator_the_walk_stops_where_a_table_is_missing()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        var builder = BuildRun.Recording<Strategy<No, No, No>, NoAllocator>(machine, default);
        Assert.False(builder.TryMap(machine.Pages(machine.Geometry.PageOffset, machine.Root, 1), out MapFailure failure));
        Assert.Equal((FailureCode.NoAllocator, 0), (failure.Code, failure.Level));
        Assert.Empty(machine.Events(builder.Cpu));
        Assert.True(machine.Read(machine.Root, 0).IsNone);
    }

    [Fact]
    public void Without_an_allocator_existing_tables_are_filled()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        VirtualAddress start = machine.Geometry.PageOffset;
        _ = BuildRun.Record(machine, false, machine.Pages(start, machine.Root, 1));
        var builder = BuildRun.Recording<Strategy<No, No, No>, NoAllocator>(machine, default);
        Assert.True(builder.TryMap(machine.Pages(start + 4096, machine.Root, 511), out _));
        Assert.Equal(0UL, builder.Statistics.Tables);
        Assert.Equal(511UL, builder.Statistics.Pages);
    }

    [Fact]
    public void Only_pages_for_levels_3_and_2_are_constructed()
    {
        ConstructedPageAllocator<ReservePageAllocator> allocator = new(new(new(0x10000), new(0x20000), 4096), ulong.MaxValue);
        foreach ((int level, ulong constructed) in new[] { (0, 0UL), (1, 0UL), (2, 1UL), (3, 2UL), (1, 2UL) })
        {
            Assert.Equal(FailureCode.None, allocator.Allocate(level, out _));
            Assert.Equal(constructed, allocator.Constructed);
        }
    }

    [Fact]
    public void A_constructor_that_fails_stops_the_walk_at_that_table()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        ReservePageAllocator reserve = new(machine.Tables, machine.End, 4096);
        var builder = BuildRun.Recording<Strategy<No, No, No>, ConstructedPageAllocator<ReservePageAllocator>>(machine, new(reserve, 1));
        Assert.False(builder.TryMap(machine.Pages(machine.Geometry.PageOffset, machine.Root, 1), out MapFailure failure));

        // The level-2 table's constructor succeeds, the level-3 table's fails: its entry in the level-2 table stays empty.
        Assert.Equal((FailureCode.ConstructorFailed, 2), (failure.Code, failure.Level));
        Assert.Equal(1UL, builder.Allocator.Constructed);
        Assert.True(machine.Read(machine.Tables + 4096, 0).IsNone);
        Assert.False(machine.Read(machine.Tables, 0).IsNone);
    }

    [Fact]
    public void An_empty_inner_allocator_fails_before_any_constructor()
    {
        ConstructedPageAllocator<NoAllocator> allocator = new(default, 0);
        Assert.Equal(FailureCode.NoAllocator, allocator.Allocate(3, out _));
        Assert.Equal(FailureCode.NoAllocator, allocator.Allocate(1, out _));
    }

    [Fact]
    public void A_constructed_page_is_as_late_as_its_source()
    {
        Assert.False(ConstructedPageAllocator<EarlyPageAllocator>.IsLate);
        Assert.True(ConstructedPageAllocator<LatePageAllocator<HostMemory>>.IsLate);
        Assert.True(ReservePageAllocator.IsLate);
        Assert.True(NoAllocator.IsLate);
    }
}
