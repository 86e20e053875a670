namespace Ptewright.LinearMap;

/// <summary>One step of a plan: what a kernel does at one point of its start.</summary>
internal readonly struct PlanStep
{
    /// <summary>Makes a step.</summary>
    /// <param name="kind">What it does.</param>
    /// <param name="phase">Which part of the start it belongs to.</param>
    /// <param name="request">What it maps, if it does.</param>
    /// <param name="root">Which root it writes.</param>
    public PlanStep(PlanStepKind kind, PlanPhase phase, MapRequest request = default, PlanRoot root = PlanRoot.Kernel)
    {
        Kind = kind;
        Phase = phase;
        Request = request;
        Root = root;
    }

    /// <summary>What it does.</summary>
    public PlanStepKind Kind { get; }

    /// <summary>Which part of the start it belongs to.</summary>
    public PlanPhase Phase { get; }

    /// <summary>What it maps, if it does.</summary>
    public MapRequest Request { get; }

    /// <summary>Which root it writes.</summary>
    public PlanRoot Root { get; }
}

/// <summary>What one step of a plan does.</summary>
internal enum PlanStepKind
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
internal enum PlanRoot
{
    /// <summary>The kernel's: <c>swapper_pg_dir</c>.</summary>
    Kernel,

    /// <summary>The identity map's: <c>idmap_pg_dir</c>, part of the image and written directly.</summary>
    Identity,
}

/// <summary>Which part of a kernel's start a step belongs to; each is one function of the kernel.</summary>
internal enum PlanPhase
{
    /// <summary>The linear map. Linux: <c>map_mem</c>.</summary>
    LinearMap,

    /// <summary>The segments of the image, and the fixmap. Linux up to v6.8: <c>map_kernel</c>.</summary>
    Image,

    /// <summary>What stands around both: the root that is built. Linux: <c>paging_init</c>.</summary>
    Root,

    /// <summary>The switch to that root. Linux up to v6.8: <c>cpu_replace_ttbr1</c>.</summary>
    Switch,

    /// <summary>The identity map. Linux v6.0 to v6.8: <c>create_idmap</c>.</summary>
    IdentityMap,
}
