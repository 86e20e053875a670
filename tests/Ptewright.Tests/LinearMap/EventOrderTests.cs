using System.Runtime.InteropServices;
using Ptewright.Cpu;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.LinearMap;

/// <summary>How one new, fully populated level-3 table comes to life, event by event, in each step of the series.</summary>
public sealed class EventOrderTests
{
    private const string Map = "store dsb-ishst isb M ";
    private const string Unmap = "store U dsb-ishst tlbi-vaale1is dsb-ish isb ";
    private const string Link = "store dsb-ishst isb ";

    [Fact]
    public void Before_the_series_a_table_is_mapped_for_zeroing_and_for_each_run_and_each_entry_is_synchronised() => Assert.Equal(
        Map + "clear " + Unmap + Link + Repeat(32, Map + Repeat(16, "store dsb-ishst isb ") + Unmap),
        LifeOfTheLevel3Table("baseline"));

    [Fact]
    public void After_patch_1_a_table_is_mapped_once_to_be_filled() => Assert.Equal(
        Map + "clear " + Unmap + Link + Map + Repeat(512, "store dsb-ishst isb ") + Unmap,
        LifeOfTheLevel3Table("map-once"));

    [Fact]
    public void After_patch_2_its_entries_are_synchronised_by_closing_the_window() => Assert.Equal(
        Map + "clear " + Unmap + Link + Map + "run512 " + Unmap,
        LifeOfTheLevel3Table("batch-barriers"));

    [Fact]
    public void After_patch_3_it_is_zeroed_ordered_linked_and_filled_in_one_window() => Assert.Equal(
        Map + "clear dsb-ishst " + Link + "run512 " + Unmap,
        LifeOfTheLevel3Table("single-map"));

    [Fact]
    public void Lazily_unmapped_it_needs_a_barrier_of_its_own_and_its_slot_is_flushed_later() => Assert.Equal(
        Map + "clear dsb-ishst " + Link + "run512 dsb-ishst isb store U dsb-ishst tlbi-rvaale1is dsb-ish isb ",
        LifeOfTheLevel3Table("lazy-unmap", inclusiveEnd: true));

    [Fact]
    public void Premapped_it_is_reached_without_any_window() => Assert.Equal(
        "clear dsb-ishst " + Link + "run512 dsb-ishst isb ",
        LifeOfTheLevel3Table("premapped"));

    // 2 MiB make one table of each level. The level-3 table's life begins after the link of the level-2 table.
    private static unsafe string LifeOfTheLevel3Table(string strategy, bool inclusiveEnd = false)
    {
        using LinearMapSimulation simulation = new(Plans.OneRange(GranuleSize.Size4K, 48, 2UL << 20, Plans.PagesOnly));
        const int capacity = 10_000;
        CpuEvent* buffer = (CpuEvent*)NativeMemory.Alloc(capacity, (nuint)sizeof(CpuEvent));
        _ = simulation.Build(Plans.Strategy(strategy), new RecordingCpu<SilentCpu>(default, buffer, capacity), out RecordingCpu<SilentCpu> cpu);
        CpuEvent[] events = new Span<CpuEvent>(buffer, cpu.Count).ToArray();
        NativeMemory.Free(buffer);
        Assert.Equal(0UL, cpu.Dropped);

        // From the first thing done for the third table to the unmapping of the level-2 table.
        ulong level3 = (1UL << 30) + (2UL << 20) - (3 * 4096);
        int first = Array.FindIndex(events, item => item.Kind == CpuEventKind.Clear && item.Table.Value == level3);
        if (events[first - 1].Kind == CpuEventKind.Mapped)
        {
            first -= 4;
        }

        int behind = Array.FindIndex(events, first, item => item.Kind == CpuEventKind.Unmapped && item.Slot == TableSlot.Pmd) - 1;
        if (strategy == "premapped")
        {
            behind = Array.FindIndex(events, first, item => item.Kind == CpuEventKind.SetTtbr0);
        }

        IEnumerable<CpuEvent> life = events[first..behind];
        if (inclusiveEnd)
        {
            // The two upper windows are closed before the lazy slots are flushed.
            int flush = Array.FindLastIndex(events, item => item.Kind == CpuEventKind.Unmapped && item.Slot == TableSlot.Pte);
            life = life.Concat(events[(flush - 1)..]);
        }

        return Text([.. life]);
    }

    private static string Text(CpuEvent[] events) => string.Concat(events.Select(item => item.Kind switch
    {
        CpuEventKind.Store => "store ",
        CpuEventKind.StoreRun => $"run{item.Count} ",
        CpuEventKind.Clear => "clear ",
        CpuEventKind.DsbIshst => "dsb-ishst ",
        CpuEventKind.DsbIsh => "dsb-ish ",
        CpuEventKind.Isb => "isb ",
        CpuEventKind.Mapped => "M ",
        CpuEventKind.Unmapped => "U ",
        CpuEventKind.TlbiVaale1is => "tlbi-vaale1is ",
        CpuEventKind.TlbiRvaale1is => "tlbi-rvaale1is ",
        _ => item.Kind.ToString(),
    }));

    private static string Repeat(int times, string text) => string.Concat(Enumerable.Repeat(text, times));
}
