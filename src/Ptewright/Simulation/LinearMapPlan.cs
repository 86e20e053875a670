using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Simulation;

/// <summary>Everything that decides about the tables except the strategy: settings, memory, and the ordered map requests.</summary>
public sealed class LinearMapPlan
{
    private LinearMapPlan(TableSettings settings, FixmapLayout fixmap, Protection window, MemoryLayout memory, IReadOnlyList<PlanStep> steps)
    {
        Settings = settings;
        Fixmap = fixmap;
        WindowProtection = window;
        Memory = memory;
        Steps = steps;
        Requests = [.. steps.Where(step => step is { Kind: PlanStepKind.Map, Root: PlanRoot.Kernel }).Select(step => step.Request)];
    }

    /// <summary>Shape, format and table bits.</summary>
    internal TableSettings Settings { get; }

    /// <summary>Where the fixmap slots lie.</summary>
    internal FixmapLayout Fixmap { get; }

    /// <summary>What a fixmap slot maps a table page with.</summary>
    public Protection WindowProtection { get; }

    /// <summary>The memory that tables are taken from.</summary>
    public MemoryLayout Memory { get; }

    /// <summary>What is done, in order.</summary>
    internal IReadOnlyList<PlanStep> Steps { get; }

    /// <summary>What is mapped below the kernel's root, in order.</summary>
    public IReadOnlyList<MapRequest> Requests { get; }

    /// <summary>Where the kernel's root lies, if that is known: inside the image, in memory.</summary>
    public PhysicalAddress? Root { get; private init; }

    /// <summary>Where the identity map's root lies, if there is one.</summary>
    public PhysicalAddress? IdentityRoot { get; private init; }

    /// <summary>Where the fixmap's own tables lie, one page after the other, if that is known: inside the image, in memory.</summary>
    public PhysicalAddress? FixmapTables { get; private init; }

    /// <summary>Whether the identity map needs another TCR_EL1.T0SZ than the kernel's lower half.</summary>
    public bool IdentityResizesLowerHalf { get; private init; }

    /// <summary>The physical address that lies, or would lie, at PAGE_OFFSET; may wrap below 0. Linux: <c>memstart_addr</c>.</summary>
    public PhysicalAddress MemoryStart { get; private init; }

    /// <summary>A plan with requests of the caller's own.</summary>
    /// <param name="settings">Shape, format and table bits.</param>
    /// <param name="fixmap">Where the fixmap slots lie.</param>
    /// <param name="memory">The memory that tables are taken from.</param>
    /// <param name="requests">What is mapped, in order.</param>
    internal static LinearMapPlan ForRequests(TableSettings settings, FixmapLayout fixmap, MemoryLayout memory, IReadOnlyList<MapRequest> requests) => new(
        settings,
        fixmap,
        Protection.Create(ProtectionKind.Kernel, notGlobal: false, settings.Format.IsLpa2),
        memory,
        [.. requests.Select(request => new PlanStep(PlanStepKind.Map, PlanPhase.LinearMap, request))])
    {
        MemoryStart = LinearMapPlace.Of(settings.Geometry, memory.Start).MemoryStart,
    };

    /// <summary>A plan of steps, over roots inside a kernel image.</summary>
    /// <param name="settings">Shape, format and table bits.</param>
    /// <param name="fixmap">Where the fixmap slots lie.</param>
    /// <param name="window">What a fixmap slot maps a table page with.</param>
    /// <param name="memory">The memory that tables are taken from.</param>
    /// <param name="memoryStart">The physical address at PAGE_OFFSET.</param>
    /// <param name="steps">What is done, in order.</param>
    /// <param name="root">Where the kernel's root lies, or null for a place outside memory.</param>
    /// <param name="identityRoot">Where the identity map's root lies, or null.</param>
    /// <param name="identityResizesLowerHalf">Whether the identity map needs another TCR_EL1.T0SZ than the kernel's lower half.</param>
    /// <param name="fixmapTables">Where the fixmap's own tables lie, one page after the other, or null for a place outside memory.</param>
    internal static LinearMapPlan ForSteps(
        TableSettings settings,
        FixmapLayout fixmap,
        Protection window,
        MemoryLayout memory,
        PhysicalAddress memoryStart,
        IReadOnlyList<PlanStep> steps,
        PhysicalAddress? root,
        PhysicalAddress? identityRoot,
        bool identityResizesLowerHalf,
        PhysicalAddress? fixmapTables = null) => new(settings, fixmap, window, memory, steps)
    {
        MemoryStart = memoryStart,
        Root = root,
        IdentityRoot = identityRoot,
        IdentityResizesLowerHalf = identityResizesLowerHalf,
        FixmapTables = fixmapTables,
    };

    /// <summary>The plan of a kernel without an image: every memory region that may be mapped, in ascending order.</summary>
    /// <param name="memory">The memory.</param>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="wideAddresses">Whether descriptors hold 52-bit output addresses (LPA, LPA2).</param>
    /// <param name="flags">What is forbidden; <see cref="MapFlags.NoBlock"/> and <see cref="MapFlags.NoContiguous"/> make a map of single pages.</param>
    /// <exception cref="InvalidInputException">There is no memory, or it does not fit the linear map.</exception>
    /// <remarks>Linux: <c>map_mem</c>, the loop over memory. Protections, table bits and change safety are those of 6.12.</remarks>
    public static LinearMapPlan ForMemory(MemoryLayout memory, TableGeometry geometry, bool wideAddresses, MapFlags flags)
    {
        if (memory.MappedBytes == 0)
        {
            throw new InvalidInputException("There is no memory to map.");
        }

        OutputAddressFormat format = wideAddresses ? OutputAddressFormat.Bits52(geometry.Granule) : OutputAddressFormat.Bits48(geometry.Granule);
        TableSettings settings = new(geometry, format, TableSettings.UsualTableBits, ChangeSafety.InvalidIsFree, rootThroughSlot: false);

        LinearMapPlace place = LinearMapPlace.Of(geometry, memory.Start);
        if (memory.End > place.End)
        {
            throw new InvalidInputException(
                $"Memory from {place.Start} to {memory.End} does not fit the linear map of {LinearMapPlace.Room(geometry) >> 30} GiB that {geometry.ActualVirtualAddressBits}-bit virtual addresses leave.");
        }

        if ((memory.End.Value - 1) >> format.AddressBits != 0)
        {
            throw new InvalidInputException($"Memory up to {memory.End} does not fit {format.AddressBits}-bit physical addresses.");
        }

        // Whole pages inside a bank only (6.12.117; earlier trees widen, and map a neighbour's bytes with it).
        LinearMapPlanner planner = new(place, format, notGlobal: false, flags, wholePages: true);
        Protection window = Protection.Create(ProtectionKind.Kernel, notGlobal: false, format.IsLpa2);
        IReadOnlyList<PlanStep> steps = MapMemSteps.Of(planner, memory);
        return new LinearMapPlan(settings, FixmapLayout.Usual(geometry.Granule), window, memory, steps) { MemoryStart = place.MemoryStart };
    }
}
