using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.LinearMap;

/// <summary>A build with every operation in order.</summary>
public class RecordedBuildTests
{
    private static readonly LinearMapPlan _plan = Plans.OneRange(GranuleSize.Size4K, 48, 64UL << 20, LinearMapPlanner.PagesOnly);

    // More events than are first made room for, so the build is done again.
    [Theory]
    [InlineData("baseline")]
    [InlineData("lazy-unmap")]
    public void What_is_recorded_is_what_is_counted(string strategy)
    {
        StrategyPreset preset = StrategyPresets.All.Single(known => known.Name == strategy);
        using LinearMapSimulation simulation = new(_plan);
        OperationCounts counts = simulation.Build(preset.Options).Counts;

        RecordedBuild build = RecordedBuild.Record(_plan, preset);

        Assert.Equal(counts.FixmapMaps, Count(build, CpuEventKind.Mapped));
        Assert.Equal(counts.DsbIshst, Count(build, CpuEventKind.DsbIshst));
        Assert.Equal(counts.Isb, Count(build, CpuEventKind.Isb));
        Assert.Equal(counts.TlbiVaale1is, Count(build, CpuEventKind.TlbiVaale1is));
        Assert.Equal(counts.TlbiRvaale1is, Count(build, CpuEventKind.TlbiRvaale1is));
        Assert.NotEqual(0UL, counts.DsbIshst);
        Assert.Equal(build.Count, build.Events.Length);
        Assert.Equal(CpuEventKind.Store, build[0].Kind);
    }

    [Fact]
    public void As_many_events_as_the_limit_are_kept_and_one_more_is_refused()
    {
        int count = RecordedBuild.Record(_plan, StrategyPresets.Baseline).Count;

        Assert.True(count > 4096);
        Assert.Equal(count, RecordedBuild.Record(_plan, StrategyPresets.Baseline, limit: count).Count);
        Assert.False(RecordedBuild.TryRecord(_plan, StrategyPresets.Baseline, true, count - 1, out RecordedBuild? build, out ulong operations));
        Assert.Null(build);
        Assert.Equal((ulong)count, operations);
        InvalidRequestException refusal = Assert.Throws<InvalidRequestException>(() => RecordedBuild.Record(_plan, StrategyPresets.Baseline, limit: 100));
        Assert.EndsWith("operations, more than the 100 that are recorded: take less memory.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_that_no_event_has_is_refused()
    {
        RecordedBuild build = RecordedBuild.Record(_plan, StrategyPresets.SingleMap);

        Assert.Throws<ArgumentOutOfRangeException>(() => build[build.Count].Kind);
        Assert.Throws<ArgumentOutOfRangeException>(() => build[-1].Kind);
    }

    private static ulong Count(RecordedBuild build, CpuEventKind kind)
    {
        ulong count = 0;
        foreach (ref readonly CpuEvent item in build.Events)
        {
            count += item.Kind == kind ? 1UL : 0;
        }

        return count;
    }
}
