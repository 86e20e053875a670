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

    /// <summary>Blocks and contiguous runs are split where a part of them changes.</summary>
    public const string Split = "split_kernel_leaf_mapping splits what a part of is changed; the parts keep its bits";

    /// <summary>KFENCE guards a page of its pool.</summary>
    private const string Kfence = "kfence_protect_page clears the valid bit of pages of the KFENCE pool";

    /// <summary>The alias of the image's data and bss is taken out of the map.</summary>
    private const string InvalidData = "mark_linear_data_alias_valid clears the valid bit in the alias of the image's data and bss";

    /// <summary>Free pages are taken out of the map.</summary>
    private const string DebugPagealloc = "__kernel_map_pages (debug_pagealloc) clears the valid bit of free pages";

    /// <summary>Memory that a program keeps from the kernel is taken out of the map.</summary>
    /// <param name="address">Where the program has it.</param>
    public static string Secret(VirtualAddress address) => $"secretmem (memfd_secret) clears the valid bit: a program has the same memory at {address}";

    /// <summary>Whether programs may have memory that is taken out of the map. Linux: <c>can_set_direct_map</c>.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="plan">What was predicted to be done there.</param>
    public static bool MayBeSecret(KernelMachine machine, KernelPlan plan) =>
        plan.Profile.Facts.HasSecretMemory && (!plan.Blocks.Allowed || plan.Profile.SplitsBlocks(machine));

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

    /// <summary>What splitting a block or a contiguous run leaves: the bits in which a part may differ from the whole. Linux: <c>split_kernel_leaf_mapping</c>, from 6.18 on.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="plan">What was predicted to be done there.</param>
    /// <param name="predicted">The whole.</param>
    /// <param name="level">The level of what was found.</param>
    /// <param name="changed">The bits in which it differs.</param>
    /// <returns>Null where it is no part of the whole, or nothing is split on this machine.</returns>
    /// <remarks>The parts of a block are contiguous first, until an edge lies within their run; a page has another descriptor type than a block.</remarks>
    public static ulong? SplitBits(KernelMachine machine, KernelPlan plan, MappedRange predicted, int level, ulong changed)
    {
        ulong type = level == 3 && predicted.Level < 3 ? DescriptorBits.TableOrPage : 0;
        bool isPart = level > predicted.Level || (level == predicted.Level && (predicted.Attributes.Bits & changed & DescriptorBits.Contiguous) != 0);
        return isPart && plan.Profile.SplitsBlocks(machine) && (changed & DescriptorBits.TableOrPage) == type ? type | DescriptorBits.Contiguous : null;
    }

    /// <summary>Takes from the bits that changed those of a split, and notes it; nothing where the level is the same and nothing was split.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="plan">What was predicted to be done there.</param>
    /// <param name="predicted">What was predicted.</param>
    /// <param name="level">The level of what was found.</param>
    /// <param name="changed">The bits that changed.</param>
    /// <param name="steps">The steps that are known so far.</param>
    /// <returns>False where the level is another and no split made it so.</returns>
    public static bool TakeSplit(KernelMachine machine, KernelPlan plan, MappedRange predicted, int level, ref ulong changed, List<string> steps)
    {
        if (SplitBits(machine, plan, predicted, level, changed) is { } bits)
        {
            steps.Add(Split);
            changed &= ~bits;
            return true;
        }

        return predicted.Level == level;
    }

    /// <summary>What leads to a table that a block was split into: as to the map's other tables, and not executable where the block was not.</summary>
    /// <param name="plan">What was predicted.</param>
    /// <param name="block">The block.</param>
    public static ulong SplitTableBits(KernelPlan plan, MappedRange block) => plan.Profile.Facts.TableBits
        | ((block.Attributes.Bits & DescriptorBits.PrivilegedExecuteNever) != 0 ? DescriptorBits.PxnTable : 0);

    private static bool IsInDataAlias(KernelMachine machine, KernelPlan plan, PhysicalAddress physical, ulong size, DataAlias becomes) =>
        plan.Profile.Facts.DataAlias == becomes && plan.Profile.DataAlias(machine) is { } alias && IsInside(physical, size, alias.Start, alias.End);

    private static bool IsInKfencePool(KernelPlan plan, PhysicalAddress physical, ulong size) => IsInside(physical, size, plan.KfencePool.Start, plan.KfencePool.End);

    private static bool IsInside(PhysicalAddress physical, ulong size, PhysicalAddress start, PhysicalAddress end) =>
        physical >= start && physical + size <= end;
}
