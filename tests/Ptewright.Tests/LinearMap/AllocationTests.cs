using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.LinearMap;

/// <summary>Building allocates nothing.</summary>
/// <remarks>
/// Alone, and three times: a garbage collection that something else causes retires this thread's allocation buffer, and its rest counts as allocated. What the code allocates, it allocates
/// each time.
/// </remarks>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AllocationTests
{
    [Fact]
    public void No_strategy_allocates_while_it_builds()
    {
        using LinearMapSimulation simulation = new(Plans.OneRange(GranuleSize.Size4K, 48, 2UL << 30, Plans.PagesOnly));
        foreach (StrategyPreset preset in StrategyPresets.All)
        {
            _ = simulation.Build(preset.Options); // Compiles the code and touches the memory.
            Assert.Equal(0, Enumerable.Range(0, 3).Min(_ => simulation.Build(preset.Options).AllocatedBytes));
        }
    }
}
