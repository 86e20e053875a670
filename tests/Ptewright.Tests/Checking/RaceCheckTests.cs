using Ptewright.Checking;
using Ptewright.Cpu;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Versions;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.Checking;

public sealed class RaceCheckTests
{
    public static TheoryData<string> Kernels => [.. KernelProfiles.All.Select(profile => profile.Name)];

    public static TheoryData<string, GranuleSize, int, string> Shapes => new()
    {
        { "linux-6.12", GranuleSize.Size4K, 39, "cortex-a72" },
        { "linux-6.12", GranuleSize.Size4K, 52, "max" },
        { "linux-6.12", GranuleSize.Size16K, 36, "cortex-a76" },
        { "linux-6.1", GranuleSize.Size16K, 47, "neoverse-n1" },
        { "linux-6.18", GranuleSize.Size16K, 52, "cortex-a76" },
        { "linux-6.1", GranuleSize.Size64K, 42, "cortex-a72" },
        { "linux-6.18", GranuleSize.Size64K, 52, "max" },
    };

    [Theory]
    [InlineData("linux-6.1")]
    [InlineData("linux-6.12")]
    [InlineData("linux-6.18")]
    public void Kernels_that_lock_the_whole_walk_are_safe(string kernel)
    {
        RaceReport report = Races.Of(kernel);

        Assert.Equal(FixmapLock.WholeWalk, report.Options.FixmapLock);
        Assert.True(report.IsSafe);
        Assert.Null(report.Worst);
    }

    [Fact]
    public void The_seeds_own_backport_is_not_safe_because_it_maps_the_PUD_slot_first()
    {
        RaceReport report = Races.Of("linux-5.15-azure");
        RaceFinding finding = report.Worst!.Findings[0];

        Assert.All(report.Results, result => Assert.False(result.IsSafe, result.Scenario.Name));
        Assert.Equal((RaceFaultKind.SlotMapsAnother, TableSlot.Pud), (finding.Kind, finding.Slot));
        Assert.Equal(
            [
                (RaceWriter.A, RaceOperationKind.Load, TableSlot.None),
                (RaceWriter.A, RaceOperationKind.Store, TableSlot.Pud),
                (RaceWriter.B, RaceOperationKind.Load, TableSlot.None),
                (RaceWriter.B, RaceOperationKind.Store, TableSlot.Pud),
                (RaceWriter.A, RaceOperationKind.Clear, TableSlot.Pud),
            ],
            finding.Steps.Select(step => (step.Writer, step.Operation.Kind, step.Operation.Slot)));
    }

    [Fact]
    public void The_backport_races_where_every_PUD_table_exists_as_well()
    {
        RaceReport report = Races.Of("linux-5.15-azure");

        // The same PUD table: one unmaps it under the other. Different ones: one reads the other's.
        Assert.Equal(RaceFaultKind.SlotMapsNothing, Scenario(report, "A and B in tables that exist").Findings[0].Kind);
        Assert.Equal(RaceFaultKind.SlotMapsAnother, Scenario(report, "A in tables that exist, B in others that exist").Findings[0].Kind);
        Assert.All(report.Results.SelectMany(result => result.Findings), finding => Assert.True(finding.Slot is TableSlot.Pud or TableSlot.None));
    }

    [Fact]
    public void The_backport_is_safe_with_the_lock_around_the_whole_walk() => Assert.True(Races.Of("linux-5.15-azure", FixmapLock.WholeWalk).IsSafe);

    [Fact]
    public void A_lock_around_the_PUD_slot_leaves_the_look_at_an_empty_PGD_entry_unlocked()
    {
        RaceReport report = Races.Of("linux-5.15-azure", FixmapLock.PudWindow);
        RaceResult wrong = Assert.Single(report.Results, result => !result.IsSafe);

        Assert.Equal("A and B under the same empty PGD entry", wrong.Scenario.Name);
        Assert.Equal(RaceFaultKind.LinkOverwritten, Assert.Single(wrong.Findings).Kind);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Without_the_lock_no_kernel_is_safe(string kernel)
    {
        RaceReport report = Races.Of(kernel, FixmapLock.None);

        Assert.All(report.Results, result => Assert.False(result.IsSafe, result.Scenario.Name));
        Assert.Contains(report.Results, result => result.Findings.Any(finding => finding.Slot == TableSlot.Pmd));
        Assert.Contains(report.Results, result => result.Findings.Any(finding => finding.Slot == TableSlot.Pte));

        // FIX_PGD has a lock of its own.
        Assert.All(report.Results.SelectMany(result => result.Findings), finding => Assert.NotEqual(TableSlot.Pgd, finding.Slot));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_shape_of_tables_is_safe_with_the_lock_and_not_without(string kernel, GranuleSize granule, int bits, string cpu)
    {
        RaceOptions options = RaceOptions.Of(KernelProfiles.Find(kernel), CpuModel.Find(cpu));
        options = options with { Config = options.Config.WithShape(granule, bits) };
        RaceReport locked = RaceCheck.Run(options);

        Assert.True(locked.IsSafe);
        Assert.Equal(Expected(locked.Geometry), locked.Results.Count);
        Assert.All(RaceCheck.Run(options with { FixmapLock = FixmapLock.None }).Results, result => Assert.False(result.IsSafe, result.Scenario.Name));
    }

    [Fact]
    public void Without_PUD_tables_the_backports_lock_is_around_the_whole_loop()
    {
        RaceOptions options = RaceOptions.Of(KernelProfiles.Find("linux-5.15-azure"), CpuModel.Find("cortex-a72"));

        Assert.True(RaceCheck.Run(options with { Config = options.Config.WithShape(GranuleSize.Size4K, 39) }).IsSafe);
    }

    [Theory]
    [InlineData("map-once")]
    [InlineData("batch-barriers")]
    [InlineData("lazy-unmap")]
    public void Other_strategies_need_the_lock_as_well(string strategy)
    {
        Assert.True(StrategyPresets.TryParse(strategy, out StrategyPreset? preset, out _));
        RaceOptions options = RaceOptions.Of(KernelProfiles.Find("linux-6.12"), CpuModel.Find("cortex-a72")) with { Strategy = preset! };

        Assert.True(RaceCheck.Run(options).IsSafe);
        Assert.False(RaceCheck.Run(options with { FixmapLock = FixmapLock.None }).IsSafe);
    }

    [Fact]
    public void A_strategy_without_slots_is_refused()
    {
        RaceOptions options = RaceOptions.Of(KernelProfiles.Find("linux-6.12"), CpuModel.Find("cortex-a72"));

        _ = Assert.Throws<ArgumentException>(() => RaceCheck.Run(options with { Strategy = StrategyPresets.Premapped }));
    }

    [Fact]
    public void The_same_question_has_the_same_answer()
    {
        Assert.Equal(Text(Races.Of("linux-5.15-azure")), Text(Races.Of("linux-5.15-azure")));

        static string[] Text(RaceReport report) =>
        [
            .. report.Results.Select(result => $"{result.Scenario.Name} {result.States} {result.Interleavings}"),
            .. report.Results.SelectMany(result => result.Findings).SelectMany(finding => finding.Steps).Select(step => $"{step.Writer} {step.Operation}"),
        ];
    }

    [Fact]
    public void Of_equally_short_interleavings_the_one_with_the_fewest_changes_of_writer_is_shown()
    {
        RaceFinding finding = Scenario(Races.Of("linux-5.15-azure"), "A and B in tables that exist").Findings[0];

        // One maps the slot; the other makes its whole walk and unmaps it; the first takes the lock and reads.
        Assert.Equal(2, finding.Steps.Zip(finding.Steps.Skip(1)).Count(pair => pair.First.Writer != pair.Second.Writer));
    }

    internal static RaceResult Scenario(RaceReport report, string name) => report.Results.Single(result => result.Scenario.Name == name);

    // By the number n of levels whose entries can be empty: n where both writers share an empty entry, each pair of (n + 1) ways, one with other tables,
    // and (n + 1) with a protection.
    private static int Expected(TableGeometry geometry)
    {
        int n = 3 - geometry.WalkRootLevel;
        return n + ((n + 1) * (n + 2) / 2) + 1 + n + 1;
    }
}
