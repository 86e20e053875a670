using Ptewright.Addressing;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Kernels.Planning;

/// <summary>Collects the steps of a kernel's plan.</summary>
internal sealed class PlanBuilder
{
    private readonly List<PlanStep> _steps = [];
    private readonly List<string> _remarks;
    private readonly bool _notGlobal;
    private readonly KernelFacts _facts;
    private readonly OutputAddressFormat _format;

    internal PlanBuilder(
        KernelMachine machine, BootMemory memory, TableGeometry geometry, OutputAddressFormat format, bool notGlobal, KernelFacts facts, List<string> remarks)
    {
        Machine = machine;
        Memory = memory;
        Geometry = geometry;
        _format = format;
        _notGlobal = notGlobal;
        _facts = facts;
        _remarks = remarks;
    }

    /// <summary>What the kernel found.</summary>
    public KernelMachine Machine { get; }

    /// <summary>Its memory, as decided.</summary>
    public BootMemory Memory { get; }

    /// <summary>The shape of its tables.</summary>
    public TableGeometry Geometry { get; }

    /// <summary>Whether banks of memory may have blocks, and why; the profile says it.</summary>
    public BlockDecision Blocks { get; internal set; } = new(true, []);

    /// <summary>The steps so far.</summary>
    public IReadOnlyList<PlanStep> Steps => _steps;

    /// <summary>The bits of a named protection on this machine.</summary>
    public Protection Protection(ProtectionKind kind)
    {
        Protection protection = Translation.Protection.Create(kind, _notGlobal, _format.IsLpa2);
        return _facts.MarksDirty ? protection : protection.WithoutDirty();
    }

    /// <summary>What new tables of the linear map forbid.</summary>
    public MapFlags TableFlags => _facts.HasTableRights ? MapFlags.NoExec : MapFlags.None;

    /// <summary>KFENCE's pool, if it was taken from the top of memory before anything else.</summary>
    public MemoryRegion KfencePool { get; set; }

    /// <summary>Adds a step that maps nothing.</summary>
    public void Add(PlanStepKind kind, PlanPhase phase) => _steps.Add(new PlanStep(kind, phase));

    /// <summary>Adds steps that another planner listed.</summary>
    internal void Add(IEnumerable<PlanStep> steps) => _steps.AddRange(steps);

    /// <summary>The rule of <c>map_mem</c> for this kernel on this machine, once <see cref="Blocks"/> is decided.</summary>
    /// <param name="flags">What is forbidden in banks besides.</param>
    /// <param name="wholePages">Whether a bank is cut to whole pages.</param>
    internal LinearMapPlanner Planner(MapFlags flags, bool wholePages) =>
        new(Memory.Place, Protection(ProtectionKind.KernelTagged), Protection(ProtectionKind.Kernel), Blocks.Flags | TableFlags | flags, wholePages);

    /// <summary>Adds a mapping at an address of the caller's.</summary>
    public void Map(PlanPhase phase, PhysicalAddress physical, VirtualAddress address, ulong size, Protection protection, MapFlags flags, PlanRoot root = PlanRoot.Kernel) =>
        _steps.Add(new PlanStep(PlanStepKind.Map, phase, new MapRequest(physical, address, size, protection, flags), root));

    /// <summary>Takes pages from the top of memory before tables do. Linux: <c>memblock_phys_alloc</c>.</summary>
    /// <param name="size">A multiple of the page size.</param>
    /// <returns>Null when no range is free.</returns>
    public unsafe PhysicalAddress? Allocate(ulong size)
    {
        PhysicalAddress first = new(Geometry.PageSize);
        if (!Memory.Layout.Blocks->TryFindRoom(size, Geometry.PageSize, first, new PhysicalAddress(ulong.MaxValue), bottomUp: false, out PhysicalAddress place))
        {
            return null;
        }

        Memory.Layout.Reserve(place, place + size);
        return place;
    }

    /// <summary>Notes what was assumed or left out.</summary>
    public void Remark(string sentence) => _remarks.Add(sentence);
}
