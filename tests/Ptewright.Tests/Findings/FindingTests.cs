using Ptewright.Addressing;
using Ptewright.Checking;
using Ptewright.Findings;
using Ptewright.Images;
using Ptewright.Tests.Checking;
using Ptewright.Translation;
using Ptewright.Verifying;
using Ptewright.Walking;

namespace Ptewright.Tests.Findings;

/// <summary>One kind of finding, whoever finds.</summary>
public sealed class FindingTests
{
    private static readonly VirtualAddress _address = new(0xffff_0000_4000_0000);
    private static readonly TranslationRoot _root = TranslationRoot.Of(new ImageRegisters(Ttbr1: 0x4000_0000, Tcr: 0x5_8010_0010), AddressHalf.Upper);

    [Theory]
    [InlineData(TableProblemKind.MissingMemory, "table.missing-memory")]
    [InlineData(TableProblemKind.Loop, "table.loop")]
    [InlineData(TableProblemKind.TooMany, "table.too-many")]
    public void Rules_have_names_that_stay(TableProblemKind kind, string rule) => Assert.Equal(rule, Finding.RuleOf("table", kind));

    [Fact]
    public void Every_kind_of_problem_has_a_rule_and_a_sentence_of_its_own()
    {
        WalkStep step = new(1, new PhysicalAddress(0x4000_0018), 3, new Descriptor(0x5000_0003), EntryKind.Table);
        Finding[] findings =
        [
            .. Enum.GetValues<TableProblemKind>().Select(kind => TableFindings.Of(new TableProblem(kind, _address, [step]), _root, "dump")),
        ];
        Assert.Equal(findings.Length, findings.Select(finding => finding.Rule).Distinct().Count());
        Assert.Equal(findings.Length, findings.Select(finding => finding.Sentence).Distinct().Count());
        Assert.All(findings, finding => Assert.Equal(
            (FindingSeverity.Error, "dump", (VirtualAddress?)_address, $"{_address}: {finding.Sentence} (by way of level 1 [3] at 0x40000018 = 0x0000000050000003)."),
            (finding.Severity, finding.Source, finding.Address, finding.ToString())));
    }

    [Fact]
    public void A_problem_of_the_root_says_so() => Assert.Equal(
        "0xffff000000000000: the source has no memory at 0x40000000, where a table should be (by way of the root).",
        TableFindings.Of(new TableProblem(TableProblemKind.MissingMemory, _root.Start, []), _root, "dump").ToString());

    [Fact]
    public void A_difference_is_an_error_until_it_is_explained()
    {
        MapDifference difference = new(MapDifferenceKind.Table, _address, 0, null, null, null) { TableLevel = 2, PredictedTable = new PhysicalAddress(0x1000) };
        Assert.Equal(
            ("prediction.table", FindingSeverity.Error, "predicted level 2 table at 0x1000, found no table"),
            (difference.ToFinding("dump").Rule, difference.ToFinding("dump").Severity, difference.ToFinding("dump").Sentence));
        Finding explained = (difference with { Explanation = "a later step" }).ToFinding("dump");
        Assert.Equal((FindingSeverity.Note, "predicted level 2 table at 0x1000, found no table: a later step"), (explained.Severity, explained.Sentence));
    }

    [Fact]
    public void Races_are_findings_of_their_scenario()
    {
        RaceReport report = Races.Of("linux-5.15-azure");
        Assert.Equal(report.Results.Sum(result => result.Findings.Count), report.Findings.Count());
        Assert.All(report.Findings, finding => Assert.Equal((true, FindingSeverity.Error, true),
            (finding.Rule.StartsWith("race.", StringComparison.Ordinal), finding.Severity, report.Results.Any(result => result.Scenario.Name == finding.Source))));
        Assert.Contains(report.Findings, finding => finding.Rule == "race.slot-maps-nothing");
        Assert.Empty(Races.Of("linux-6.12").Findings);
    }

    [Fact]
    public void A_broken_rule_of_ordering_is_the_last_step_of_its_run()
    {
        OrderingRun run = new(OrderingRule.Zeroed, [new(1, OrderingActor.Writer, "stores."), new(2, OrderingActor.Walker, "reads garbage.")]);
        OrderingReport report = new(
            Ptewright.Kernels.Versions.KernelProfiles.Default, Ptewright.Simulation.StrategyPresets.SingleMap)
        {
            Scenarios = [new("boot", "all", 2, 1, run, []), new("hot-add", "more", 2, 1, null, [])],
        };
        Finding finding = Assert.Single(report.Findings);
        Assert.Equal(("ordering.zeroed", FindingSeverity.Error, "reads garbage", "boot", "reads garbage."), (finding.Rule, finding.Severity, finding.Sentence, finding.Source, finding.ToString()));
    }
}
