using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Booting;

/// <summary>What the boot image does: the same plan here and at EL1, made from the same device tree.</summary>
/// <remarks>
/// <para><see cref="BootScope.LinearMap"/>: a linear map of the shape that Linux 6.12 gives it when it needs single pages. All memory around the image in pages (no blocks, no runs), then the
/// image itself as the kernel's alias (untagged, no runs, but blocks where they fit): <see cref="LinearMapPlanner"/>.</para>
/// <para><see cref="BootScope.NewRoot"/>: the steps of the older order (Linux up to v6.8: <c>paging_init</c>), around such a map. The image has two segments, because its file has two: code with
/// constants, and what can be written. Only the first is the kernel's alias. Unlike those kernels, banks are cut to whole pages, so that nothing of a neighbour is mapped.</para>
/// </remarks>
internal static unsafe class BootPlan
{
    // Open, two segments, link; close, switch, identity map.
    private const int StepsAround = 7;

    /// <summary>Table bits, change safety and format of the plan.</summary>
    public static TableSettings Settings(in TableGeometry geometry, in OutputAddressFormat format, BootScope scope) => new(
        geometry,
        format,
        TableSettings.UsualTableBits,
        scope == BootScope.LinearMap ? ChangeSafety.InvalidIsFree : ChangeSafety.PermissionsOnly,
        rootThroughSlot: false);

    /// <summary>Whether a scope has tables of this shape: with the older order, 52 bits of address need 64K pages.</summary>
    public static bool Has(BootScope scope, GranuleSize granule, int virtualAddressBits) =>
        scope == BootScope.LinearMap || granule == GranuleSize.Size64K || virtualAddressBits < 52;

    /// <summary>Where the fixmap slots lie.</summary>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="scope">The scope: a root that is built aside takes the fixmap's tables over as a whole, so they must not share an entry with the image.</param>
    /// <param name="image">Where the image runs.</param>
    public static FixmapLayout Fixmap(in TableGeometry geometry, BootScope scope, VirtualAddress image)
    {
        FixmapLayout usual = FixmapLayout.Usual(geometry.Granule);
        if (scope == BootScope.LinearMap)
        {
            return usual;
        }

        // With 16K pages and four levels the root has two entries, so it is the level below that counts.
        int level = geometry.RootLevel + (geometry.Granule == GranuleSize.Size16K && geometry.Levels >= 4 ? 1 : 0);
        ulong entry = image.Value >> geometry.Shift(level) << geometry.Shift(level);
        return new FixmapLayout(geometry.Granule, usual.Top + entry, usual.PteIndex, hasP4d: false);
    }

    /// <summary>How many steps a plan has at most.</summary>
    /// <param name="blocks">The memory.</param>
    public static int MaxSteps(in MemoryBlocks blocks) => LinearMapPlanner.MaxSteps(blocks) + StepsAround;

    /// <summary>Cuts off the memory that the linear map cannot hold, then lists what is done, in order.</summary>
    /// <param name="blocks">Memory and reservations; afterwards without what was cut off.</param>
    /// <param name="settings">Shape and format of the tables.</param>
    /// <param name="image">Where the image lies.</param>
    /// <param name="scope">How much is done.</param>
    /// <param name="steps">Room for <see cref="MaxSteps"/> steps.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="place">Where the map lies.</param>
    /// <returns><see cref="FailureCode.TooManyRegions"/>; <see cref="FailureCode.AddressNotCovered"/> when the image is not in memory that can be mapped.</returns>
    public static FailureCode TryMake(
        ref MemoryBlocks blocks, in TableSettings settings, in BootPlace image, BootScope scope, PlanStep* steps, out int count, out LinearMapPlace place)
    {
        count = 0;

        // The map does not move for the image, as a kernel's would: whoever loads the image far above other memory is told so.
        if (!LinearMapPlace.TryFit(ref blocks, settings.Geometry, settings.Format.AddressBits, default, out place, out _))
        {
            return FailureCode.TooManyRegions;
        }

        if (!Holds(blocks.Memory, image.Start, image.End))
        {
            return FailureCode.AddressNotCovered;
        }

        bool lpa2 = settings.Format.IsLpa2;
        if (scope == BootScope.NewRoot)
        {
            steps[count++] = new PlanStep(PlanStepKind.OpenRoot, PlanPhase.Root);
            steps[count++] = Segment(image.Start, image.CodeEnd, image.Virtual, ProtectionKind.KernelReadOnlyExecutable, lpa2);
            steps[count++] = Segment(image.CodeEnd, image.End, image.Virtual + (image.CodeEnd.Value - image.Start.Value), ProtectionKind.Kernel, lpa2);
            steps[count++] = new PlanStep(PlanStepKind.LinkFixmap, PlanPhase.Image);
        }

        LinearMapPlanner planner = new(place, settings.Format, notGlobal: false, LinearMapPlanner.PagesOnly, wholePages: true);
        MemoryRegion alias = new(image.Start, scope == BootScope.LinearMap ? image.End : image.CodeEnd, false);
        if (!planner.TryPlan(ref blocks, alias, default, steps + count, out int mapped))
        {
            return FailureCode.TooManyRegions;
        }

        count += mapped;
        if (scope == BootScope.NewRoot)
        {
            Protection code = Protection.Create(ProtectionKind.KernelReadOnlyExecutable, notGlobal: false, lpa2);
            MapRequest identity = new(image.Start, new VirtualAddress(image.Start.Value), image.CodeEnd.Value - image.Start.Value, code, MapFlags.None);
            steps[count++] = new PlanStep(PlanStepKind.CloseRoot, PlanPhase.Root);
            steps[count++] = new PlanStep(PlanStepKind.ReplaceRoot, PlanPhase.Switch);
            steps[count++] = new PlanStep(PlanStepKind.Map, PlanPhase.IdentityMap, identity, PlanRoot.Identity);
        }

        return FailureCode.None;
    }

    private static PlanStep Segment(PhysicalAddress start, PhysicalAddress end, VirtualAddress address, ProtectionKind kind, bool lpa2)
    {
        MapRequest request = new(start, address, end.Value - start.Value, Protection.Create(kind, notGlobal: false, lpa2), MapFlags.None);
        return new PlanStep(PlanStepKind.Map, PlanPhase.Image, request);
    }

    private static bool Holds(in RegionList memory, PhysicalAddress start, PhysicalAddress end)
    {
        for (int i = 0; i < memory.Count; i++)
        {
            if (!memory[i].NoMap && memory[i].Start <= start && end <= memory[i].End)
            {
                return true;
            }
        }

        return false;
    }
}
