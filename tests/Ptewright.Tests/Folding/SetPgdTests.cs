using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Tests.Folding;

/// <summary><c>set_pgd</c>: a root entry is written where the root is, or, once that is read-only, through the PGD slot (<see cref="TableSettings.RootThroughSlot"/>).</summary>
public sealed class SetPgdTests
{
    [Fact]
    public void Written_directly_it_takes_one_DSB_ISHST_and_one_ISB()
    {
        foreach (TableGeometry geometry in new[] { Shapes.FiveLevels, Shapes.FourLevels })
        {
            Assert.Equal(new OperationCounts { DsbIshst = 1, Isb = 1 }, Clear(geometry, rootThroughSlot: false));
        }
    }

    [Fact]
    public void Through_the_slot_it_takes_two_DSB_ISHST_one_TLBI_one_DSB_ISH_and_two_ISB()
    {
        OperationCounts expected = new() { FixmapMaps = 1, FixmapUnmaps = 1, DsbIshst = 2, TlbiVaale1is = 1, DsbIsh = 1, Isb = 2 };
        foreach (TableGeometry geometry in new[] { Shapes.FiveLevels, Shapes.FourLevels })
        {
            Assert.Equal(expected, Clear(geometry, rootThroughSlot: true));
        }
    }

    [Fact]
    public void Each_new_root_entry_costs_one_pair_more_through_the_slot()
    {
        foreach (TableGeometry geometry in new[] { Shapes.FiveLevels, Shapes.FiveLevelsFolded, Shapes.FourLevels, Shapes.ThreeLevels })
        {
            OperationCounts direct = MapInTwoRootEntries(geometry, rootThroughSlot: false);
            OperationCounts through = MapInTwoRootEntries(geometry, rootThroughSlot: true);
            Assert.Equal(direct.DsbIshst + 2, through.DsbIshst);
            Assert.Equal(direct.Isb + 2, through.Isb);
            Assert.Equal(direct.TlbiVaale1is + 2, through.TlbiVaale1is);
            Assert.Equal(direct.DsbIsh + 2, through.DsbIsh);
            Assert.Equal(direct.FixmapMaps + 2, through.FixmapMaps);
        }
    }

    [Fact]
    public void Through_the_slot_the_store_lies_between_mapping_and_clearing_it()
    {
        using TestMachine machine = new(Shapes.FiveLevels);
        CpuEvent[] events = BuildRun.Record(machine, true, machine.Pages(machine.Geometry.PageOffset, machine.Root, 1));
        int mapped = Array.FindIndex(events, item => item.Kind == CpuEventKind.Mapped && item.Slot == TableSlot.Pgd);
        int slot = machine.Layout.Index(TableSlot.Pgd);

        Assert.Equal(EventText.Store(machine.Root, 0, machine.Link(machine.Tables)), EventText.Describe(events[mapped + 1]));
        Assert.Equal(machine.Layout.Address(slot), events[mapped + 1].Address);
        Assert.Equal((CpuEventKind.Unmapped, TableSlot.Pgd), (events[mapped + 3].Kind, events[mapped + 3].Slot));
        Assert.Equal(machine.Root, events[mapped].Table);
    }

    [Fact]
    public void Only_entries_of_the_root_page_go_through_the_slot()
    {
        foreach (TableGeometry geometry in new[] { Shapes.FiveLevels, Shapes.FiveLevelsFolded, Shapes.FourLevels, Shapes.ThreeLevels, Shapes.FourLevels16K, Shapes.FourLevels16KFolded })
        {
            using TestMachine machine = new(geometry);
            CpuEvent[] events = BuildRun.Record(machine, true, machine.Pages(geometry.ActualPageOffset, machine.Root, 1));
            CpuEvent write = Assert.Single(events, item => item.Kind == CpuEventKind.Store && item.Slot == TableSlot.Pgd);
            Assert.Equal(machine.Root, write.Table);
            Assert.DoesNotContain(events, item => item.Kind == CpuEventKind.Store && item.Table == machine.Root && item.Slot != TableSlot.Pgd);
        }
    }

    [Fact]
    public void The_tables_are_the_same_either_way()
    {
        using TestMachine direct = new(Shapes.FiveLevels);
        using TestMachine through = new(Shapes.FiveLevels);
        _ = BuildRun.Record(direct, false, direct.Pages(direct.Geometry.PageOffset, direct.Root, 3));
        _ = BuildRun.Record(through, true, through.Pages(through.Geometry.PageOffset, through.Root, 3));
        TableTree<HostMemory> one = direct.Tree;
        TableTree<HostMemory> other = through.Tree;
        Assert.Equal(TableDigest.Compute(ref one, direct.Root, out _), TableDigest.Compute(ref other, through.Root, out _));
    }

    [Fact]
    public void Where_no_slot_is_used_the_entry_is_synchronised_all_the_same()
    {
        // Reached directly, there is no slot whose closing would bring the barriers.
        using TestMachine machine = new(Shapes.FourLevels);
        LinearMapBuilder<Granule4K, Strategy<No, No, No>, DirectAccess<HostMemory>, ReservePageAllocator, RecordingCpu<SilentCpu>> builder = new(
            machine.Settings(rootThroughSlot: true),
            machine.Window(machine.Root, 0),
            new DirectAccess<HostMemory>(machine.Memory, default),
            new ReservePageAllocator(machine.Tables, machine.End, 4096),
            machine.Recorder());

        Assert.True(builder.TryClearRootEntry(machine.Geometry.PageOffset, out _));
        Assert.Equal([EventText.Store(machine.Root, 0, default), "DSB ISHST", "ISB"], machine.Text(builder.Cpu));
    }

    private static OperationCounts Clear(TableGeometry geometry, bool rootThroughSlot)
    {
        using TestMachine machine = new(geometry);
        var builder = BuildRun.Builder<Granule4K, CountingCpu<SilentCpu>>(machine, new(default), rootThroughSlot);
        Assert.True(builder.TryClearRootEntry(geometry.ActualPageOffset, out _));
        return builder.Cpu.Counts;
    }

    private static OperationCounts MapInTwoRootEntries(TableGeometry geometry, bool rootThroughSlot)
    {
        using TestMachine machine = new(geometry);
        VirtualAddress first = geometry.ActualPageOffset;
        VirtualAddress second = first + (1UL << geometry.Shift(geometry.WalkRootLevel));
        return BuildRun.Count(machine, rootThroughSlot, machine.Pages(first, machine.Root, 1), machine.Pages(second, machine.Root, 1));
    }
}
