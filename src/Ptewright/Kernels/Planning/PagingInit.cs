using Ptewright.Addressing;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Kernels.Planning;

/// <summary>The steps of a kernel's start in the order of its version: all of a version that is not data.</summary>
/// <remarks>Linux: <c>paging_init</c>, <c>map_kernel</c>, <c>map_mem</c>, <c>create_idmap</c> in <c>arch/arm64/mm/mmu.c</c>.</remarks>
internal static class PagingInit
{
    /// <summary>Adds them to a plan.</summary>
    public static void AddSteps(KernelProfile profile, PlanBuilder builder, KernelScope scope)
    {
        if (profile.Facts.Order == StepOrder.ImageInNewRoot && scope == KernelScope.PagingInit)
        {
            AddInNewRoot(profile, builder);
        }
        else
        {
            MapMemory(profile, builder);
        }
    }

    private static void AddInNewRoot(KernelProfile profile, PlanBuilder builder)
    {
        builder.Add(PlanStepKind.OpenRoot, PlanPhase.Root);
        if (builder.Machine.Image is { } image)
        {
            MapKernel(profile, builder, image);
        }

        MapMemory(profile, builder);
        builder.Add(PlanStepKind.CloseRoot, PlanPhase.Root);
        builder.Add(PlanStepKind.ReplaceRoot, PlanPhase.Switch);
        if (profile.Facts.MakesIdentityMap && builder.Machine.Image is { } same)
        {
            CreateIdentityMap(builder, same);
        }
    }

    // Five segments; only read-only data changes later, so only it may not have runs.
    private static void MapKernel(KernelProfile profile, PlanBuilder builder, KernelImage image)
    {
        Protection code = builder.Protection(
            profile.Rodata(builder.Machine).Mode == RodataMode.Off ? ProtectionKind.KernelExecutable : ProtectionKind.KernelReadOnlyExecutable);
        if (builder.Machine.Config.BtiKernel && builder.Machine.Cpu.HasBti && !(profile.Facts.HeedsNoBti && builder.Machine.CommandLine.FeatureOverrides.NoBti))
        {
            code = new Protection(code.PageBits | DescriptorBits.Guarded);
        }

        Protection data = builder.Protection(ProtectionKind.Kernel);

        // Where KASLR moves it to decides how many tables it takes.
        ulong move = profile.ImageMove(builder.Machine, builder.Geometry);
        Segment(profile.Facts.Image == ImageBeginning.FirstByte ? image.Text : image.CodeStart, image.CodeEnd, code, MapFlags.None);
        Segment(image.ReadOnlyDataStart, image.InitCodeStart, data, MapFlags.NoContiguous);
        Segment(image.InitCodeStart, image.InitCodeEnd, code, MapFlags.None);
        Segment(image.InitDataStart, image.InitDataEnd, data, MapFlags.None);
        Segment(image.DataStart, image.End, data, MapFlags.None);
        builder.Add(PlanStepKind.LinkFixmap, PlanPhase.Image);

        void Segment(VirtualAddress start, VirtualAddress end, Protection protection, MapFlags flags) =>
            builder.Map(PlanPhase.Image, image.Physical(start), start + move, end.Value - start.Value, protection, flags);
    }

    private static void MapMemory(KernelProfile profile, PlanBuilder builder)
    {
        MapMem phases = new(builder);
        builder.Blocks = profile.DecideBlocks(builder.Machine, !profile.TakesKfencePool(builder.Machine) || phases.TakeKfencePool());
        if (profile.Facts.CutsCrashMemoryOut && builder.Machine.Config.KexecCore && builder.Machine.CommandLine.HasCrashKernel)
        {
            HeedCrashKernel(builder);
        }

        phases.Map(profile);
    }

    // Linux: enable_crash_mem_map, defer_reserve_crashkernel.
    private static void HeedCrashKernel(PlanBuilder builder)
    {
        if (builder.Machine.Config.ZoneDma || builder.Machine.Config.ZoneDma32)
        {
            builder.Blocks = builder.Blocks.ForbiddenToo(
                "crashkernel= is on the command line, and with CONFIG_ZONE_DMA or CONFIG_ZONE_DMA32 its memory is chosen after the linear map is made (until 6.2)");
        }
        else
        {
            builder.Remark("Without DMA zones the crash kernel's memory is reserved before the linear map and mapped apart; that is not planned.");
        }
    }

    // The code that runs with the MMU's tables in question, and the flag that the switch to non-global mappings needs.
    private static void CreateIdentityMap(PlanBuilder builder, KernelImage image)
    {
        Identity(image.IdentityCodeStart, image.IdentityCodeEnd.Value - image.IdentityCodeStart.Value, ProtectionKind.KernelReadOnlyExecutable);
        if (builder.Machine.Config.UnmapKernelAtEl0 && image.KptiFlag is { } flag)
        {
            Identity(flag, sizeof(uint), ProtectionKind.Kernel);
        }

        void Identity(VirtualAddress start, ulong size, ProtectionKind kind)
        {
            PhysicalAddress physical = image.Physical(start);
            builder.Map(PlanPhase.IdentityMap, physical, new VirtualAddress(physical.Value), size, builder.Protection(kind), MapFlags.None, PlanRoot.Identity);
        }
    }
}
