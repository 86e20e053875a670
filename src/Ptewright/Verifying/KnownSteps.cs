using Ptewright.Addressing;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
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

    /// <summary>The alias of the image's data and bss is taken out of the map.</summary>
    private const string InvalidData = "mark_linear_data_alias_valid clears the valid bit in the alias of the image's data and bss";

    /// <summary>Free pages are taken out of the map.</summary>
    private const string DebugPagealloc = "__kernel_map_pages (debug_pagealloc) clears the valid bit of free pages";

    /// <summary>The image's alias becomes read-only.</summary>
    /// <param name="change">What is seen of it.</param>
    public static string ReadOnlyAlias(string change) => $"mark_linear_text_alias_ro {change} in the alias of the image's code and read-only data";

    /// <summary>The alias of the image's data and bss becomes read-only.</summary>
    /// <param name="change">What is seen of it.</param>
    public static string ReadOnlyData(string change) => $"mark_rodata_ro {change} in the alias of the image's data and bss";

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
        : IsInDataAlias(machine, plan, physical, size, DataAlias.Invalid) ? InvalidData
        : machine.HasDebugPagealloc ? DebugPagealloc
        : null;

    /// <summary>Whether a part lies in the alias of the image that becomes read-only.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="plan">What was predicted to be done there.</param>
    /// <param name="physical">Where the part leads.</param>
    /// <param name="size">Its size in bytes.</param>
    public static bool IsInReadOnlyAlias(KernelMachine machine, KernelPlan plan, PhysicalAddress physical, ulong size) =>
        plan.Profile.ReadOnlyAlias(machine) is { } alias && IsInside(physical, size, alias.Start, alias.End);

    /// <summary>Whether a part lies in the alias of the image's data and bss, and that becomes so.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="plan">What was predicted to be done there.</param>
    /// <param name="physical">Where the part leads.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="becomes">What it becomes.</param>
    public static bool IsInDataAlias(KernelMachine machine, KernelPlan plan, PhysicalAddress physical, ulong size, DataAlias becomes) =>
        plan.Profile.Facts.DataAlias == becomes && plan.Profile.DataAlias(machine) is { } alias && IsInside(physical, size, alias.Start, alias.End);

    private static bool IsInKfencePool(KernelPlan plan, PhysicalAddress physical, ulong size) => IsInside(physical, size, plan.KfencePool.Start, plan.KfencePool.End);

    private static bool IsInside(PhysicalAddress physical, ulong size, PhysicalAddress start, PhysicalAddress end) =>
        physical >= start && physical + size <= end;
}
