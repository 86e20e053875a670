using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.LinearMap;

/// <summary>What a build will take of this computer's memory is known before it is taken.</summary>
public sealed class SimulationMemoryTests
{
    [Theory]
    [InlineData(GranuleSize.Size4K, 48, MapFlags.NoBlock, 64UL << 30, 0x4000_0000UL)]
    [InlineData(GranuleSize.Size4K, 39, MapFlags.NoBlock, 3UL << 30, 0x8000_0000UL)]
    [InlineData(GranuleSize.Size4K, 48, MapFlags.None, 4UL << 40, 0x4000_0000UL)]
    [InlineData(GranuleSize.Size4K, 52, MapFlags.None, (1UL << 40) + 0x5000, 0x4000_1000UL)]
    [InlineData(GranuleSize.Size16K, 47, MapFlags.NoBlock, 64UL << 30, 0x4000_0000UL)]
    [InlineData(GranuleSize.Size64K, 48, MapFlags.NoBlock, 256UL << 30, 0x4000_0000UL)]
    [InlineData(GranuleSize.Size64K, 42, MapFlags.None, 256UL << 30, 0x4000_0000UL)]
    public void No_build_takes_more_and_the_estimate_is_close(GranuleSize granule, int bits, MapFlags flags, ulong size, ulong start)
    {
        Assert.True(TableGeometry.TryCreate(granule, bits, bits, out TableGeometry geometry));
        LinearMapPlan plan = LinearMapPlan.ForMemory(MemoryLayout.OfRange(new(start), size), geometry, wideAddresses: bits == 52, flags);
        using LinearMapSimulation simulation = new(plan);
        BuildResult result = simulation.Build(StrategyPresets.Premapped.Options);
        ulong tables = plan.Requests.Aggregate(0UL, (sum, request) => sum + SimulationMemory.TableBytes(geometry, request));

        Assert.True(simulation.Memory.TouchedBytes <= SimulationMemory.BytesFor(plan), $"{simulation.Memory.TouchedBytes} bytes were taken");
        Assert.True(SimulationMemory.BytesFor(plan) <= simulation.Memory.TouchedBytes + (5 * SparseMemory.ChunkSize), $"{SimulationMemory.BytesFor(plan)} bytes were expected");
        Assert.Equal(result.Statistics.Tables * geometry.PageSize, tables);
    }

    [Fact]
    public void Memory_in_small_pieces_is_counted_by_the_pieces_that_tables_lie_in()
    {
        // A mebibyte in every four: tables that would fit one piece of simulated memory lie in several.
        MemoryLayout memory = new();
        for (ulong at = 0x4000_0000; at < 0x1_4000_0000; at += 4UL << 20)
        {
            memory.Add(new(at), new(at + (1UL << 20)));
        }

        Assert.True(TableGeometry.TryCreate(GranuleSize.Size4K, 48, 48, out TableGeometry geometry));
        LinearMapPlan plan = LinearMapPlan.ForMemory(memory, geometry, wideAddresses: false, MapFlags.NoBlock);
        using LinearMapSimulation simulation = new(plan);
        _ = simulation.Build(StrategyPresets.SingleMap.Options);

        Assert.True(simulation.Memory.TouchedBytes <= SimulationMemory.BytesFor(plan), $"{simulation.Memory.TouchedBytes} bytes were taken");
        Assert.True(SimulationMemory.BytesFor(plan) <= simulation.Memory.TouchedBytes + (5 * SparseMemory.ChunkSize), $"{SimulationMemory.BytesFor(plan)} bytes were expected");
    }

    [Theory]
    [InlineData("MemTotal: 100 kB\nMemFree:  10 kB\nMemAvailable:    40 kB\n", 102_400UL, 40_960UL)]
    [InlineData("MemAvailable:   900 kB\n", 102_400UL, 102_400UL)]
    [InlineData("MemFree:  10 kB\n", 102_400UL, 102_400UL)]
    [InlineData("", 7UL, 7UL)]
    public void What_is_free_is_what_linux_says_but_never_more_than_this_process_may_have(string memoryInfo, ulong total, ulong expected) =>
        Assert.Equal(expected, AvailableMemory.FreeOf(memoryInfo, total));

    [Theory]
    [InlineData(1600UL, 1600UL, 1200UL)]
    [InlineData(1600UL, 160UL, 150UL)]
    public void A_quarter_stays_free_for_the_rest_of_the_computer(ulong total, ulong free, ulong most) => Assert.Equal(most, AvailableMemory.Most(total, free));

    [Theory]
    [InlineData(0UL, "0 MiB")]
    [InlineData((5UL << 20) - 1, "4.9 MiB")]
    [InlineData(1023UL << 20, "1023 MiB")]
    [InlineData(1UL << 30, "1 GiB")]
    [InlineData(128UL << 40, "128 TiB")]
    [InlineData(ulong.MaxValue, "16383 PiB")]
    public void Sizes_are_rounded_down(ulong bytes, string text) => Assert.Equal(text, AvailableMemory.Text(bytes));
}
