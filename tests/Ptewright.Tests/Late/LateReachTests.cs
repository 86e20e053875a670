using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.Late;

/// <summary>Late tables reached through the linear map itself: the same tables, without fixmap windows.</summary>
public sealed class LateReachTests
{
    public static TheoryData<string, GranuleSize, int> Cases => new MatrixTheoryData<string, (GranuleSize Granule, int Bits)>(
        ["baseline", "map-once", "batch-barriers", "single-map", "lazy-unmap"],
        [(GranuleSize.Size4K, 48), (GranuleSize.Size4K, 39), (GranuleSize.Size16K, 47), (GranuleSize.Size64K, 42)])
        .Aggregate(
            new TheoryData<string, GranuleSize, int>(),
            (data, row) =>
            {
                (string strategy, (GranuleSize granule, int bits)) = row.Data;
                data.Add(strategy, granule, bits);
                return data;
            });

    [Theory]
    [MemberData(nameof(Cases))]
    public void Both_ways_and_all_strategies_make_the_same_tables(string strategy, GranuleSize granule, int bits)
    {
        TableDigest expected = Add("single-map", granule, bits, Reach.Fixmap, true, out _);
        foreach (Reach reach in Enum.GetValues<Reach>())
        {
            Assert.Equal(expected, Add(strategy, granule, bits, reach, true, out _));
        }
    }

    [Fact]
    public void Directly_no_window_is_mapped_and_nothing_invalidated()
    {
        // 65 zeroings, 65 links; the 64 PTE tables' entries are synchronised once each.
        _ = Add("single-map", GranuleSize.Size4K, 48, Reach.Direct, true, out OperationCounts counts);
        Assert.Equal((0UL, 0UL, 0UL, 0UL), (counts.FixmapMaps, counts.FixmapUnmaps, counts.Tlbi, counts.DsbIsh));
        Assert.Equal((65UL + 65 + 64, 65UL + 64), (counts.DsbIshst, counts.Isb));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public void Directly_only_a_read_only_root_takes_a_slot(bool rootThroughSlot, ulong windows)
    {
        _ = Add("single-map", GranuleSize.Size4K, 39, Reach.Direct, rootThroughSlot, out OperationCounts counts);
        Assert.Equal((windows, windows, windows), (counts.FixmapMaps, counts.Tlbi, counts.DsbIsh));
        Assert.Equal((65UL + 64 + 64 + (rootThroughSlot ? 2UL : 1), 64UL + 64 + (rootThroughSlot ? 2UL : 1)), (counts.DsbIshst, counts.Isb));
    }

    [Fact]
    public void Removal_costs_the_same_both_ways()
    {
        OperationCounts[] counts = [.. Enum.GetValues<Reach>().Select(reach =>
        {
            using LinearMapSimulation simulation = LateMachine.Build(bits: 39);
            LateSimulation late = LateMachine.Late(simulation);
            _ = late.HotAdd(LateMachine.Above, LateMachine.Section, reach);
            return late.HotRemove(LateMachine.Above, LateMachine.Section, reach).Counts;
        })];
        Assert.Equal(counts[0], counts[1]);
        Assert.Equal(1UL, counts[0].FixmapMaps);
    }

    [Fact]
    public void Tables_are_reached_at_their_place_in_the_linear_map_and_the_root_through_its_slot()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        LinearMapAccess<HostMemory> access = new(machine.Memory, new VirtualAddress(0xfffe_ffff_c000_0000), machine.Fixmap());
        RecordingCpu<SilentCpu> cpu = machine.Recorder();
        Assert.Equal(FailureCode.None, access.Open(ref cpu, TableSlot.Pte, 3, machine.Tables, out TableWindow table));
        Assert.Equal((new VirtualAddress(0xffff_0000_0000_8000), TableSlot.None), (table.Address, table.Slot));
        Assert.Equal(table.Address, access.Direct(machine.Tables, 3).Address);
        access.Close(ref cpu, table);
        Assert.Empty(machine.Text(cpu));

        Assert.Equal(FailureCode.None, access.Open(ref cpu, TableSlot.Pgd, 0, machine.Root, out TableWindow root));
        Assert.Equal((machine.Layout.Address(machine.Layout.Index(TableSlot.Pgd)), TableSlot.Pgd), (root.Address, root.Slot));
        access.Close(ref cpu, root);
        access.Drain(ref cpu);
        Assert.Equal(("ISB", 9), (machine.Text(cpu)[^1], machine.Text(cpu).Length - 1));
    }

    private static TableDigest Add(string strategy, GranuleSize granule, int bits, Reach reach, bool rootThroughSlot, out OperationCounts counts)
    {
        using LinearMapSimulation simulation = LateMachine.Build(granule, bits);
        LateSimulation late = LateMachine.Late(simulation, strategy: strategy, rootThroughSlot: rootThroughSlot);
        ulong size = (granule == GranuleSize.Size64K ? 4UL : 1) * LateMachine.Section;
        counts = late.HotAdd(LateMachine.Above, size, reach).Counts;
        return simulation.Digest();
    }
}
