using Ptewright.LinearMap;

namespace Ptewright.Simulation;

/// <summary>What one step of a plan does.</summary>
public enum PlanStepKind
{
    /// <summary>Maps the request.</summary>
    Map,

    /// <summary>Maps the root through the PGD slot, where it stays while the next steps write it. Linux up to v6.8: <c>pgd_set_fixmap</c> in <c>paging_init</c>.</summary>
    OpenRoot,

    /// <summary>Unmaps it again. Linux: <c>pgd_clear_fixmap</c>.</summary>
    CloseRoot,

    /// <summary>Links the fixmap's tables, which the live root has, into the root that is built. Linux up to v6.8: the end of <c>map_kernel</c>.</summary>
    LinkFixmap,

    /// <summary>Makes the built root the live one (<see cref="RootSwitch"/>).</summary>
    ReplaceRoot,
}

/// <summary>Which root a step writes.</summary>
public enum PlanRoot
{
    /// <summary>The kernel's: <c>swapper_pg_dir</c>.</summary>
    Kernel,

    /// <summary>The identity map's: <c>idmap_pg_dir</c>, part of the image and written directly.</summary>
    Identity,
}

/// <summary>One step of a plan.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Phase">The kernel function that it belongs to: <c>map_kernel</c>, <c>map_mem</c>, …</param>
/// <param name="Request">What it maps, if it does.</param>
/// <param name="Root">Which root it writes.</param>
public readonly record struct PlanStep(PlanStepKind Kind, string Phase, MapRequest Request = default, PlanRoot Root = PlanRoot.Kernel);
