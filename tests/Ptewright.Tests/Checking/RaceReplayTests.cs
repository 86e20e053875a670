using System.Numerics;
using Ptewright.Checking;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Versions;

namespace Ptewright.Tests.Checking;

/// <summary>What the explorer reports, held against two threads over real memory (<see cref="RaceReplay"/>).</summary>
public sealed class RaceReplayTests
{
    private static readonly KernelProfile _seed = KernelProfiles.Find("linux-5.15-azure");

    [Theory]
    [InlineData(FixmapLock.PudEntries)]
    [InlineData(FixmapLock.PudWindow)]
    [InlineData(FixmapLock.None)]
    public void Each_reported_interleaving_goes_wrong_at_its_last_step_and_not_before(FixmapLock place)
    {
        RaceReport report = Races.Of("linux-5.15-azure", place);
        foreach (RaceResult result in report.Results)
        {
            foreach (RaceFinding finding in result.Findings)
            {
                using RaceReplay replay = new(_seed, result.Scenario, place);
                string where = $"{result.Scenario.Name}: {finding.Message}";
                foreach (RaceStep step in finding.Steps.SkipLast(1))
                {
                    Assert.True(replay.CanMove(step.Writer), where);
                    Assert.False(replay.Move(step.Writer), where);
                }

                Assert.True(replay.Move(finding.Steps[^1].Writer), where);
            }
        }
    }

    [Theory]
    [InlineData("linux-5.15-azure", FixmapLock.PudEntries, "A and B in tables that exist")]
    [InlineData("linux-5.15-azure", FixmapLock.PudEntries, "A in tables that exist, B in others that exist")]
    [InlineData("linux-5.15-azure", FixmapLock.PudWindow, "A and B under the same empty PGD entry")]
    [InlineData("linux-5.15-azure", FixmapLock.PudWindow, "A under an empty PUD entry, B makes a mapped page read-only")]
    [InlineData("linux-5.15-azure", FixmapLock.WholeWalk, "A and B under the same empty PGD entry")]
    public void As_many_interleavings_and_wrong_ones_as_there_are(string kernel, FixmapLock place, string scenario)
    {
        RaceResult result = Races.Of(kernel, place).Results.Single(candidate => candidate.Scenario.Name == scenario);
        (int all, int wrong, int shortest) = RunAll(result.Scenario, place, int.MaxValue);

        Assert.Equal(result.Interleavings, (BigInteger)all);
        Assert.Equal(result.WrongInterleavings, (BigInteger)wrong);
        Assert.Equal(result.IsSafe ? int.MaxValue : result.Findings[0].Steps.Count, shortest);
    }

    [Theory]
    [InlineData(FixmapLock.PudEntries, "A and B under the same empty PGD entry", 5)]
    [InlineData(FixmapLock.PudEntries, "A under an empty PGD entry, B in tables that exist", 5)]
    [InlineData(FixmapLock.None, "A under an empty PUD entry, B makes a mapped page read-only", 9)]
    public void Nothing_shorter_goes_wrong(FixmapLock place, string scenario, int length)
    {
        RaceResult result = Races.Of("linux-5.15-azure", place).Results.Single(candidate => candidate.Scenario.Name == scenario);

        Assert.Equal(length, result.Findings[0].Steps.Count);
        Assert.Equal(0, RunAll(result.Scenario, place, length - 1).Wrong);
        Assert.Equal(length, RunAll(result.Scenario, place, length).Shortest);
    }

    [Fact]
    public void An_overwritten_entry_loses_what_the_other_writer_mapped()
    {
        RaceResult result = Races.Of("linux-5.15-azure", FixmapLock.PudWindow).Worst!;
        RaceFinding finding = Assert.Single(result.Findings);
        Assert.Equal(RaceFaultKind.LinkOverwritten, finding.Kind);

        using RaceReplay replay = new(_seed, result.Scenario, FixmapLock.PudWindow);
        foreach (RaceStep step in finding.Steps)
        {
            _ = replay.Move(step.Writer);
        }

        RaceWriter loser = finding.Steps[^1].Writer == RaceWriter.A ? RaceWriter.B : RaceWriter.A;
        while (!replay.IsEnd)
        {
            _ = replay.Move(replay.CanMove(loser) ? loser : finding.Steps[^1].Writer);
        }

        Assert.Equal(0UL, replay.Leaf(result.Scenario[loser].Request.Virtual));
        Assert.NotEqual(0UL, replay.Leaf(result.Scenario[finding.Steps[^1].Writer].Request.Virtual));
    }

    // Depth first, each run anew: along a prefix, then always the first writer that can move. Stops at the first wrong step, or at the limit.
    private static (int All, int Wrong, int Shortest) RunAll(RaceScenario scenario, FixmapLock place, int limit)
    {
        (int all, int wrong, int shortest) = (0, 0, int.MaxValue);
        Stack<RaceWriter[]> prefixes = new([[]]);
        while (prefixes.TryPop(out RaceWriter[]? prefix))
        {
            using RaceReplay replay = new(_seed, scenario, place);
            List<RaceWriter> made = [];
            bool isWrong = false;
            while (!replay.IsEnd && !isWrong && made.Count < limit)
            {
                RaceWriter writer = made.Count < prefix.Length ? prefix[made.Count] : replay.CanMove(RaceWriter.A) ? RaceWriter.A : RaceWriter.B;
                if (made.Count >= prefix.Length && writer == RaceWriter.A && replay.CanMove(RaceWriter.B))
                {
                    prefixes.Push([.. made, RaceWriter.B]);
                }

                isWrong = replay.Move(writer);
                made.Add(writer);
            }

            all++;
            if (isWrong)
            {
                wrong++;
                shortest = Math.Min(shortest, made.Count);
            }
        }

        return (all, wrong, shortest);
    }
}

/// <summary>Reports that several tests look at.</summary>
internal static class Races
{
    public static RaceReport Of(string kernel, FixmapLock place) =>
        RaceCheck.Run(RaceOptions.Of(KernelProfiles.Find(kernel), CpuModel.Find("cortex-a72")) with { FixmapLock = place });

    public static RaceReport Of(string kernel) => RaceCheck.Run(RaceOptions.Of(KernelProfiles.Find(kernel), CpuModel.Find("cortex-a72")));
}
