using Ptewright.Checking;
using Ptewright.Comparing;
using Ptewright.Firmware;
using Ptewright.Images;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Strategies;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests;

/// <summary>Long computations say how far they are, and end when they are told to.</summary>
public sealed class LongWorkTests
{
    private static readonly Dictionary<string, Action<IProgress<WorkProgress>, CancellationToken>> _works = new()
    {
        ["compare"] = (progress, stop) =>
        {
            _ = TableGeometry.TryCreate(GranuleSize.Size4K, 48, 48, out TableGeometry geometry);
            PublishedMeasurements published = PublishedMeasurements.Embedded;
            _ = new StrategyComparer(published, progress, stop).Compare(
                "1 GiB", MemoryLayout.OfRange(new(1UL << 30), 1UL << 30), geometry, false, LinearMapPlanner.PagesOnly, StrategyPresets.All, published.Machines[0]);
        },
        ["build"] = (progress, stop) => OfMany(simulation => simulation.Build(StrategyPresets.SingleMap.Options, progress, stop)),
        ["scan"] = (progress, stop) => OfMany(simulation =>
        {
            _ = simulation.Build(StrategyPresets.SingleMap.Options, stop: stop);
            using SimulationImage image = new(simulation.Memory, new ImageRegisters());
            TranslationRoot root = BuiltTables.RootOf(simulation.Plan.Settings.Geometry, simulation.Plan.Settings.Format, simulation.Root);
            _ = TableScanner.Scan(image, root, new Nobody(), root.Start, root.Last, progress: progress, stop: stop);
        }),
        ["tables"] = (progress, stop) => OfMany(simulation =>
        {
            _ = simulation.Build(StrategyPresets.SingleMap.Options, stop: stop);
            using SimulationImage image = new(simulation.Memory, new ImageRegisters());
            TranslationRoot root = BuiltTables.RootOf(simulation.Plan.Settings.Geometry, simulation.Plan.Settings.Format, simulation.Root);
            Assert.Empty(TableComparison.Compare(image, root, image, root, 1, progress, stop).First);
        }),
        ["ordering"] = (progress, stop) => OrderingCheck.Check(KernelProfiles.Find("linux-6.12"), null, progress, stop),
        ["races"] = (progress, stop) => RaceCheck.Run(RaceOptions.Of(KernelProfiles.Find("linux-6.12"), CpuModel.Find("cortex-a72")), progress, stop),
    };

    public static TheoryData<string> Works => [.. _works.Keys];

    [Theory]
    [MemberData(nameof(Works))]
    public void It_says_what_it_does_and_never_more_than_there_is(string name)
    {
        Reports reports = new();
        _works[name](reports, CancellationToken.None);

        Assert.True(reports.All.Count > 2, $"{reports.All.Count} reports");
        Assert.All(reports.All, report => Assert.NotEmpty(report.Stage));
        Assert.All(reports.All, report => Assert.InRange(report.Done, 0, report.Total > 0 ? report.Total : long.MaxValue));
    }

    [Theory]
    [MemberData(nameof(Works))]
    public void It_ends_when_it_is_told_to(string name)
    {
        using CancellationTokenSource source = new();
        Reports reports = new() { OnSecond = source.Cancel };

        Assert.Throws<OperationCanceledException>(() => _works[name](reports, source.Token));
        Assert.Equal(2, reports.All.Count);
    }

    // In pages, of so many banks that there are some steps, and so large that there are some thousand tables.
    private static void OfMany(Action<LinearMapSimulation> work)
    {
        _ = TableGeometry.TryCreate(GranuleSize.Size4K, 48, 48, out TableGeometry geometry);
        MemoryLayout memory = MemorySpec.Parse("8G@1G,8G@16G,8G@32G");
        using LinearMapSimulation simulation = new(LinearMapPlan.ForMemory(memory, geometry, false, LinearMapPlanner.PagesOnly));
        work(simulation);
    }

    private sealed class Nobody : IRangeSink
    {
        public void OnRange(in MappedRange range)
        {
        }

        public void OnProblem(TableProblem problem) => Assert.Fail(problem.Kind.ToString());
    }

    private sealed class Reports : IProgress<WorkProgress>
    {
        public List<WorkProgress> All { get; } = [];

        public Action? OnSecond { get; init; }

        public void Report(WorkProgress value)
        {
            All.Add(value);
            if (All.Count == 2)
            {
                OnSecond?.Invoke();
            }
        }
    }
}
