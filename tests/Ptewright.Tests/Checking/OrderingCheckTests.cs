using System.Collections.Concurrent;
using Ptewright.Checking;
using Ptewright.Kernels.Versions;
using Ptewright.Simulation;

namespace Ptewright.Tests.Checking;

/// <summary>Which barriers the check says that a kernel needs. Expected verdicts are the review's and the kernel's own comments, not this program's.</summary>
public sealed class OrderingCheckTests
{
    private static readonly ConcurrentDictionary<string, OrderingReport> _reports = new();

    public static TheoryData<string, string> Everything => [.. KernelProfiles.All.SelectMany(
        profile => StrategyPresets.All.Select(preset => (profile.Name, preset.Name)))];

    [Theory]
    [MemberData(nameof(Everything))]
    public void Every_kernel_is_safe_as_it_is_with_every_strategy(string kernel, string strategy) => Assert.All(
        Report(kernel, strategy).Scenarios, scenario => Assert.Null(scenario.Violation));

    // A new table may be walked as soon as its parent's entry is seen (the live root): the seed's barrier.
    [Theory]
    [InlineData("linux-6.12")]
    [InlineData("linux-6.18")]
    public void The_barrier_of_init_clear_pgtable_is_needed_for_every_table_of_a_live_root_at_boot(string kernel)
    {
        OrderingPlace zeroing = Place(kernel, "boot", "init_clear_pgtable", "DSB ISHST");
        Assert.Equal((zeroing.Occurrences, OrderingRule.Zeroed), (zeroing.Needed, zeroing.ShortestRun!.Rule));
        Assert.Collection(
            zeroing.ShortestRun.Steps,
            step => Assert.StartsWith("zeroes the ", step.Text, StringComparison.Ordinal),
            step => Assert.Equal((OrderingActor.LeftOut, "init_clear_pgtable: DSB ISHST"), (step.Actor, step.Text)),
            step => Assert.StartsWith("stores ", step.Text, StringComparison.Ordinal),
            step => Assert.Equal(OrderingActor.Walker, step.Actor));
    }

    [Theory]
    [InlineData("linux-5.15-azure", "init_clear_pgtable")]
    [InlineData("linux-6.1", "__pgd_pgtable_alloc")]
    [InlineData("linux-6.12", "init_clear_pgtable")]
    [InlineData("linux-6.18", "init_clear_pgtable")]
    public void The_zeroing_barrier_is_needed_when_memory_is_added(string kernel, string function)
    {
        OrderingPlace zeroing = Place(kernel, "hot-add", function, "DSB ISHST");
        Assert.Equal((OrderingVerdict.Needed, OrderingRule.Zeroed), (zeroing.Verdict, zeroing.ShortestRun!.Rule));
    }

    // The root that 5.15 builds is not live before cpu_replace_ttbr1, and barriers enough come before that.
    [Fact]
    public void The_zeroing_barrier_is_not_needed_at_boot_below_a_root_that_is_not_live() =>
        Assert.Equal(OrderingVerdict.NotNeeded, Place("linux-5.15-azure", "boot", "init_clear_pgtable", "DSB ISHST").Verdict);

    // The series' own discussion: patch 3 makes the zeroes' order a barrier of its own, because the unmapping that had ordered them is gone.
    [Fact]
    public void Without_the_series_the_unmapping_orders_the_zeroes_at_boot() =>
        Assert.DoesNotContain(Scenario("linux-6.1", "boot").Places, place => place.Function is "init_clear_pgtable" or "early_pgtable_alloc");

    [Theory]
    [InlineData("linux-5.15-azure", "boot")]
    [InlineData("linux-6.1", "boot")]
    [InlineData("linux-6.12", "boot")]
    [InlineData("linux-6.12", "hot-add")]
    [InlineData("linux-6.1", "hot-add")]
    public void A_slot_must_be_invalidated_completely_and_only_after_its_entry_is_seen_to_be_gone(string kernel, string scenario)
    {
        OrderingPlace[] places = [.. Scenario(kernel, scenario).Places.Where(place => place.Function == "clear_fixmap" && place.Instruction != "ISB")];
        Assert.Equal(["DSB ISHST", "TLBI VAALE1IS", "DSB ISH"], places.Select(place => place.Instruction));
        Assert.All(places, place => Assert.Equal((OrderingVerdict.Needed, OrderingRule.Window), (place.Verdict, place.ShortestRun!.Rule)));
    }

    // An access behind the mapping may have been translated ahead of it: each mapping needs its DSB and its ISB, everywhere.
    [Theory]
    [InlineData("boot")]
    [InlineData("hot-add")]
    public void Each_mapping_of_a_slot_needs_its_barrier_and_its_context_synchronisation(string scenario)
    {
        OrderingPlace dsb = Place("linux-6.12", scenario, "__set_fixmap", "DSB ISHST");
        OrderingPlace isb = Place("linux-6.12", scenario, "__set_fixmap", "ISB");
        Assert.Equal((dsb.Occurrences, isb.Occurrences), (dsb.Needed, isb.Needed));
    }

    // M. Rutland on patch 2: no barrier of their own for the entries, because unmapping the slot brings one. Any one of the ISBs will do, but not none.
    [Theory]
    [InlineData("boot")]
    [InlineData("hot-add")]
    public void Batched_entries_rely_on_the_unmapping_of_their_slots(string scenario)
    {
        OrderingPlace isb = Place("linux-6.12", scenario, "clear_fixmap", "ISB");
        Assert.Equal((OrderingVerdict.NeededTogether, OrderingRule.Usable), (isb.Verdict, isb.ShortestRun!.Rule));
        Assert.Equal(isb.Occurrences, isb.Omitted.Count);
    }

    // If unmapping is put off, the entries need their own barriers (M. Rutland again): with premapped nothing else comes after the last table.
    [Fact]
    public void Without_windows_the_end_of_a_visit_needs_its_own_barriers()
    {
        OrderingScenario boot = Report("linux-6.12", "premapped").Scenarios[0];
        Assert.All(
            boot.Places.Where(place => place.Function == "end of a visit of a PTE table"),
            place => Assert.Equal((OrderingVerdict.Needed, OrderingRule.Usable), (place.Verdict, place.ShortestRun!.Rule)));
    }

    [Fact]
    public void Sixteen_slots_need_their_one_flush()
    {
        OrderingPlace flush = Report("linux-6.12", "lazy-unmap").Scenarios[0].Places.Single(place => place.Instruction == "TLBI RVAALE1IS");
        Assert.Equal((flush.Occurrences, OrderingRule.Window), (flush.Needed, flush.ShortestRun!.Rule));
    }

    [Fact]
    public void The_temporary_map_must_be_forgotten() => Assert.Equal(
        OrderingRule.Forgotten,
        Report("linux-6.12", "premapped").Scenarios[0].Places.Single(place => place.Instruction == "TLBI VMALLE1IS").ShortestRun!.Rule);

    // A walk cache holds the address of a table that is freed; only VAAE1IS reaches it.
    [Fact]
    public void A_freed_table_needs_the_invalidation_of_all_levels()
    {
        OrderingPlace place = Place("linux-6.12", "hot-remove", "__flush_tlb_kernel_pgtable", "TLBI VAAE1IS");
        Assert.Equal((place.Occurrences, OrderingRule.Forgotten), (place.Needed, place.ShortestRun!.Rule));
    }

    [Fact]
    public void A_barrier_that_is_not_needed_is_said_to_be_covered() => Assert.All(
        KernelProfiles.All.SelectMany(profile => Report(profile.Name, null).Scenarios).SelectMany(scenario => scenario.Places),
        place => Assert.Equal(place.Occurrences - place.Needed, place.CoveredBy.Sum(cover => cover.Count)));

    [Fact]
    public void The_same_question_gets_the_same_answer()
    {
        KernelProfile profile = KernelProfiles.Find("linux-6.12");
        Assert.Equal(Text(OrderingCheck.Check(profile)), Text(OrderingCheck.Check(profile)));
    }

    [Fact]
    public void A_strategy_that_makes_no_sense_is_refused()
    {
        StrategyPreset senseless = new("senseless", StrategyPresets.Premapped.Options with { Closing = Closing.Lazy }, "none");
        _ = Assert.Throws<ArgumentException>(() => OrderingCheck.Check(KernelProfiles.Find("linux-6.12"), senseless));
    }

    private static string Text(OrderingReport report) => string.Join('\n', report.Scenarios.SelectMany(scenario => scenario.Places).Select(place =>
        $"{place.Function} {place.Instruction} {place.Needed}/{place.Occurrences} {string.Join("; ", place.ShortestRun?.Steps.Select(step => $"{step}") ?? [])}"));

    private static OrderingReport Report(string kernel, string? strategy) => _reports.GetOrAdd($"{kernel} {strategy}", _ => OrderingCheck.Check(
        KernelProfiles.Find(kernel), strategy is null ? null : StrategyPresets.All.Single(preset => preset.Name == strategy)));

    private static OrderingScenario Scenario(string kernel, string scenario) => Report(kernel, null).Scenarios.Single(item => item.Name == scenario);

    private static OrderingPlace Place(string kernel, string scenario, string function, string instruction) =>
        Scenario(kernel, scenario).Places.Single(place => place.Function == function && place.Instruction == instruction);
}
