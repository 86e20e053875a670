using BenchmarkDotNet.Attributes;
using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Benchmarks;

/// <summary>The digest over the tables of 16 GiB (32 MiB of tables).</summary>
[MemoryDiagnoser]
public class DigestBenchmarks
{
    private LinearMapSimulation? _simulation;

    [GlobalSetup]
    public void Prepare()
    {
        _ = TableGeometry.TryCreate(GranuleSize.Size4K, 48, 48, out TableGeometry geometry);
        MemoryLayout memory = MemoryLayout.OfRange(new PhysicalAddress(1UL << 30), 16UL << 30);
        _simulation = new LinearMapSimulation(
            LinearMapPlan.ForMemory(memory, geometry, wideAddresses: false, MapFlags.NoBlock | MapFlags.NoContiguous));
        _ = _simulation.Build(StrategyPresets.SingleMap.Options);
    }

    [Benchmark]
    public TableDigest Digest() => _simulation!.Digest();

    [GlobalCleanup]
    public void Cleanup() => _simulation?.Dispose();
}
