using BenchmarkDotNet.Attributes;
using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Benchmarks;

/// <summary>Building 16 GiB in single pages: each preset, counted, per granule; silent for what counting costs.</summary>
[MemoryDiagnoser]
[DisassemblyDiagnoser(maxDepth: 2)]
public class BuildBenchmarks
{
    private LinearMapSimulation? _simulation;

    [Params(GranuleSize.Size4K, GranuleSize.Size16K, GranuleSize.Size64K)]
    public GranuleSize Granule { get; set; }

    [ParamsSource(nameof(Presets))]
    public string Strategy { get; set; } = StrategyPresets.SingleMap.Name;

    public static IEnumerable<string> Presets => StrategyPresets.All.Select(preset => preset.Name);

    private StrategyOptions Options => StrategyPresets.All.First(preset => preset.Name == Strategy).Options;

    [GlobalSetup]
    public void Prepare()
    {
        _ = TableGeometry.TryCreate(Granule, 48, 48, out TableGeometry geometry);
        MemoryLayout memory = MemoryLayout.OfRange(new PhysicalAddress(1UL << 30), 16UL << 30);
        _simulation = new LinearMapSimulation(
            LinearMapPlan.ForMemory(memory, geometry, wideAddresses: false, MapFlags.NoBlock | MapFlags.NoContiguous));
    }

    [Benchmark(Baseline = true)]
    public ulong Silent() => _simulation!.Build(Options, default(VectorCpu), out _).Statistics.Tables;

    [Benchmark]
    public ulong Counted() => _simulation!.Build(Options).Counts.Tlbi;

    [GlobalCleanup]
    public void Cleanup() => _simulation?.Dispose();
}
