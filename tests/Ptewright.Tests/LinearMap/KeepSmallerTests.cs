using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.LinearMap;

/// <summary>A range that is mapped over others: what is mapped in smaller pieces stays so, and everything else is as if it had been mapped at once.</summary>
public sealed class KeepSmallerTests
{
    private const ulong Start = 1UL << 30;
    private const ulong Size = 1UL << 31;

    public static TheoryData<GranuleSize, int, int, string> AllCases
    {
        get
        {
            TheoryData<GranuleSize, int, int, string> data = [];
            foreach (TableGeometry geometry in Shapes.All)
            {
                foreach (StrategyPreset preset in new[] { StrategyPresets.Baseline, StrategyPresets.SingleMap })
                {
                    data.Add(geometry.Granule, geometry.VirtualAddressBits, geometry.ActualVirtualAddressBits, preset.Name);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(AllCases))]
    public void Blocks_and_runs_stay_away_from_what_is_there_in_smaller_pieces(GranuleSize granule, int built, int actual, string strategy)
    {
        TableGeometry geometry = Shapes.Make(granule, built, actual);

        // Three pages and a bit behind a multiple of all blocks and runs.
        ulong first = Start + (3 * geometry.PageSize);
        ulong last = first + (3 * geometry.PageSize);
        Leaf[] over = Build(geometry, strategy, (first, last - first, MapFlags.NoContiguous | MapFlags.KeepSmaller), (Start, Size, MapFlags.KeepSmaller));
        Leaf[] alone = Build(geometry, strategy, (Start, Size, MapFlags.KeepSmaller));

        // The second GiB is as if there were no three pages.
        ulong block = 1UL << geometry.Shift(2);
        Assert.Equal(alone.Where(leaf => leaf.Physical >= Start + (Size / 2)), over.Where(leaf => leaf.Physical >= Start + (Size / 2)));
        Leaf[] pages = [.. over.Where(leaf => leaf.Physical < Start + block)];
        Assert.All(pages, leaf => Assert.Equal((3, geometry.PageSize), (leaf.Level, leaf.Size)));
        ulong run = geometry.PageSize << (granule switch { GranuleSize.Size4K => 4, GranuleSize.Size16K => 7, _ => 5 });
        Assert.All(pages, leaf => Assert.Equal(leaf.Physical / run != Start / run, leaf.IsContiguous));

        // A run of blocks that has a table in it is none.
        Assert.All(over.Where(leaf => leaf.Level == 2 && leaf.Physical < Start + (granule == GranuleSize.Size16K ? 32 * block : granule == GranuleSize.Size4K ? 16 * block : block)), leaf => Assert.False(leaf.IsContiguous));

        // A GiB at once with 4K pages, runs with 16K but for those in the root, and with 64K blocks too large for a run here.
        Assert.Contains(alone, leaf => leaf.Level == (granule == GranuleSize.Size4K ? 1 : 2) && leaf.IsContiguous == (granule == GranuleSize.Size16K && geometry.RootLevel < 2));
    }

    [Fact]
    public void Without_it_a_block_does_not_take_the_place_of_a_table()
    {
        TableGeometry geometry = Shapes.Make(GranuleSize.Size4K, 48, 48);
        MapFailureException failure = Assert.Throws<MapFailureException>(() => Build(geometry, "single-map", (Start, geometry.PageSize, MapFlags.NoContiguous), (Start, Size, MapFlags.None)));
        Assert.Equal(FailureCode.UnsafeChange, failure.Failure.Code);
    }

    private static Leaf[] Build(TableGeometry geometry, string strategy, params (ulong Start, ulong Size, MapFlags Flags)[] parts)
    {
        OutputAddressFormat format = Shapes.Format(geometry);
        MemoryLayout memory = MemoryLayout.OfRange(new PhysicalAddress(Start), Size);
        LinearMapPlace place = LinearMapPlace.Of(geometry, memory.Start);
        Protection protection = Protection.Create(ProtectionKind.KernelTagged, false, format.IsLpa2);
        LinearMapPlan plan = LinearMapPlan.ForSteps(
            new TableSettings(geometry, format, TableSettings.UsualTableBits, ChangeSafety.InvalidIsFree, rootThroughSlot: false),
            FixmapLayout.Usual(geometry.Granule),
            protection,
            memory,
            place.MemoryStart,
            [.. parts.Select(part => new PlanStep(PlanStepKind.Map, PlanPhase.LinearMap, new MapRequest(new PhysicalAddress(part.Start), place.Virtual(new PhysicalAddress(part.Start)), part.Size, protection, part.Flags | MapFlags.NoExec)))],
            null,
            null,
            identityResizesLowerHalf: false);
        using LinearMapSimulation simulation = new(plan);
        _ = simulation.Build(StrategyPresets.All.Single(preset => preset.Name == strategy).Options);
        using SimulationImage image = new(simulation.Memory, new ImageRegisters());
        TranslationRoot root = TranslationRoot.Of(
            new ImageRegisters(
                Ttbr1: TranslationTableBase.Encode(simulation.Root + geometry.Ttbr1Offset),
                Tcr: default(TranslationControl).WithHalf(AddressHalf.Upper, geometry.Granule, geometry.ActualVirtualAddressBits).WithOutput(TranslationControl.AddressSize52, format.IsLpa2).Value),
            AddressHalf.Upper);
        List<Leaf> leaves = [];
        using TableWalker walker = new(image, root);
        for (ulong at = Start; at < Start + Size;)
        {
            WalkStep[] steps = new WalkStep[TableWalker.MostSteps];
            WalkResult result = walker.Walk(place.Virtual(new PhysicalAddress(at)), steps, out int count);
            Assert.Equal(at, result.Physical.Value);
            WalkStep leaf = steps[count - 1];
            leaves.Add(new Leaf(at, leaf.Level, 1UL << geometry.Shift(leaf.Level), (leaf.Entry.Raw & DescriptorBits.Contiguous) != 0));
            at += leaves[^1].Size;
        }

        return [.. leaves];
    }

    private sealed record Leaf(ulong Physical, int Level, ulong Size, bool IsContiguous);
}
