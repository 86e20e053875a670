using Ptewright.LinearMap;
using Ptewright.Memory;

namespace Ptewright.Simulation;

/// <summary>The steps of <c>map_mem</c>, as <see cref="LinearMapPlanner"/> lists them.</summary>
internal static unsafe class MapMemSteps
{
    /// <summary>Lists them.</summary>
    /// <param name="planner">The rule.</param>
    /// <param name="memory">The memory; the two holes are no no-map memory afterwards.</param>
    /// <param name="alias">The part of the image whose alias becomes read-only, if there is one.</param>
    /// <param name="pool">KFENCE's pool, if there is one.</param>
    public static IReadOnlyList<PlanStep> Of(LinearMapPlanner planner, MemoryLayout memory, MemoryRegion alias = default, MemoryRegion pool = default)
    {
        PlanStep[] steps = new PlanStep[LinearMapPlanner.MaxSteps(*memory.Blocks)];
        int count = 0;
        memory.Change(() =>
        {
            fixed (PlanStep* room = steps)
            {
                return planner.TryPlan(ref *memory.Blocks, alias, pool, room, out count);
            }
        });
        return steps[..count];
    }
}
