using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;
using LateAllocator = Ptewright.Memory.LatePageAllocator<Ptewright.Memory.HostMemory>;

namespace Ptewright.Simulation;

/// <summary>A running kernel's changes of its linear map, on top of one that a simulation built: memory comes and goes, protections change.</summary>
/// <remarks>
/// <para>Each change is made through the fixmap, as kernels do, or directly through the linear map (<see cref="LinearMapAccess{TMemory}"/>): the tables are the
/// same, the counts are not. Removal reaches tables directly in any case, as the kernel does; only a read-only root takes a slot.</para>
/// <para>Table pages come from the largest free range that the build left. A later build of the same simulation makes this object useless.</para>
/// </remarks>
public sealed unsafe class LateSimulation
{
    private readonly LinearMapSimulation _built;
    private readonly LateOptions _options;
    private readonly TableSettings _settings;
    private readonly Fixmap<HostMemory> _fixmap;
    private readonly VirtualAddress _offset;
    private readonly List<MemoryRegion> _added = [];
    private LateAllocator _allocator;

    /// <summary>Goes on where <paramref name="built"/> stopped.</summary>
    /// <param name="built">A simulation that has built its tables; it must outlive this object.</param>
    /// <param name="options">How this kernel changes them.</param>
    /// <exception cref="InvalidOperationException">Nothing is built yet, or the build left no free page.</exception>
    public LateSimulation(LinearMapSimulation built, LateOptions options)
    {
        _built = built;
        _options = options;
        LinearMapPlan plan = built.Plan;
        TableSettings boot = plan.Settings;
        _settings = new TableSettings(boot.Geometry, boot.Format, boot.TableBits, boot.ChangeSafety, options.RootThroughSlot, options.RangeFlush);
        _fixmap = built.Fixmap ?? throw new InvalidOperationException("Build the tables before changing them.");
        _offset = OffsetOf(plan);

        (PhysicalAddress start, PhysicalAddress end) = LargestFree(built.Left!, boot.Geometry.PageSize);
        _allocator = new LateAllocator(built.Memory.View, start, end, boot.Geometry.PageSize);
    }

    private enum Change
    {
        Add,
        Remove,
        Protect,
    }

    /// <summary>Pages that the late allocator has given for tables and not got back.</summary>
    public ulong Outstanding => _allocator.Outstanding;

    /// <summary>The memory that was added and not removed, in the order of its adding.</summary>
    public IReadOnlyList<MemoryRegion> Added => _added;

    /// <summary>Where the linear map shows a physical address.</summary>
    public VirtualAddress Virtual(PhysicalAddress address) => _offset + address.Value;

    /// <summary>Adds memory and maps it. Linux: <c>arch_add_memory</c>.</summary>
    /// <param name="start">Its first byte, page-aligned.</param>
    /// <param name="size">Its length in bytes, a multiple of the page size.</param>
    /// <param name="reach">How tables are reached: through fixmap slots, or through the linear map.</param>
    /// <exception cref="InvalidInputException">There is memory already.</exception>
    /// <exception cref="MapFailureException">The engine stopped. What it had linked is removed again, as from v6.19 (earlier kernels stop for
    /// good).</exception>
    public LateResult HotAdd(PhysicalAddress start, ulong size, Reach reach) => HotAdd(start, size, reach, default(VectorCpu));

    /// <summary>As <see cref="HotAdd(PhysicalAddress, ulong, Reach)"/>, executed by a CPU of the caller's: a recording one, say.</summary>
    internal LateResult HotAdd<TCpu>(PhysicalAddress start, ulong size, Reach reach, TCpu cpu)
        where TCpu : struct, ICpu
    {
        MemoryRegion region = new(start, start + size, false);
        if (_added.Concat(_built.Plan.Memory.Memory).Concat(Mapped()).FirstOrDefault(other => Overlap(region, other)) is { Size: > 0 } taken)
        {
            throw new InvalidInputException($"Memory from {start} to {start + size} overlaps memory from {taken.Start} to {taken.End}.");
        }

        MapRequest request = new(start, Virtual(start), size, Protection(ProtectionKind.KernelTagged), _options.Flags | MapFlags.NoExec);
        SimulationMemory.RequireLate(_built.Plan, request);
        LateResult result = Run(Change.Add, request, reach, cpu, out MapFailure failure);
        if (failure.Code != FailureCode.None)
        {
            _ = Run(Change.Remove, request, reach, cpu, out _);
            throw new MapFailureException(failure);
        }

        _added.Add(region);
        return result;
    }

    /// <summary>Removes memory that was added, or a part of it. Linux: <c>arch_remove_memory</c>.</summary>
    /// <param name="start">Its first byte, page-aligned.</param>
    /// <param name="size">Its length in bytes, a multiple of the page size.</param>
    /// <param name="reach">How a read-only root is reached; makes no difference, because it has no other way than its slot.</param>
    /// <exception cref="InvalidInputException">Not all of it was added: memory of boot time cannot be removed
    /// (<c>prevent_bootmem_remove_notifier</c>).</exception>
    /// <exception cref="MapFailureException">The engine stopped.</exception>
    public LateResult HotRemove(PhysicalAddress start, ulong size, Reach reach) => HotRemove(start, size, reach, default(VectorCpu));

    /// <summary>As <see cref="HotRemove(PhysicalAddress, ulong, Reach)"/>, executed by a CPU of the caller's.</summary>
    internal LateResult HotRemove<TCpu>(PhysicalAddress start, ulong size, Reach reach, TCpu cpu)
        where TCpu : struct, ICpu
    {
        MemoryRegion region = new(start, start + size, false);
        ulong covered = _added.Where(other => Overlap(region, other))
            .Aggregate(0UL, (sum, other) => sum + Math.Min(region.End.Value, other.End.Value) - Math.Max(start.Value, other.Start.Value));
        if (size == 0 || covered != size)
        {
            throw new InvalidInputException($"Memory from {start} to {start + size} was not added, or not all of it, so it cannot be removed.");
        }

        LateResult result = Run(Change.Remove, new MapRequest(start, Virtual(start), size, default, MapFlags.None), reach, cpu, out MapFailure failure);
        if (failure.Code != FailureCode.None)
        {
            throw new MapFailureException(failure);
        }

        Forget(region);
        return result;
    }

    /// <summary>Gives a range of the linear map another protection. Linux: <c>update_mapping_prot</c>, <c>mark_linear_text_alias_ro</c>.</summary>
    /// <param name="start">Its first byte.</param>
    /// <param name="size">Its length in bytes; widened to whole pages.</param>
    /// <param name="kind">The new protection.</param>
    /// <param name="reach">How tables are reached.</param>
    /// <exception cref="MapFailureException">A table is missing, or the change is not safe.</exception>
    public LateResult ChangeProtection(PhysicalAddress start, ulong size, ProtectionKind kind, Reach reach) =>
        ChangeProtection(new MapRequest(start, Virtual(start), size, Protection(kind), _options.Change), reach);

    /// <summary>Gives a range of the kernel's half another protection: the image's own mapping, say. Linux: <c>mark_rodata_ro</c>.</summary>
    /// <param name="request">The range as it is mapped, with its new protection.</param>
    /// <param name="reach">How tables are reached.</param>
    /// <exception cref="MapFailureException">A table is missing, or the change is not safe.</exception>
    public LateResult ChangeProtection(MapRequest request, Reach reach)
    {
        LateResult result = Run(Change.Protect, request, reach, default(VectorCpu), out MapFailure failure);
        return failure.Code == FailureCode.None ? result : throw new MapFailureException(failure);
    }

    // The distance of the linear map is that of the first range in it; the start of memory alone does not say it on every configuration.
    private static VirtualAddress OffsetOf(LinearMapPlan plan)
    {
        PlanStep mapped = plan.Steps.FirstOrDefault(step => step is { Kind: PlanStepKind.Map, Root: PlanRoot.Kernel, Phase: PlanPhase.LinearMap });
        return mapped.Request.Size == 0
            ? plan.Settings.Geometry.PageOffset - plan.MemoryStart.Value
            : mapped.Request.Virtual - mapped.Request.Physical.Value;
    }

    private static (PhysicalAddress Start, PhysicalAddress End) LargestFree(MemoryLayout memory, ulong pageSize)
    {
        (PhysicalAddress Start, PhysicalAddress End) largest = default;
        PhysicalAddress limit = new(ulong.MaxValue);
        while (memory.Blocks->TryFindFree(limit, pageSize, out PhysicalAddress start, out PhysicalAddress end))
        {
            if (end.Value - start.Value > largest.End.Value - largest.Start.Value)
            {
                largest = (start, end);
            }

            limit = start;
        }

        return largest.End.Value != 0 ? largest : throw new InvalidOperationException("There is no free page for late tables.");
    }

    private static bool Overlap(MemoryRegion left, MemoryRegion right) => left.Start < right.End && right.Start < left.End;

    // What the linear map shows of boot time, whether the plan calls it memory or not.
    private IEnumerable<MemoryRegion> Mapped() => _built.Plan.Requests
        .Where(request => request.Virtual == Virtual(request.Physical))
        .Select(request => new MemoryRegion(request.Physical, request.Physical + request.Size, false));

    private void Forget(MemoryRegion region)
    {
        foreach (MemoryRegion other in _added.Where(other => Overlap(region, other)).ToArray())
        {
            int index = _added.IndexOf(other);
            _added.RemoveAt(index);
            if (region.End < other.End)
            {
                _added.Insert(index, new MemoryRegion(region.End, other.End, false));
            }

            if (other.Start < region.Start)
            {
                _added.Insert(index, new MemoryRegion(other.Start, region.Start, false));
            }
        }
    }

    private Protection Protection(ProtectionKind kind)
    {
        ulong window = _built.Plan.WindowProtection.PageBits;
        Protection protection = Translation.Protection.Create(kind, (window & DescriptorBits.NotGlobal) != 0, _settings.Format.IsLpa2);
        return (window & DescriptorBits.SoftwareDirty) != 0 ? protection : protection.WithoutDirty();
    }

    private LateResult Run<TCpu>(Change change, in MapRequest request, Reach reach, TCpu cpu, out MapFailure failure)
        where TCpu : struct, ICpu
    {
        LateWork<TCpu> work = new(this, change, request, cpu);
        StrategySwitches switches = _options.Strategy.Switches & ~StrategySwitches.ReachDirectly;
        StrategyDispatch<LateWork<TCpu>, HostMemory, No>.Run(
            ref work, _settings.Geometry.Granule, switches | (reach == Reach.Direct ? StrategySwitches.ReachDirectly : StrategySwitches.None), _fixmap, _built.HasRangeInvalidation);
        failure = work.Failure;
        return work.Result!;
    }

    private LateResult Make<TGranule, TStrategy, TAccess, TCpu>(Change change, in MapRequest request, TAccess access, TCpu inner, out MapFailure failure)
        where TGranule : struct, IGranule
        where TStrategy : struct, IStrategy
        where TAccess : struct, ITableAccess
        where TCpu : struct, ICpu
    {
        TableWindow root = _built.Tree().Root(_built.Root);
        CountingCpu<TCpu> cpu = new(inner);
        switch (change)
        {
            case Change.Add:
                LinearMapBuilder<TGranule, TStrategy, TAccess, LateAllocator, CountingCpu<TCpu>> adder = new(_settings, root, access, _allocator, cpu);
                _ = adder.TryAddMemory(request, out failure);
                _allocator = adder.Allocator;
                return new LateResult(adder.Cpu.Counts, adder.Statistics, default, Outstanding);
            case Change.Remove:
                LinearMapRemover<TGranule, TAccess, LateAllocator, CountingCpu<TCpu>> remover =
                    new(_settings, root, access, _allocator, cpu, _options.Flush);
                _ = remover.TryRemove(request.Virtual, request.Size, out failure);
                _allocator = remover.Allocator;
                return new LateResult(remover.Cpu.Counts, default, remover.Statistics, Outstanding);
            default:
                LinearMapBuilder<TGranule, TStrategy, TAccess, NoAllocator, CountingCpu<TCpu>> changer = new(_settings, root, access, default, cpu);
                _ = changer.TryChangeProtection(request, out failure);
                return new LateResult(changer.Cpu.Counts, changer.Statistics, default, Outstanding);
        }
    }

    // A change, once its types are chosen.
    private struct LateWork<TCpu>(LateSimulation late, Change change, MapRequest request, TCpu cpu) : IStrategyWork
        where TCpu : struct, ICpu
    {
        public LateResult? Result;
        public MapFailure Failure;

        public void Run<TGranule, TStrategy, TAccess>(TAccess access)
            where TGranule : struct, IGranule
            where TStrategy : struct, IStrategy
            where TAccess : struct, ITableAccess =>
            Result = late.Make<TGranule, TStrategy, TAccess, TCpu>(change, request, access, cpu, out Failure);

        public void RunDirectly<TGranule, TStrategy>()
            where TGranule : struct, IGranule
            where TStrategy : struct, IStrategy =>
            Run<TGranule, TStrategy, LinearMapAccess<HostMemory>>(new LinearMapAccess<HostMemory>(late._built.Memory.View, late._offset, late._fixmap));
    }
}
