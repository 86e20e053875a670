using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;

namespace Ptewright.Tests.Memory;

/// <summary>The page allocator of a running kernel, as far as tables need it. Linux: <c>__pgd_pgtable_alloc</c>, after the seed without <c>__GFP_ZERO</c>.</summary>
public sealed unsafe class LatePageAllocatorTests
{
    private const ulong PageSize = 4096;

    [Fact]
    public void Pages_come_dirty()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        LatePageAllocator<HostMemory> allocator = Make(machine, 3);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(FailureCode.None, allocator.Allocate(3, out PhysicalAddress page));
            Assert.All(Enumerable.Range(0, 512), index => Assert.Equal(SparseMemory.Poison, machine.Read(page, index).Raw));
        }
    }

    [Fact]
    public void What_was_released_last_is_given_first()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        LatePageAllocator<HostMemory> allocator = Make(machine, 4);
        PhysicalAddress[] pages = [.. Enumerable.Range(0, 3).Select(_ => Take(ref allocator))];
        allocator.Release(pages[0]);
        allocator.Release(pages[2]);
        allocator.Release(pages[1]);

        Assert.Equal([pages[1], pages[2], pages[0], machine.Tables + (3 * PageSize)], Enumerable.Range(0, 4).Select(_ => Take(ref allocator)));
        Assert.Equal(FailureCode.OutOfMemory, allocator.Allocate(3, out PhysicalAddress none));
        Assert.Equal(default, none);
    }

    [Fact]
    public void A_released_page_keeps_its_contents_but_for_the_first_word()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        LatePageAllocator<HostMemory> allocator = Make(machine, 2);
        PhysicalAddress page = Take(ref allocator);
        machine.Write(page, 1, new(0x1234));
        machine.Write(page, 511, new(0x5678));
        allocator.Release(page);

        Assert.Equal(page, Take(ref allocator));
        Assert.Equal((0x1234UL, 0x5678UL), (machine.Read(page, 1).Raw, machine.Read(page, 511).Raw));
    }

    [Fact]
    public void It_counts_what_is_given_and_not_released()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        LatePageAllocator<HostMemory> allocator = Make(machine, 2);
        Assert.Equal(0UL, allocator.Outstanding);
        PhysicalAddress page = Take(ref allocator);
        _ = Take(ref allocator);
        Assert.Equal(FailureCode.OutOfMemory, allocator.Allocate(3, out _));
        Assert.Equal(2UL, allocator.Outstanding);
        allocator.Release(page);
        Assert.Equal(1UL, allocator.Outstanding);
        _ = Take(ref allocator);
        Assert.Equal(2UL, allocator.Outstanding);
    }

    [Fact]
    public void A_last_piece_smaller_than_a_page_is_not_given()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        LatePageAllocator<HostMemory> allocator = new(machine.Memory, machine.Tables, machine.Tables + (PageSize * 2) - 1, PageSize);
        _ = Take(ref allocator);
        Assert.Equal(FailureCode.OutOfMemory, allocator.Allocate(3, out _));
    }

    [Fact]
    public void The_walk_zeroes_late_pages_itself_in_the_window_it_fills()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        var builder = BuildRun.Recording<Strategy<No, No, No>, LatePageAllocator<HostMemory>>(machine, Make(machine, 100));
        Assert.True(builder.TryMap(machine.Pages(machine.Geometry.PageOffset, machine.Root, 1), out _));

        CpuEvent[] events = machine.Events(builder.Cpu);
        Assert.Equal(3, events.Count(item => item.Kind == CpuEventKind.Clear));
        Assert.All(events.Where(item => item.Kind == CpuEventKind.Clear), item => Assert.NotEqual(TableSlot.None, item.Slot));
        Assert.Equal(3UL, builder.Allocator.Outstanding);
    }

    [Fact]
    public void Zeroed_on_allocation_late_pages_need_no_slot_for_it()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        var builder = BuildRun.Recording<Strategy<Yes, No, No>, LatePageAllocator<HostMemory>>(machine, Make(machine, 100));
        Assert.True(builder.TryMap(machine.Pages(machine.Geometry.PageOffset, machine.Root, 1), out _));

        CpuEvent[] events = machine.Events(builder.Cpu);
        Assert.All(events.Where(item => item.Kind == CpuEventKind.Clear), item => Assert.Equal(TableSlot.None, item.Slot));
        Assert.Equal(3, BuildRun.Mapped(events).Length);
    }

    [Fact]
    public void It_is_late() => Assert.True(LatePageAllocator<HostMemory>.IsLate);

    private static LatePageAllocator<HostMemory> Make(TestMachine machine, int pages) =>
        new(machine.Memory, machine.Tables, machine.Tables + ((ulong)pages * PageSize), PageSize);

    private static PhysicalAddress Take(ref LatePageAllocator<HostMemory> allocator)
    {
        Assert.Equal(FailureCode.None, allocator.Allocate(3, out PhysicalAddress page));
        return page;
    }
}
