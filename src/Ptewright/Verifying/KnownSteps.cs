using Ptewright.Addressing;
using Ptewright.Kernels.Planning;
using Ptewright.LinearMap;
using Ptewright.Simulation;

namespace Ptewright.Verifying;

/// <summary>The later steps of a kernel that are known: what they are called in explanations, and where they can be.</summary>
internal static class KnownSteps
{
    /// <summary>A kernel isolates its page tables on a CPU that turned out to need it.</summary>
    public const string Kpti = "idmap_kpti_install_ng_mappings sets nG in every entry";

    /// <summary>KFENCE guards a page of its pool.</summary>
    private const string Kfence = "kfence_protect_page clears the valid bit of pages of the KFENCE pool";

    /// <summary>Free pages are taken out of the map.</summary>
    private const string DebugPagealloc = "__kernel_map_pages (debug_pagealloc) clears the valid bit of free pages";

    /// <summary>The image's alias becomes read-only.</summary>
    /// <param name="change">What is seen of it.</param>
    public static string ReadOnlyAlias(string change) => $"mark_linear_text_alias_ro {change} in the alias of the image's code and read-only data";

    /// <summary>The alias of a page that became read-only elsewhere becomes so too.</summary>
    /// <param name="change">What is seen of it.</param>
    public static string ReadOnlyElsewhere(string change) => $"change_memory_common (rodata=full) {change}";

    /// <summary>What can have taken the valid bit of a part of the linear map away.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="plan">What was predicted to be done there.</param>
    /// <param name="physical">Where the part leads.</param>
    /// <param name="size">Its size in bytes.</param>
    public static string? Invalidating(KernelMachine machine, KernelPlan plan, PhysicalAddress physical, ulong size) =>
        IsInKfencePool(plan, physical, size) ? Kfence
        : machine.HasDebugPagealloc ? DebugPagealloc
        : null;

    /// <summary>Whether a part lies in the alias of the image that becomes read-only.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="plan">What was predicted to be done there.</param>
    /// <param name="physical">Where the part leads.</param>
    /// <param name="size">Its size in bytes.</param>
    public static bool IsInReadOnlyAlias(KernelMachine machine, KernelPlan plan, PhysicalAddress physical, ulong size) =>
        plan.Profile.ReadOnlyAlias(machine) is { } alias && IsInside(physical, size, alias.Start, alias.End);

    // The pool is what is mapped in single pages without forbidding execution.
    private static bool IsInKfencePool(KernelPlan plan, PhysicalAddress physical, ulong size) => plan.Plan.Steps.Any(step =>
        step.Kind == PlanStepKind.Map && step.Phase == PlanPhase.LinearMap && step.Request.Flags == LinearMapPlanner.PagesOnly
        && IsInside(physical, size, step.Request.Physical, step.Request.Physical + step.Request.Size));

    private static bool IsInside(PhysicalAddress physical, ulong size, PhysicalAddress start, PhysicalAddress end) =>
        physical >= start && physical + size <= end;
}
