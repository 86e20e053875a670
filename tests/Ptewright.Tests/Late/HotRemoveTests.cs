using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.Late;

/// <summary>Memory removed again: tables as before, nothing leaked, and what the flushes cost. Linux: <c>arch_remove_memory</c>.</summary>
public sealed class HotRemoveTests
{
    public static TheoryData<GranuleSize, int, int, bool, Reach> Machines
    {
        get
        {
            TheoryData<GranuleSize, int, int, bool, Reach> data = [];
            foreach (TableGeometry shape in Shapes.All.Where(shape => shape.ActualVirtualAddressBits > 36))
            {
                foreach (Reach reach in Enum.GetValues<Reach>())
                {
                    data.Add(shape.Granule, shape.VirtualAddressBits, shape.ActualVirtualAddressBits, true, reach);
                    data.Add(shape.Granule, shape.VirtualAddressBits, shape.ActualVirtualAddressBits, false, reach);
                }
            }

            return data;
        }
    }

    // The range begins in a part of the linear map that no table of boot time covers below the root, where there is room for such a part.
    [Theory]
    [MemberData(nameof(Machines))]
    public void Add_remove_and_add_again_leaves_the_tables_as_they_were_and_leaks_nothing(GranuleSize granule, int bits, int actual, bool pages, Reach reach)
    {
        using LinearMapSimulation simulation = LateMachine.Build(granule, bits, actual);
        LateSimulation late = LateMachine.Late(simulation, pages ? LateMachine.PagesOnly : MapFlags.None);
        TableDigest before = simulation.Digest();
        PhysicalAddress start = new(Math.Min(1UL << 50, 1UL << (actual - 3)));
        ulong size = (granule == GranuleSize.Size64K ? 4UL : 1) * LateMachine.Section;

        LateResult first = late.HotAdd(start, size, reach);
        IReadOnlyList<string> contents = LateMachine.Contents(simulation);
        LateResult removed = late.HotRemove(start, size, reach);
        Assert.Equal((before, 0UL), (simulation.Digest(), late.Outstanding));
        Assert.Equal((first.Statistics.Pages, first.Statistics.PmdBlocks, first.Statistics.PudBlocks),
            (removed.Removed.Pages, removed.Removed.PmdBlocks, removed.Removed.PudBlocks));
        Assert.Equal(
            (first.Statistics.PteTables, first.Statistics.PmdTables, first.Statistics.PudTables, first.Statistics.P4dTables),
            (removed.Removed.PteTables, removed.Removed.PmdTables, removed.Removed.PudTables, removed.Removed.P4dTables));

        LateResult second = late.HotAdd(start, size, reach);
        Assert.Equal(contents, LateMachine.Contents(simulation));
        Assert.Equal((first.Counts, first.Statistics, first.Outstanding), (second.Counts, second.Statistics, second.Outstanding));
        _ = late.HotRemove(start, size, reach);
        Assert.Equal((before, 0UL), (simulation.Digest(), late.Outstanding));
    }

    // One flush of everything for 32,768 pages; then one walk-cache flush for each of the 64 PTE tables and the PMD table.
    [Fact]
    public void A_section_is_flushed_once_and_each_freed_table_once()
    {
        using LinearMapSimulation simulation = LateMachine.Build();
        LateSimulation late = LateMachine.Late(simulation);
        _ = late.HotAdd(LateMachine.Above, LateMachine.Section, Reach.Fixmap);
        LateResult result = late.HotRemove(LateMachine.Above, LateMachine.Section, Reach.Fixmap);
        Assert.Equal((1UL, 65UL, 66UL), (result.Counts.TlbiVmalle1is, result.Counts.TlbiVaae1is, result.Counts.Tlbi));
        Assert.Equal((66UL, 66UL, 66UL), (result.Counts.DsbIshst, result.Counts.DsbIsh, result.Counts.Isb));
        Assert.Equal((0UL, 64UL, 1UL), (result.Counts.FixmapMaps, result.Removed.PteTables, result.Removed.PmdTables));
    }

    [Theory]
    [InlineData(true, 1, 2, 2)]
    [InlineData(false, 0, 1, 1)]
    public void A_root_entry_is_cleared_through_the_pgd_slot_when_the_root_is_read_only(bool rootThroughSlot, ulong windows, ulong dsbIshst, ulong isb)
    {
        using LinearMapSimulation simulation = LateMachine.Build(bits: 39);
        LateSimulation late = LateMachine.Late(simulation, rootThroughSlot: rootThroughSlot);
        _ = late.HotAdd(LateMachine.Above, LateMachine.Section, Reach.Fixmap);
        OperationCounts counts = late.HotRemove(LateMachine.Above, LateMachine.Section, Reach.Fixmap).Counts;
        Assert.Equal((windows, windows, windows), (counts.FixmapMaps, counts.FixmapUnmaps, counts.TlbiVaale1is));
        Assert.Equal((66 + dsbIshst, 66 + windows, 66 + isb), (counts.DsbIshst, counts.DsbIsh, counts.Isb));
    }

    // A level folded at run time is the root page read again: its entries are root entries. 128 MiB: 64 or 4 PTE tables, a PMD table, with 4K a PUD table.
    [Theory]
    [InlineData(GranuleSize.Size4K, 48, 66)]
    [InlineData(GranuleSize.Size16K, 47, 5)]
    public void An_entry_of_a_folded_root_goes_through_the_pgd_slot(GranuleSize granule, int actual, ulong tables)
    {
        using LinearMapSimulation simulation = LateMachine.Build(granule, 52, actual);
        LateSimulation late = LateMachine.Late(simulation);
        PhysicalAddress start = new(1UL << (actual - 3));
        LateResult added = late.HotAdd(start, LateMachine.Section, Reach.Fixmap);
        Assert.Equal((tables, tables + 1), (added.Statistics.Tables, added.Counts.FixmapMaps));
        LateResult removed = late.HotRemove(start, LateMachine.Section, Reach.Fixmap);
        Assert.Equal((tables, 1UL, 1UL), (removed.Removed.Tables, removed.Counts.FixmapMaps, removed.Counts.TlbiVaale1is));
    }

    [Fact]
    public void A_level_0_entry_that_is_not_the_roots_has_its_own_barriers()
    {
        // Five levels, 256 TiB up: P4D, PUD, PMD and 64 PTE tables. set_p4d and set_pgd synchronise an empty entry too.
        using LinearMapSimulation simulation = LateMachine.Build(bits: 52);
        LateSimulation late = LateMachine.Late(simulation, rootThroughSlot: false);
        PhysicalAddress start = new(1UL << 50);
        Assert.Equal(67UL, late.HotAdd(start, LateMachine.Section, Reach.Fixmap).Outstanding);
        LateResult result = late.HotRemove(start, LateMachine.Section, Reach.Fixmap);
        Assert.Equal((64UL, 1UL, 1UL, 1UL), (result.Removed.PteTables, result.Removed.PmdTables, result.Removed.PudTables, result.Removed.P4dTables));
        Assert.Equal((1UL + 67 + 2, 1UL + 67, 1UL + 67 + 2), (result.Counts.DsbIshst, result.Counts.DsbIsh, result.Counts.Isb));
    }

    [Theory]
    [InlineData(false, 32_768)]
    [InlineData(true, 64)]
    public void As_released_6_1_and_6_12_flush_each_leaf(bool blocks, ulong leaves)
    {
        using LinearMapSimulation simulation = LateMachine.Build();
        LateSimulation late = LateMachine.Late(simulation, blocks ? MapFlags.NoContiguous : LateMachine.PagesOnly, flush: RemovalFlush.EachLeaf);
        _ = late.HotAdd(LateMachine.Above, LateMachine.Section, Reach.Fixmap);
        LateResult result = late.HotRemove(LateMachine.Above, LateMachine.Section, Reach.Fixmap);
        Assert.Equal((leaves, result.Removed.Tables, 0UL), (result.Counts.TlbiVaale1is, result.Counts.TlbiVaae1is, result.Counts.TlbiVmalle1is));
        Assert.Equal(leaves + result.Removed.Tables, result.Counts.DsbIshst);
        Assert.Equal((result.Counts.DsbIshst, result.Counts.DsbIshst), (result.Counts.DsbIsh, result.Counts.Isb));
    }

    // PTRS_PER_PTE pages are still flushed one by one; one more flushes everything.
    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(512, 512, 0)]
    [InlineData(513, 0, 1)]
    public void More_pages_than_a_table_has_entries_are_flushed_with_everything(ulong pages, ulong each, ulong all)
    {
        using LinearMapSimulation simulation = LateMachine.Build();
        LateSimulation late = LateMachine.Late(simulation);
        _ = late.HotAdd(LateMachine.Above, LateMachine.Section, Reach.Fixmap);
        LateResult result = late.HotRemove(LateMachine.Above, pages * 4096, Reach.Fixmap);
        Assert.Equal((each, all, pages), (result.Counts.TlbiVaale1is, result.Counts.TlbiVmalle1is, result.Removed.Pages));
        Assert.Equal(1 + result.Removed.Tables, result.Counts.DsbIshst);
    }

    [Fact]
    public void Only_added_memory_can_be_removed()
    {
        using LinearMapSimulation simulation = LateMachine.Build();
        LateSimulation late = LateMachine.Late(simulation);
        _ = late.HotAdd(LateMachine.Above, 3 * LateMachine.Section, Reach.Fixmap);
        _ = Assert.Throws<InvalidInputException>(() => late.HotRemove(new PhysicalAddress(LateMachine.GiB), LateMachine.Section, Reach.Fixmap));
        _ = late.HotRemove(LateMachine.Above + LateMachine.Section, LateMachine.Section, Reach.Fixmap);
        Assert.Equal(
            [(LateMachine.Above, LateMachine.Section), (LateMachine.Above + (2 * LateMachine.Section), LateMachine.Section)],
            late.Added.Select(region => (region.Start, region.Size)));
        _ = Assert.Throws<InvalidInputException>(() => late.HotRemove(LateMachine.Above, 2 * LateMachine.Section, Reach.Fixmap));
        _ = late.HotRemove(LateMachine.Above, LateMachine.Section, Reach.Fixmap);
        _ = late.HotRemove(LateMachine.Above + (2 * LateMachine.Section), LateMachine.Section, Reach.Fixmap);
        Assert.Equal(0UL, late.Outstanding);
        Assert.Empty(late.Added);
    }

    // 2 MiB inside a 32 MiB run, 4 KiB inside a block, 128 MiB inside a 1 GiB block: at the first edge and at the last.
    [Theory]
    [InlineData(MapFlags.None, LateMachine.Section, 0UL, 2 * LateMachine.MiB, 2)]
    [InlineData(MapFlags.None, LateMachine.Section, 30 * LateMachine.MiB, 2 * LateMachine.MiB, 2)]
    [InlineData(MapFlags.NoContiguous, LateMachine.Section, 0UL, 4096UL, 2)]
    [InlineData(MapFlags.NoContiguous, LateMachine.Section, (2 * LateMachine.MiB) - 4096, 4096UL, 2)]
    [InlineData(MapFlags.None, LateMachine.GiB, 0UL, LateMachine.Section, 1)]
    [InlineData(MapFlags.None, LateMachine.GiB, LateMachine.GiB - LateMachine.Section, LateMachine.Section, 1)]
    [InlineData(MapFlags.NoBlock, LateMachine.Section, 0UL, 4096UL, 3)]
    [InlineData(MapFlags.NoBlock, LateMachine.Section, 61440UL, 4096UL, 3)]
    public void A_part_of_a_block_or_run_is_not_removed(MapFlags flags, ulong added, ulong offset, ulong size, int level)
    {
        using LinearMapSimulation simulation = LateMachine.Build();
        LateSimulation late = LateMachine.Late(simulation, flags);
        _ = late.HotAdd(LateMachine.Above, added, Reach.Fixmap);
        TableDigest before = simulation.Digest();
        MapFailureException stopped = Assert.Throws<MapFailureException>(() => late.HotRemove(LateMachine.Above + offset, size, Reach.Fixmap));
        Assert.Equal((FailureCode.PartialRemoval, level), (stopped.Failure.Code, stopped.Failure.Level));
        Assert.Equal(before, simulation.Digest());
        _ = Assert.Single(late.Added);
    }

    [Theory]
    [InlineData(MapFlags.None, 32 * LateMachine.MiB)]
    [InlineData(MapFlags.NoContiguous, 2 * LateMachine.MiB)]
    [InlineData(MapFlags.NoBlock, 64UL << 10)]
    public void Whole_blocks_and_runs_are_removed(MapFlags flags, ulong size)
    {
        using LinearMapSimulation simulation = LateMachine.Build();
        LateSimulation late = LateMachine.Late(simulation, flags);
        _ = late.HotAdd(LateMachine.Above, LateMachine.Section, Reach.Fixmap);
        Assert.Equal(size, Bytes(late.HotRemove(LateMachine.Above + size, size, Reach.Fixmap).Removed));
    }

    private static ulong Bytes(TableStatistics removed) => (removed.Pages << 12) + (removed.PmdBlocks << 21) + (removed.PudBlocks << 30);
}
