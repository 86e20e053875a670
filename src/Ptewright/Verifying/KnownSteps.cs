using Ptewright.Addressing;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Translation;
using Ptewright.Walking;

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

    /// <summary>What makes a part of the image's alias read-only, to be told with what is seen of it; null where the part is none.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="plan">What was predicted to be done there.</param>
    /// <param name="physical">Where the part leads.</param>
    /// <param name="size">Its size in bytes.</param>
    public static Func<string, string>? ReadOnlyImage(KernelMachine machine, KernelPlan plan, PhysicalAddress physical, ulong size) =>
        plan.Profile.ReadOnlyAlias(machine) is { } alias && IsInside(physical, size, alias.Start, alias.End)
            ? change => $"mark_linear_text_alias_ro {change} in the alias of the image's code and read-only data"
        : IsInDataAlias(machine, plan, physical, size, DataAlias.ReadOnly)
            ? change => $"mark_rodata_ro {change} in the alias of the image's data and bss"
        : null;

    /// <summary>A change that writes the whole entry anew, as <c>PAGE_KERNEL_RO</c>: what was tagged is so no more, and has to be.</summary>
    /// <param name="name">What the step is called, of what is seen of it.</param>
    /// <param name="predicted">What was predicted.</param>
    /// <param name="found">What is there.</param>
    /// <param name="change">What is seen of a read-only entry.</param>
    /// <param name="bits">The bits of that.</param>
    public static (string Step, ulong Bits)? WrittenAnew(Func<string, string> name, LeafAttributes predicted, LeafAttributes found, string change, ulong bits) =>
        predicted.AttributeIndex != (int)MemoryType.NormalTagged ? (name(change), bits)
        : found.AttributeIndex == (int)MemoryType.Normal ? (name($"{change} and clears AttrIndx"), bits | DescriptorBits.AttrIndexMask)
        : null;

    private static bool IsInDataAlias(KernelMachine machine, KernelPlan plan, PhysicalAddress physical, ulong size, DataAlias becomes) =>
        plan.Profile.Facts.DataAlias == becomes && plan.Profile.DataAlias(machine) is { } alias && IsInside(physical, size, alias.Start, alias.End);

    private static bool IsInKfencePool(KernelPlan plan, PhysicalAddress physical, ulong size) => IsInside(physical, size, plan.KfencePool.Start, plan.KfencePool.End);

    private static bool IsInside(PhysicalAddress physical, ulong size, PhysicalAddress start, PhysicalAddress end) =>
        physical >= start && physical + size <= end;
}
