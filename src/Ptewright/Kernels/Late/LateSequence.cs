using Ptewright.Addressing;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Kernels.Late;

/// <summary>What happens to a linear map after the start, in the kernel's order: the image's alias and the read-only data become read-only, memory is added, removed and added
/// again.</summary>
/// <remarks>Linux: <c>mark_linear_text_alias_ro</c>, <c>mark_rodata_ro</c>, <c>arch_add_memory</c>, <c>arch_remove_memory</c> in <c>arch/arm64/mm/mmu.c</c>.</remarks>
internal static class LateSequence
{
    /// <summary>How much memory is added when nobody says: 1 GiB, whole sections and whole blocks with every granule.</summary>
    public const ulong DefaultSize = 1UL << 30;

    /// <summary>Memory that can be added to a machine: <see cref="DefaultSize"/> at the first multiple of it behind all memory.</summary>
    /// <param name="plan">What the kernel mapped at its start.</param>
    public static MemoryRegion DefaultMemory(KernelPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        PhysicalAddress start = plan.Memory.End.AlignUp(DefaultSize);
        return new MemoryRegion(start, start + DefaultSize, false);
    }

    /// <summary>Makes the changes, on tables built anew.</summary>
    /// <param name="machine">What the kernel runs on.</param>
    /// <param name="plan">What it mapped at its start.</param>
    /// <param name="simulation">Where that is built.</param>
    /// <param name="strategy">How tables are built, at the start and late.</param>
    /// <param name="added">The memory that comes and goes: whole pages inside the linear map, where there is none yet.</param>
    /// <param name="reach">How tables are reached late.</param>
    /// <returns>What was changed, in order. Read-only data is changed only where the plan maps the image itself (<see cref="KernelScope.PagingInit"/> of versions up to
    /// 6.1).</returns>
    /// <exception cref="InvalidInputException">The added memory is there already.</exception>
    /// <exception cref="MapFailureException">The engine stopped.</exception>
    public static IReadOnlyList<LateChange> Run(
        KernelMachine machine, KernelPlan plan, LinearMapSimulation simulation, StrategyOptions strategy, MemoryRegion added, Reach reach)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(simulation);
        _ = simulation.Build(strategy);
        LateSimulation late = new(simulation, plan.Profile.LateOptions(machine, strategy));
        List<LateChange> changes = [];
        if (plan.Profile.ReadOnlyAlias(machine) is var (start, end))
        {
            ulong size = end.Value - start.Value;
            Add("mark_linear_text_alias_ro", late.Virtual(start), size, late.ChangeProtection(start, size, ProtectionKind.KernelReadOnly, reach));
            if (machine.Image is { } image && plan.Plan.Steps.Any(step => step.Kind == PlanStepKind.Map && step.Phase == PlanPhase.Image && step.Request.Physical == image.Physical(image.ReadOnlyDataStart)))
            {
                MapRequest data = ReadOnlyData(plan, image);
                Add("mark_rodata_ro", data.Virtual, data.Size, late.ChangeProtection(data, reach));
            }
        }

        if (plan.Profile.Facts.DataAlias == DataAlias.ReadOnly && plan.Profile.DataAlias(machine) is { } alias)
        {
            ulong size = alias.End.Value - alias.Start.Value;
            Add("mark_rodata_ro", late.Virtual(alias.Start), size, late.ChangeProtection(alias.Start, size, ProtectionKind.KernelReadOnly, reach));
        }

        VirtualAddress at = late.Virtual(added.Start);
        Add("arch_add_memory", at, added.Size, late.HotAdd(added.Start, added.Size, reach));
        Add("arch_remove_memory", at, added.Size, late.HotRemove(added.Start, added.Size, reach));
        Add("arch_add_memory", at, added.Size, late.HotAdd(added.Start, added.Size, reach));
        return changes;

        void Add(string function, VirtualAddress start, ulong size, LateResult result) => changes.Add(new LateChange(function, start, size, result));
    }

    // Constants and what is between them and the code of boot, as the image's own mapping shows them.
    private static MapRequest ReadOnlyData(KernelPlan plan, KernelImage image)
    {
        MapRequest mapped = plan.Plan.Steps.First(step => step.Phase == PlanPhase.Image && step.Request.Physical == image.Physical(image.ReadOnlyDataStart)).Request;
        bool isGlobal = (mapped.Protection.PageBits & DescriptorBits.NotGlobal) == 0;
        return new MapRequest(
            mapped.Physical,
            mapped.Virtual,
            image.InitStart.Value - mapped.Virtual.Value,
            Protection.Create(ProtectionKind.KernelReadOnly, !isGlobal, plan.Plan.Settings.Format.IsLpa2),
            MapFlags.None);
    }
}
