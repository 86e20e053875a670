using CsCheck;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.LinearMap;

/// <summary>What was asked is what a walk finds: for any memory, granule, address size, flags and strategy; and nothing else.</summary>
public sealed class WalkBackTests
{
    private static readonly (GranuleSize Granule, int Bits, int Actual)[] _geometries =
    [
        (GranuleSize.Size4K, 39, 39), (GranuleSize.Size4K, 48, 48), (GranuleSize.Size4K, 52, 52), (GranuleSize.Size4K, 52, 48),
        (GranuleSize.Size16K, 36, 36), (GranuleSize.Size16K, 47, 47), (GranuleSize.Size16K, 48, 48), (GranuleSize.Size16K, 52, 52),
        (GranuleSize.Size16K, 52, 47),
        (GranuleSize.Size64K, 42, 42), (GranuleSize.Size64K, 48, 48), (GranuleSize.Size64K, 52, 52), (GranuleSize.Size64K, 52, 48),
    ];

    private static readonly StrategyOptions[] _strategies = [.. StrategyOptions.All.Where(options => options.Objection is null)];

    private static readonly Gen<Case> _cases =
        from geometry in Gen.Int[0, _geometries.Length - 1]
        from strategy in Gen.Int[0, _strategies.Length - 1]
        from flags in Gen.Int[0, 7]
        from start in Gen.ULong[0x40000, 0x60000]
        from regions in Gen.Select(Gen.ULong[1, 6_000], Gen.ULong[0, 40_000], Gen.Int[0, 5]).Array[1, 5]
        from lengthShift in Gen.Int[0, 6]
        select new Case(geometry, strategy, (MapFlags)flags, start, regions, lengthShift);

    [Fact]
    public void Every_byte_asked_for_leads_where_it_should_and_no_other_byte_anywhere() => _cases.Sample(Check, iter: Plans.IsQuick ? 100 : 1_500);

    [Fact]
    public void Every_strategy_is_reached_by_the_cases()
    {
        Assert.Equal(32 - 14, _strategies.Length);
        Assert.All(StrategyPresets.All, preset => Assert.Contains(preset.Options, _strategies));
    }

    private static void Check(Case item)
    {
        (GranuleSize granule, int bits, int actual) = _geometries[item.Geometry];
        TableGeometry geometry = Plans.Geometry(granule, bits, actual);
        MemoryLayout memory = Memory(item, (ulong)1 << geometry.PageShift);
        bool wide = bits == 52 && (actual == 52 || granule == GranuleSize.Size64K);
        LinearMapPlan plan;
        try
        {
            plan = LinearMapPlan.ForMemory(memory, geometry, wide, item.Flags);
        }
        catch (InvalidInputException)
        {
            return; // Nothing left to map, or 36 bits are too few for it: a refusal, not a map.
        }

        using LinearMapSimulation simulation = new(plan);
        TableDiscipline watch = TableDiscipline.Of(simulation);
        CheckingCpu<CountingCpu<SilentCpu>> cpu = new(new CountingCpu<SilentCpu>(default), watch);
        _ = simulation.Build(_strategies[item.Strategy], cpu, out _);
        watch.Finish();
        Assert.Empty(watch.Violations);

        CheckLeaves(plan, simulation, item.Flags);
        CheckAgainstTheArchitecture(plan, simulation, wide);
    }

    // The leaves, in order, are the requests cut into pieces: same bytes, same attributes, nothing between or behind.
    private static void CheckLeaves(LinearMapPlan plan, LinearMapSimulation simulation, MapFlags flags)
    {
        OutputAddressFormat format = plan.Settings.Format;
        using IEnumerator<Leaf> leaves = simulation.Leaves().GetEnumerator();
        foreach (MapRequest request in plan.Requests)
        {
            ulong done = 0;
            while (done < request.Size)
            {
                Assert.True(leaves.MoveNext(), "a part of the request is not mapped");
                Leaf leaf = leaves.Current;
                Assert.Equal(request.Virtual + done, leaf.Start);
                Assert.Equal(request.Physical + done, leaf.Physical);
                ulong expected = leaf.Level == 3 ? request.Protection.PageBits : request.Protection.BlockBits;
                Assert.Equal(expected, format.AttributesOf(leaf.Entry) & ~DescriptorBits.Contiguous);
                Assert.False(leaf.Level != 3 && (flags & MapFlags.NoBlock) != 0, "a block though blocks are forbidden");
                Assert.False(leaf.Entry.IsContiguous && (flags & MapFlags.NoContiguous) != 0, "a run though runs are forbidden");
                done += leaf.Size;
            }

            Assert.Equal(request.Size, done);
        }

        Assert.False(leaves.MoveNext(), "something is mapped that nobody asked for");
    }

    private static void CheckAgainstTheArchitecture(LinearMapPlan plan, LinearMapSimulation simulation, bool wide)
    {
        TableGeometry geometry = plan.Settings.Geometry;
        ReferenceWalker walker = new(
            simulation.Memory, simulation.Root.Value + geometry.Ttbr1Offset, geometry.PageShift, geometry.ActualVirtualAddressBits, wide);
        foreach (MapRequest request in plan.Requests)
        {
            foreach (ulong offset in new ulong[] { 0, request.Size / 3, request.Size / 2, request.Size - 1 })
            {
                Assert.Equal(request.Physical.Value + offset, walker.Translate(request.Virtual.Value + offset, out _, out _));
            }

            CheckFault(plan, walker, request.Virtual.Value - 1);
            CheckFault(plan, walker, request.Virtual.Value + request.Size);
        }
    }

    private static void CheckFault(LinearMapPlan plan, ReferenceWalker walker, ulong address)
    {
        bool asked = plan.Requests.Any(request => address - request.Virtual.Value < request.Size);
        if (!asked && address >= plan.Settings.Geometry.ActualPageOffset.Value)
        {
            Assert.Null(walker.Translate(address, out _, out _));
        }
    }

    private static MemoryLayout Memory(Case item, ulong page)
    {
        MemoryLayout memory = new();
        ulong at = item.Start * 4096;
        foreach ((ulong length, ulong gap, int kind) in item.Regions)
        {
            ulong size = (length << item.LengthShift) * 4096;
            PhysicalAddress start = new(at);
            PhysicalAddress end = new(at + size);
            memory.Add(start, end);
            switch (kind)
            {
                case 1:
                    memory.MarkNoMap(start + (size / 3), start + (size / 2));
                    break;
                case 2:
                    memory.Reserve(start + (size / 4), end);
                    break;
                case 3:
                    memory.MarkNoMap(start + 17, start + 4711);
                    break;
                default:
                    break;
            }

            at += size + (gap * 4096);
        }

        // Tables need memory of their own, whatever the rest looks like.
        PhysicalAddress top = new((at + (1UL << 30)) & ~((1UL << 21) - 1));
        memory.Add(top, top + (64 * page * 64));
        return memory;
    }

    private sealed record Case(
        int Geometry, int Strategy, MapFlags Flags, ulong Start, (ulong Length, ulong Gap, int Kind)[] Regions, int LengthShift);
}
