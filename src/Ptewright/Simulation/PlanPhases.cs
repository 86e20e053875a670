using Ptewright.LinearMap;

namespace Ptewright.Simulation;

/// <summary>The words for the phases of a plan: the kernel functions that they are.</summary>
internal static class PlanPhases
{
    /// <summary>The name of a phase's function: <c>map_mem</c>, <c>map_kernel</c>, …</summary>
    /// <param name="phase">The phase.</param>
    public static string NameOf(PlanPhase phase) => phase switch
    {
        PlanPhase.LinearMap => "map_mem",
        PlanPhase.Image => "map_kernel",
        PlanPhase.Root => "paging_init",
        PlanPhase.Switch => "cpu_replace_ttbr1",
        _ => "create_idmap",
    };

    /// <summary>The phase whose function has this name, if there is one.</summary>
    /// <param name="name">The name.</param>
    public static PlanPhase? Find(string? name)
    {
        foreach (PlanPhase phase in Enum.GetValues<PlanPhase>())
        {
            if (NameOf(phase) == name)
            {
                return phase;
            }
        }

        return null;
    }
}
