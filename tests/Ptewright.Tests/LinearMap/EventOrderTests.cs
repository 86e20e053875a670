using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Simulation;

namespace Ptewright.Tests.LinearMap;

/// <summary>What has to happen before what while tables are made, in each step of the series; not how many stores one operation makes.</summary>
public sealed class EventOrderTests
{
    private const CpuEventKind Store = CpuEventKind.Store;
    private const CpuEventKind StoreRun = CpuEventKind.StoreRun;
    private const CpuEventKind DsbIshst = CpuEventKind.DsbIshst;
    private const CpuEventKind DsbIsh = CpuEventKind.DsbIsh;
    private const CpuEventKind Isb = CpuEventKind.Isb;

    public static TheoryData<string> All => [.. StrategyPresets.All.Select(preset => preset.Name)];

    public static TheoryData<string> ThroughSlots => [.. StrategyPresets.All.Where(preset => preset != StrategyPresets.Premapped).Select(preset => preset.Name)];

    [Theory]
    [MemberData(nameof(All))]
    public void A_table_is_zeroed_then_ordered_then_linked_then_filled(string strategy)
    {
        EventTrace trace = EventTrace.Of(strategy);

        foreach (PhysicalAddress table in trace.Tables)
        {
            int zeroed = trace.Only(item => item.Kind == CpuEventKind.Clear && item.Table == table);
            int linked = trace.Only(item => trace.Links(item, table));
            int filled = trace.First(0, item => item.Kind is Store or StoreRun && item.Table == table);

            Assert.True(trace.Follow(zeroed, linked, DsbIshst), $"No barrier orders the zeroes of {table} before its link.");
            Assert.True(linked < filled, $"{table} is filled before it is linked.");
        }
    }

    [Theory]
    [MemberData(nameof(ThroughSlots))]
    public void A_slot_is_invalidated_before_it_is_used_again_and_at_the_end(string strategy)
    {
        EventTrace trace = EventTrace.Of(strategy);
        int again = 0;
        for (int i = 0; i < trace.Events.Length; i++)
        {
            CpuEvent closed = trace.Events[i];
            if (closed.Kind != CpuEventKind.Unmapped)
            {
                continue;
            }

            int next = trace.First(i, item => item.Kind == CpuEventKind.Mapped && EventTrace.PageOf(item.Address) == closed.Address);
            again += next < trace.Events.Length ? 1 : 0;
            int cleared = trace.First(i, item => item.Kind == DsbIshst);
            int invalidated = trace.First(cleared, item => EventTrace.Invalidates(item, closed.Address));
            Assert.True(invalidated < next && trace.Follow(invalidated, next, DsbIsh, Isb), $"Slot {closed.Slot} at {closed.Address}, cleared by event {i}, is not invalidated before event {next}.");
        }

        Assert.NotEqual(0, again);
    }

    [Theory]
    [MemberData(nameof(ThroughSlots))]
    public void A_window_is_used_only_when_its_entry_is_visible_to_the_table_walk(string strategy)
    {
        EventTrace trace = EventTrace.Of(strategy);
        int windows = 0;
        for (int i = 0; i < trace.Events.Length; i++)
        {
            if (trace.IsOpening(trace.Events[i]))
            {
                int used = trace.First(i + 1, item => item.Kind is CpuEventKind.Clear or Store or StoreRun);
                Assert.True(trace.Follow(i, used, DsbIshst, Isb), $"The window that event {i} opens is used by event {used} before it is synchronised.");
                windows++;
            }
        }

        Assert.Equal(trace.Events.Count(item => item.Kind == CpuEventKind.Mapped), windows);
    }

    [Theory]
    [InlineData("baseline", 33)]
    [InlineData("map-once", 2)]
    [InlineData("batch-barriers", 2)]
    [InlineData("single-map", 1)]
    [InlineData("lazy-unmap", 1)]
    [InlineData("premapped", 0)]
    public void Each_step_opens_so_many_windows_on_a_table_of_level_3(string strategy, int windows)
    {
        EventTrace trace = EventTrace.Of(strategy);

        Assert.All(trace.LeafTables, table => Assert.Equal(windows, trace.Events.Count(item => item.Kind == CpuEventKind.Mapped && item.Table == table)));
    }

    [Theory]
    [InlineData("baseline")]
    [InlineData("map-once")]
    public void Before_patch_2_each_entry_is_synchronised_before_the_next(string strategy)
    {
        EventTrace trace = EventTrace.Of(strategy);

        foreach (PhysicalAddress table in trace.LeafTables)
        {
            int[] fills = trace.Fills(table);
            Assert.Equal(512, fills.Length);
            Assert.All(fills, fill => Assert.Equal(1, trace.Events[fill].Count));
            Assert.All(fills, fill => Assert.True(trace.Follow(fill, trace.First(fill + 1, EventTrace.Writes), DsbIshst, Isb)));
        }
    }

    [Theory]
    [InlineData("batch-barriers")]
    [InlineData("single-map")]
    [InlineData("lazy-unmap")]
    [InlineData("premapped")]
    public void From_patch_2_on_entries_are_synchronised_together_before_any_other_table_is_touched(string strategy)
    {
        EventTrace trace = EventTrace.Of(strategy);

        foreach (PhysicalAddress table in trace.LeafTables)
        {
            int[] fills = trace.Fills(table);
            Assert.Equal(512, fills.Sum(fill => trace.Events[fill].Count));
            Assert.DoesNotContain(trace.Events[fills[0]..fills[^1]], item => item.Kind is DsbIshst or DsbIsh or Isb);
            int other = trace.First(fills[^1] + 1, item => EventTrace.Writes(item) && item.Table != trace.SlotTable);
            Assert.True(trace.Follow(fills[^1], other, DsbIshst, Isb), $"The entries of {table} are not synchronised before event {other}.");
        }
    }

    [Fact]
    public void Lazily_unmapped_slots_are_invalidated_together_and_by_nothing_else()
    {
        EventTrace trace = EventTrace.Of("lazy-unmap");
        VirtualAddress[] slots = [.. trace.Events.Where(item => item.Kind == CpuEventKind.Unmapped && item.Slot == TableSlot.Pte).Select(item => item.Address).Distinct()];

        Assert.Equal(16, slots.Length);
        Assert.All(slots, slot => Assert.DoesNotContain(trace.Events, item => item.Kind == CpuEventKind.TlbiVaale1is && item.Address == slot));
        Assert.All(trace.Events.Where(item => item.Kind == CpuEventKind.TlbiRvaale1is), item => Assert.All(slots, slot => Assert.True(EventTrace.Invalidates(item, slot))));
    }
}
