using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.LinearMap;

/// <summary>Counts are exact: every figure that the walk's arithmetic, and kernels under emulation, give.</summary>
public sealed class OperationCountTests
{
    [Fact]
    public void Every_strategy_executes_exactly_the_stated_operations() => Vectors.Check("counts.txt", 9, item =>
    {
        if (Plans.IsQuick && (item.Text(2) is "256G" or "512G" || item.Text(4) == "baseline"))
        {
            return;
        }

        MapFlags flags = item.Flag(3, "pages", "blocks") ? Plans.PagesOnly : MapFlags.None;
        using LinearMapSimulation simulation = new(Plans.OneRange(item.Granule(0), item.Integer(1), Plans.Size(item.Text(2)), flags));
        OperationCounts counts = simulation.Build(Plans.Strategy(item.Text(4))).Counts;

        Equal(item, 5, counts.Tlbi, counts.FixmapMaps, counts.FixmapUnmaps, counts.TlbiVaale1is);
        Equal(item, 6, counts.DsbIshst);
        Equal(item, 7, counts.DsbIsh);
        Equal(item, 8, counts.Isb);
    });

    [Fact]
    public void Tables_and_stretches_are_exactly_those_of_the_arithmetic() => Vectors.Check("tables.txt", 8, item =>
    {
        if (Plans.IsQuick && item.Text(0) is not ("12G" or "16G"))
        {
            return;
        }

        using LinearMapSimulation simulation = new(Plans.OneRange(GranuleSize.Size4K, 48, Plans.Size(item.Text(0)), Plans.PagesOnly));
        TableStatistics made = simulation.Build(StrategyPresets.SingleMap.Options).Statistics;

        Equal(item, 1, made.Tables, made.Visits);
        Equal(item, 2, made.PteTables);
        Equal(item, 3, made.PmdTables);
        Equal(item, 4, made.PudTables);
        Equal(item, 5, made.Pages);
        Equal(item, 6, made.PteChunks);
        Equal(item, 7, made.PmdChunks);
    });

    [Fact]
    public void A_kernel_image_in_memory_costs_exactly_the_stated_operations() => Vectors.Check("kernel-alias.txt", 5, item =>
    {
        using LinearMapSimulation simulation = new(Plans.KernelAlias(item.Flag(0, "full", "on")));
        OperationCounts counts = simulation.Build(Plans.Strategy(item.Text(1))).Counts;

        Equal(item, 2, counts.Tlbi);
        Equal(item, 3, counts.DsbIshst);
        Equal(item, 4, counts.Isb);
    });

    [Fact]
    public void A_kernel_image_with_pages_only_keeps_its_alias_in_blocks()
    {
        using LinearMapSimulation simulation = new(Plans.KernelAlias(full: true));
        TableStatistics made = simulation.Build(StrategyPresets.SingleMap.Options).Statistics;

        Assert.Equal(32_821UL, made.Tables);
        Assert.Equal((3UL, 66UL, 32_758UL), (made.PudVisits, made.PmdVisits, made.PteVisits));
        Assert.Equal(16_771_072UL, made.Pages);
        Assert.Equal(12UL, made.PmdBlocks);
        Assert.Equal(0UL, made.ContiguousPmdBlocks + made.ContiguousPages + made.PudBlocks);
    }

    [Fact]
    public void A_kernel_image_with_blocks_makes_runs_where_they_are_whole()
    {
        using LinearMapSimulation simulation = new(Plans.KernelAlias(full: false));
        TableStatistics made = simulation.Build(StrategyPresets.SingleMap.Options).Statistics;

        Assert.Equal(4UL, made.Tables);
        Assert.Equal((3UL, 3UL, 4UL), (made.PudVisits, made.PmdVisits, made.PteVisits));
        Assert.Equal((63UL, 510UL, 496UL), (made.PudBlocks, made.PmdBlocks, made.ContiguousPmdBlocks));
        Assert.Equal((1_024UL, 192UL), (made.Pages, made.ContiguousPages));
    }

    [Theory]
    [InlineData(GranuleSize.Size16K, 2048UL, 2048UL, 2UL)]
    [InlineData(GranuleSize.Size64K, 128UL, 0UL, 1UL)]
    public void Blocks_of_the_larger_granules_are_contiguous_only_where_the_physical_side_allows(
        GranuleSize granule, ulong blocks, ulong contiguous, ulong tables)
    {
        using LinearMapSimulation simulation = new(Plans.OneRange(granule, 48, 64UL << 30, MapFlags.None));
        TableStatistics made = simulation.Build(StrategyPresets.SingleMap.Options).Statistics;

        Assert.Equal((blocks, contiguous, tables), (made.PmdBlocks, made.ContiguousPmdBlocks, made.Tables));
    }

    /// <summary>With two levels the root has the blocks, and Linux goes through the root entry by entry: so a 6.1 of 16K pages and 36 bits was found to have none that is contiguous.</summary>
    [Theory]
    [InlineData(36, 0UL)]
    [InlineData(47, 64UL)]
    public void Blocks_of_the_root_are_never_contiguous(int bits, ulong contiguous)
    {
        using LinearMapSimulation simulation = new(Plans.OneRange(GranuleSize.Size16K, bits, 2UL << 30, MapFlags.None));
        TableStatistics made = simulation.Build(StrategyPresets.SingleMap.Options).Statistics;

        Assert.Equal((64UL, contiguous), (made.PmdBlocks, made.ContiguousPmdBlocks));
    }

    [Fact]
    public void The_seed_exactly_halves_the_invalidations()
    {
        using LinearMapSimulation simulation = new(Plans.OneRange(GranuleSize.Size4K, 48, 16UL << 30, Plans.PagesOnly));
        BuildResult before = simulation.Build(StrategyPresets.BatchBarriers.Options);
        BuildResult after = simulation.Build(StrategyPresets.SingleMap.Options);

        Assert.Equal(before.Counts.Tlbi, 2 * after.Counts.Tlbi);
        Assert.Equal(after.Statistics.Tables, after.Counts.Tlbi);
    }

    [Theory]
    [InlineData(1UL << 30)]
    [InlineData(64UL << 30)]
    [InlineData(512UL << 30)]
    public void Premapped_invalidates_once_whatever_the_memory(ulong size)
    {
        using LinearMapSimulation simulation = new(Plans.OneRange(GranuleSize.Size4K, 48, size, Plans.PagesOnly));
        BuildResult result = simulation.Build(StrategyPresets.Premapped.Options);

        Assert.Equal((1UL, 0UL), (result.Counts.Tlbi, result.Counts.FixmapMaps));
    }

    [Theory]
    [InlineData(true, 0UL)]
    [InlineData(false, 64UL)]
    public void Lazy_unmap_flushes_sixteen_slots_with_one_range_or_sixteen_pages(bool hasRange, ulong byPage)
    {
        // 64 level-3 tables of 2 MiB: four flushes of sixteen; one window each for the two upper tables.
        using LinearMapSimulation simulation = new(Plans.OneRange(GranuleSize.Size4K, 48, 128UL << 20, Plans.PagesOnly), hasRange);
        BuildResult result = simulation.Build(StrategyPresets.LazyUnmap.Options);

        Assert.Equal(hasRange ? 4UL : 0UL, result.Counts.TlbiRvaale1is);
        Assert.Equal(2 + byPage, result.Counts.TlbiVaale1is);
        Assert.Equal(2UL + 4, result.Counts.DsbIsh);
        Assert.Equal(66UL, result.Counts.FixmapMaps);
        Assert.Equal(66UL, result.Counts.FixmapUnmaps);
    }

    // "-" stands where a case states no figure.
    private static void Equal(VectorCase item, int field, params ReadOnlySpan<ulong> counted)
    {
        foreach (ulong count in counted)
        {
            Assert.True(item.Text(field) == "-" || item.Number(field) == count, $"expected {item.Text(field)}, counted {count}");
        }
    }
}
