using CsCheck;
using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Late;

/// <summary>Sections come and go at random, against a model that is a set of sections.</summary>
public sealed class LateModelTests
{
    private const int Sections = 40;

    private static readonly (GranuleSize Granule, int Bits, int Actual)[] _shapes =
    [
        (GranuleSize.Size4K, 39, 39), (GranuleSize.Size4K, 48, 48), (GranuleSize.Size4K, 52, 52), (GranuleSize.Size4K, 52, 48),
        (GranuleSize.Size16K, 47, 47), (GranuleSize.Size16K, 52, 47), (GranuleSize.Size64K, 42, 42), (GranuleSize.Size64K, 48, 48),
    ];

    private static readonly Gen<Case> _cases =
        from shape in Gen.Int[0, _shapes.Length - 1]
        from pages in Gen.Bool
        from slot in Gen.Bool
        from eachLeaf in Gen.Bool
        from steps in Gen.Select(Gen.Int[0, Sections - 4], Gen.Int[1, 3], Gen.Bool, Gen.Bool).Array[1, 12]
        select new Case(shape, pages, slot, eachLeaf, Affordable(shape, pages, steps));

    [Fact]
    public void What_is_mapped_and_how_many_tables_there_are_follow_from_which_sections_are_there() => _cases.Sample(Check, iter: 200);

    private static void Check(Case item)
    {
        (GranuleSize granule, int bits, int actual) = _shapes[item.Shape];
        using LinearMapSimulation simulation = LateMachine.Build(granule, bits, actual);
        LateSimulation late = LateMachine.Late(
            simulation,
            item.Pages ? LateMachine.PagesOnly : MapFlags.None,
            rootThroughSlot: item.RootThroughSlot,
            flush: item.EachLeaf ? RemovalFlush.EachLeaf : RemovalFlush.WholeRange);
        TableDigest before = simulation.Digest();
        HashSet<(int Level, ulong Index)> bootTables = [.. TablesOf(simulation, [(Start(simulation, 0) - LateMachine.GiB, LateMachine.GiB)], pages: false)];
        ulong section = (granule == GranuleSize.Size64K ? 4UL : 1) * LateMachine.Section;
        SortedSet<int> model = [];
        foreach ((int first, int count, bool remove, bool direct) in item.Steps)
        {
            Reach reach = direct ? Reach.Direct : Reach.Fixmap;
            PhysicalAddress start = new((2 * LateMachine.GiB) + ((ulong)first * section));
            int[] touched = [.. Enumerable.Range(first, count)];
            if (remove)
            {
                if (touched.All(model.Contains))
                {
                    _ = late.HotRemove(start, (ulong)count * section, reach);
                    model.ExceptWith(touched);
                }
                else
                {
                    _ = Assert.Throws<InvalidInputException>(() => late.HotRemove(start, (ulong)count * section, reach));
                }
            }
            else if (touched.Any(model.Contains))
            {
                _ = Assert.Throws<InvalidInputException>(() => late.HotAdd(start, (ulong)count * section, reach));
            }
            else
            {
                _ = late.HotAdd(start, (ulong)count * section, reach);
                model.UnionWith(touched);
            }

            HashSet<(int Level, ulong Index)> tables =
                [.. TablesOf(simulation, model.Select(index => (late.Virtual(new((2 * LateMachine.GiB) + ((ulong)index * section))), section)), item.Pages)];
            tables.ExceptWith(bootTables);
            Assert.Equal((ulong)tables.Count, late.Outstanding);
        }

        CheckLeaves(simulation, late, model, section);
        foreach (int index in model)
        {
            _ = late.HotRemove(new((2 * LateMachine.GiB) + ((ulong)index * section)), section, Reach.Fixmap);
        }

        Assert.Equal((before, 0UL), (simulation.Digest(), late.Outstanding));
    }

    // A section of 4K pages has 32,768 leaves: fewer steps of those.
    private static (int First, int Count, bool Remove, bool Direct)[] Affordable(int shape, bool pages, (int, int, bool, bool)[] steps) =>
        pages && _shapes[shape].Granule == GranuleSize.Size4K ? steps[..Math.Min(steps.Length, 4)] : steps;

    // Where the linear map shows the first byte behind the memory of boot time.
    private static VirtualAddress Start(LinearMapSimulation simulation, ulong offset) =>
        simulation.Plan.Requests[0].Virtual + LateMachine.GiB + offset;

    // The tables, below the root, that ranges need: for pages all levels, for blocks all but the last.
    private static IEnumerable<(int Level, ulong Index)> TablesOf(
        LinearMapSimulation simulation, IEnumerable<(VirtualAddress Start, ulong Size)> ranges, bool pages)
    {
        TableGeometry geometry = simulation.Plan.Settings.Geometry;
        foreach ((VirtualAddress start, ulong size) in ranges)
        {
            // A block of 1 GiB (boot time, 4K) has no table of level 2; otherwise blocks are of level 2.
            bool pudBlock = size == LateMachine.GiB && geometry.Granule == GranuleSize.Size4K && !pages;
            for (int level = geometry.WalkRootLevel + 1; level <= (pages ? 3 : pudBlock ? 1 : 2); level++)
            {
                int shift = geometry.Shift(level - 1);
                for (ulong index = start.Value >> shift; index <= (start.Value + size - 1) >> shift; index++)
                {
                    yield return (level, index);
                }
            }
        }
    }

    private static void CheckLeaves(LinearMapSimulation simulation, LateSimulation late, SortedSet<int> model, ulong section)
    {
        Dictionary<int, ulong> mapped = [];
        foreach (Leaf leaf in simulation.Leaves().Where(leaf => leaf.Physical.Value >= 2 * LateMachine.GiB))
        {
            int index = (int)((leaf.Physical.Value - (2 * LateMachine.GiB)) / section);
            if (late.Virtual(leaf.Physical) != leaf.Start)
            {
                Assert.Fail($"{leaf} is not where the linear map shows it");
            }

            mapped[index] = mapped.GetValueOrDefault(index) + leaf.Size;
        }

        Assert.Equal(model, mapped.Keys.Order());
        Assert.All(mapped.Values, bytes => Assert.Equal(section, bytes));
    }

    private sealed record Case(int Shape, bool Pages, bool RootThroughSlot, bool EachLeaf, (int First, int Count, bool Remove, bool Direct)[] Steps);
}
