using CsCheck;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.LinearMap;

/// <summary>What is counted is the closed form of docs/counting.md, on any machine.</summary>
public sealed class ClosedFormTests
{
    private static readonly Gen<(ulong Start, ulong Length, ulong Gap, ulong Second, bool Pages)> _machines =
        Gen.Select(Gen.ULong[0x40000, 0x50000], Gen.ULong[1, 200_000], Gen.ULong[1, 5_000], Gen.ULong[1, 100_000], Gen.Bool);

    [Fact]
    public void Counts_follow_the_closed_form_on_any_machine() => _machines.Sample(
        machine =>
        {
            MemoryLayout memory = new();
            PhysicalAddress start = new(machine.Start * 4096);
            PhysicalAddress second = start + ((machine.Length + machine.Gap) * 4096);
            memory.Add(start, start + (machine.Length * 4096));
            memory.Add(second, second + ((machine.Second + 2_000) * 4096));
            MapFlags flags = machine.Pages ? Plans.PagesOnly : MapFlags.None;
            using LinearMapSimulation simulation = new(
                LinearMapPlan.ForMemory(memory, Plans.Geometry(GranuleSize.Size4K, 48), wideAddresses: false, flags));

            Check(simulation.Build(StrategyPresets.Baseline.Options), remapsRuns: true, zeroesFirst: true, synchronisesEntries: true);
            Check(simulation.Build(StrategyPresets.MapOnce.Options), remapsRuns: false, zeroesFirst: true, synchronisesEntries: true);
            Check(simulation.Build(StrategyPresets.BatchBarriers.Options), remapsRuns: false, zeroesFirst: true, synchronisesEntries: false);
            Check(simulation.Build(StrategyPresets.SingleMap.Options), remapsRuns: false, zeroesFirst: false, synchronisesEntries: false);
        },
        iter: Plans.IsQuick ? 5 : 60);

    private static void Check(BuildResult result, bool remapsRuns, bool zeroesFirst, bool synchronisesEntries)
    {
        TableStatistics made = result.Statistics;
        ulong visits = remapsRuns ? made.PteChunks + made.PmdChunks + made.PudVisits + made.P4dVisits : made.Visits;
        ulong windows = visits + (zeroesFirst ? made.Tables : 0);
        ulong entries = synchronisesEntries ? made.Pages : 0;
        ulong barriers = (2 * windows) + entries + made.Blocks + made.Tables;

        OperationCounts counts = result.Counts;
        Assert.Equal((windows, windows, windows), (counts.FixmapMaps, counts.Tlbi, counts.DsbIsh));
        Assert.Equal(barriers + (zeroesFirst ? 0 : made.Tables), counts.DsbIshst);
        Assert.Equal(barriers, counts.Isb);
    }
}
