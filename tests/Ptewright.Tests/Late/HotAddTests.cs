using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Tests.LinearMap;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Late;

/// <summary>Memory added to a running machine: which tables it gets and what that costs. Linux: <c>arch_add_memory</c>.</summary>
public sealed class HotAddTests
{
    // 128 MiB in pages, below a level-1 entry that is empty: 64 PTE tables and a PMD table are made (T = 65); with the PUD table 66 visits (V).
    // E = 32,768 entries in C_pte = 64 * 32 and C_pmd = 4 runs. Before the series F = C_pte + C_pmd + V_pud; after any of its patches F = V.
    // DSB ISHST = 2 F + T links + T zeroings (+ E while each entry is synchronised); ISB = 2 F + T links (+ E).
    [Theory]
    [InlineData("baseline", 2048 + 4 + 1, 32_768)]
    [InlineData("map-once", 66, 32_768)]
    [InlineData("batch-barriers", 66, 0)]
    [InlineData("single-map", 66, 0)]
    public void A_section_of_pages_costs_what_the_closed_form_says(string strategy, ulong windows, ulong synchronised)
    {
        using LinearMapSimulation simulation = LateMachine.Build();
        LateResult result = LateMachine.Late(simulation, strategy: strategy).HotAdd(LateMachine.Above, LateMachine.Section, Reach.Fixmap);

        TableStatistics made = result.Statistics;
        Assert.Equal((64UL, 1UL, 0UL, 0UL), (made.PteTables, made.PmdTables, made.PudTables, made.P4dTables));
        Assert.Equal((windows, windows), (result.Counts.FixmapMaps, result.Counts.FixmapUnmaps));
        Assert.Equal((windows, windows), (result.Counts.Tlbi, result.Counts.DsbIsh));
        Assert.Equal((2 * windows) + synchronised + 65 + 65, result.Counts.DsbIshst);
        Assert.Equal((2 * windows) + synchronised + 65, result.Counts.Isb);
        Assert.Equal(65UL, result.Outstanding);
    }

    // With 39 bits the level-1 table is the root: 65 visits, and the new root entry takes the PGD slot for a moment if the root is read-only.
    [Theory]
    [InlineData(true, 66, (2 * 66) + 64 + 65, (2 * 66) + 64)]
    [InlineData(false, 65, (2 * 65) + 65 + 65, (2 * 65) + 65)]
    public void A_new_root_entry_goes_through_the_pgd_slot_when_the_root_is_read_only(bool rootThroughSlot, ulong windows, ulong dsbIshst, ulong isb)
    {
        using LinearMapSimulation simulation = LateMachine.Build(bits: 39);
        LateSimulation late = LateMachine.Late(simulation, rootThroughSlot: rootThroughSlot);
        OperationCounts counts = late.HotAdd(LateMachine.Above, LateMachine.Section, Reach.Fixmap).Counts;
        Assert.Equal((windows, windows, dsbIshst, isb), (counts.FixmapMaps, counts.Tlbi, counts.DsbIshst, counts.Isb));
    }

    [Fact]
    public void Blocks_are_made_where_the_kernel_need_not_change_single_pages()
    {
        using LinearMapSimulation simulation = LateMachine.Build();
        LateResult result = LateMachine.Late(simulation, MapFlags.None).HotAdd(LateMachine.Above, LateMachine.Section, Reach.Fixmap);
        Assert.Equal((64UL, 64UL, 1UL), (result.Statistics.PmdBlocks, result.Statistics.ContiguousPmdBlocks, result.Statistics.Tables));

        // F = PUD and PMD; 64 blocks, one link and one zeroing.
        Assert.Equal((2UL, 4UL + 64 + 1 + 1, 4UL + 64 + 1), (result.Counts.Tlbi, result.Counts.DsbIshst, result.Counts.Isb));
    }

    [Fact]
    public void What_was_added_is_what_a_walk_finds()
    {
        using LinearMapSimulation simulation = LateMachine.Build();
        LateSimulation late = LateMachine.Late(simulation);
        IReadOnlyList<Leaf> before = simulation.Leaves();
        _ = late.HotAdd(LateMachine.Above, LateMachine.Section, Reach.Fixmap);

        Leaf[] added = [.. simulation.Leaves().Except(before)];
        Protection protection = Protection.Create(ProtectionKind.KernelTagged, notGlobal: false, lpa2: false);
        Assert.Equal(32_768, added.Length);
        Assert.All(added, leaf => Assert.Equal(late.Virtual(leaf.Physical), leaf.Start));
        Assert.All(added, leaf => Assert.Equal(protection.PageBits, leaf.Entry.Raw & ~leaf.Physical.Value));
        Assert.Equal(LateMachine.Above, added[0].Physical);

        // NoExec: the tables that were made carry PXNTable, as those of boot time do.
        IEnumerable<string> tables = LateMachine.Contents(simulation).Where(line => line.Contains("table", StringComparison.Ordinal));
        Assert.All(tables, line => Assert.EndsWith("table 0x1800000000000003", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Memory_is_added_only_where_there_is_none()
    {
        using LinearMapSimulation simulation = LateMachine.Build();
        LateSimulation late = LateMachine.Late(simulation);
        _ = late.HotAdd(LateMachine.Above, LateMachine.Section, Reach.Fixmap);
        _ = Assert.Throws<InvalidInputException>(() => late.HotAdd(LateMachine.Above + (LateMachine.Section / 2), LateMachine.Section, Reach.Fixmap));
        _ = Assert.Throws<InvalidInputException>(() => late.HotAdd(new PhysicalAddress(LateMachine.GiB), LateMachine.Section, Reach.Fixmap));
        _ = Assert.Single(late.Added);
    }

    [Theory]
    [InlineData(0x0UL, LateMachine.Section, FailureCode.BelowPageOffset)]
    [InlineData(0x8000_4000_0000UL, LateMachine.Section, FailureCode.AddressNotCovered)]
    [InlineData(0x8000_3800_0000UL, 2 * LateMachine.Section, FailureCode.AddressNotCovered)]
    [InlineData(0x1_0000_0800UL, LateMachine.Section, FailureCode.SegmentMisaligned)]
    [InlineData(0x1_0000_0000UL, 4095UL, FailureCode.SegmentMisaligned)]
    public void Memory_outside_the_linear_map_is_refused_with_nothing_changed(ulong start, ulong size, FailureCode code)
    {
        using LinearMapSimulation simulation = LateMachine.Build();
        LateSimulation late = LateMachine.Late(simulation);
        TableDigest before = simulation.Digest();
        MapFailureException stopped = Assert.Throws<MapFailureException>(() => late.HotAdd(new PhysicalAddress(start), size, Reach.Fixmap));
        Assert.Equal(code, stopped.Failure.Code);
        Assert.Equal((before, 0UL), (simulation.Digest(), late.Outstanding));
    }

    [Fact]
    public void The_last_section_of_the_linear_map_can_be_added()
    {
        using LinearMapSimulation simulation = LateMachine.Build();
        LateSimulation late = LateMachine.Late(simulation, MapFlags.None);
        PhysicalAddress last = new(0x8000_3800_0000);
        _ = late.HotAdd(last, LateMachine.Section, Reach.Fixmap);
        Assert.Equal(Plans.Geometry(GranuleSize.Size4K, 48).PageEnd, late.Virtual(last) + LateMachine.Section);
    }

    [Fact]
    public void An_addition_that_runs_out_of_pages_leaves_nothing_behind()
    {
        // 32 MiB of memory, reserved but for 40 pages: enough for boot (one table each level but the root), not for 65 more.
        PhysicalAddress start = new(LateMachine.GiB);
        MemoryLayout memory = MemoryLayout.OfRange(start, 32 * LateMachine.MiB);
        memory.Reserve(start, start + (32 * LateMachine.MiB) - (40 * 4096));
        using LinearMapSimulation simulation = new(LinearMapPlan.ForMemory(memory, Plans.Geometry(GranuleSize.Size4K, 48), false, MapFlags.None));
        _ = simulation.Build(Plans.Strategy("single-map"));
        TableDigest before = simulation.Digest();

        LateSimulation late = LateMachine.Late(simulation);
        MapFailureException stopped = Assert.Throws<MapFailureException>(() => late.HotAdd(LateMachine.Above, LateMachine.Section, Reach.Fixmap));
        Assert.Equal(FailureCode.OutOfMemory, stopped.Failure.Code);
        Assert.Equal((before, 0UL), (simulation.Digest(), late.Outstanding));
        Assert.Empty(late.Added);
    }

    [Fact]
    public void There_must_be_tables_before_they_change()
    {
        MemoryLayout memory = MemoryLayout.OfRange(new PhysicalAddress(LateMachine.GiB), LateMachine.GiB);
        using LinearMapSimulation simulation = new(LinearMapPlan.ForMemory(memory, Plans.Geometry(GranuleSize.Size4K, 48), false, MapFlags.None));
        _ = Assert.Throws<InvalidOperationException>(() => LateMachine.Late(simulation));
    }
}
