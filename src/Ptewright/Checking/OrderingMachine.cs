using Ptewright.Addressing;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Symbols;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Checking;

/// <summary>A sequence of operations with its name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Summary">What is done in it.</param>
/// <param name="Sequence">The operations.</param>
/// <param name="Tables">How many tables are made.</param>
/// <param name="IsLate">Whether a running kernel makes them.</param>
internal sealed record OrderingCase(string Name, string Summary, OrderingSequence Sequence, int Tables, bool IsLate);

/// <summary>A machine that is as small as it can be and still has a kernel do everything: tables of every level, each slot used again, an edge at every boundary.</summary>
/// <remarks>The engine runs on it; what is recorded is what the real code does.</remarks>
internal sealed class OrderingMachine : IDisposable
{
    private const ulong Base = 0x4000_0000;
    private const ulong TableReach = 512UL << 30;

    // Code of 64 KiB and 2 MiB (a run of pages and a block), then 64 KiB of read-only data with the roots, then a few pages of each kind.
    private const string Symbols = """
        ffff8000081e0000 T _text
        ffff8000081f0000 T _stext
        ffff8000083f0000 T __idmap_text_start
        ffff8000083f1000 T __idmap_text_end
        ffff800008400000 T _etext
        ffff800008400000 R __start_rodata
        ffff800008401000 R swapper_pg_dir
        ffff800008402000 R reserved_pg_dir
        ffff800008403000 R idmap_pg_dir
        ffff800008404000 R tramp_pg_dir
        ffff800008410000 T __init_begin
        ffff800008410000 T __inittext_begin
        ffff800008412000 T __inittext_end
        ffff800008412000 D __initdata_begin
        ffff800008414000 D __initdata_end
        ffff800008414000 D __init_end
        ffff800008414000 D _data
        ffff800008415000 D __idmap_kpti_flag
        ffff800008416000 B _end
        """;

    private readonly StrategyPreset _strategy;
    private readonly KernelPlan _plan;
    private readonly LinearMapSimulation _simulation;

    /// <summary>Makes the machine for a kernel.</summary>
    public OrderingMachine(KernelProfile profile, StrategyPreset strategy)
    {
        _strategy = strategy;
        KernelMachine machine = new(
            Memory(IsLazy), CpuModel.Find("max"), profile.ReadDefaultConfig(), KernelCommandLine.Empty, SystemMap.Parse(Symbols, "the sample image").ImageAt(new PhysicalAddress(Base + 0x1e_0000)));
        _plan = profile.Plan(machine, KernelScope.PagingInit);
        _simulation = new LinearMapSimulation(_plan.Plan, machine.Cpu.HasRangeInvalidation);
    }

    private bool IsLazy => _strategy.Options.Closing == Closing.Lazy;

    private TableGeometry Geometry => _plan.Geometry;

    /// <summary>The kernel makes its tables at boot.</summary>
    public OrderingCase Boot()
    {
        OrderingLog log = Log();
        _simulation.StepDone = _ => log.Add(new OrderingEvent(OrderingKind.Return));
        BuildResult result = _simulation.Build(_strategy.Options, new OrderingRecorder(log), out _);
        _simulation.StepDone = null;
        log.Add(new OrderingEvent(OrderingKind.Return));

        bool replaced = _plan.Plan.Steps.Any(step => step.Kind == PlanStepKind.ReplaceRoot);
        return new OrderingCase(
            "boot",
            replaced
                ? "paging_init builds the tables below a root that is not live until cpu_replace_ttbr1; one CPU runs."
                : "map_mem builds the tables below the live root; one CPU runs.",
            Sequence(log, replaced ? _simulation.LiveRoot.Value : _simulation.Root.Value, replaced ? SomeIdentityMap : 0, hasOtherCpus: false),
            (int)(result.Statistics.Tables + result.TemporaryTables),
            IsLate: false);
    }

    /// <summary>Memory is added to the running kernel, several times.</summary>
    public OrderingCase HotAdd()
    {
        LateSimulation late = Late();
        OrderingLog log = Log();
        ulong tables = 0;
        foreach ((ulong start, ulong size) in Ranges(IsLazy))
        {
            tables += late.HotAdd(new PhysicalAddress(start), size, Reach.Fixmap, new OrderingRecorder(log)).Statistics.Tables;
            log.Add(new OrderingEvent(OrderingKind.Return));
        }

        return new OrderingCase(
            "hot-add",
            "arch_add_memory writes the live tables through the fixmap, several calls one after another; other CPUs run.",
            Sequence(log, _simulation.Root.Value, 0, hasOtherCpus: true),
            (int)tables,
            IsLate: true);
    }

    /// <summary>The memory is removed again, and the tables that become empty are freed.</summary>
    public OrderingCase HotRemove()
    {
        LateSimulation late = Late();
        foreach ((ulong start, ulong size) in Ranges(fillsLazySlots: false))
        {
            _ = late.HotAdd(new PhysicalAddress(start), size, Reach.Fixmap);
        }

        OrderingLog log = Log();
        ulong tables = 0;
        foreach ((ulong start, ulong size) in Ranges(fillsLazySlots: false))
        {
            tables += late.HotRemove(new PhysicalAddress(start), size, Reach.Fixmap, new OrderingRecorder(log)).Removed.Tables;
            log.Add(new OrderingEvent(OrderingKind.Return));
        }

        return new OrderingCase(
            "hot-remove",
            "arch_remove_memory clears the leaves, invalidates them, and frees the tables that are empty then; other CPUs run.",
            Sequence(log, _simulation.Root.Value, 0, hasOtherCpus: true),
            (int)tables,
            IsLate: true);
    }

    private LateSimulation Late()
    {
        _ = _simulation.Build(_strategy.Options);
        return new LateSimulation(_simulation, new LateOptions(_strategy.Options, MapFlags.NoBlock | MapFlags.NoContiguous));
    }

    // Over the edge of a root entry; the same tables again; over the edge of a PTE table; over the edge of a PMD table; and more tables than lazy slots.
    private static List<(ulong Start, ulong Size)> Ranges(bool fillsLazySlots)
    {
        ulong edge = Base + (2 * TableReach);
        List<(ulong Start, ulong Size)> ranges = [(edge - 0x1000, 0x2000), (edge + 0x1000, 0x3000), (edge + 0x1f_f000, 0x2000), (edge + 0x3fff_f000, 0x2000)];
        if (fillsLazySlots)
        {
            ranges.Add((edge + 0x8000_0000, 36 << 20));
        }

        return ranges;
    }

    /// <inheritdoc/>
    public void Dispose() => _simulation.Dispose();

    // What head.S left in TTBR0: some identity map, whose tables are not simulated.
    private ulong SomeIdentityMap => _simulation.Image.Start.Value + 8;

    private static MemoryLayout Memory(bool isLazy)
    {
        ulong edge = Base + TableReach;
        MemoryLayout memory = new();
        Add(Base + 0x1d_0000, 0x26_0000);
        Add(Base + 0x1ff_f000, 0x2000);
        Add(Base + 0x3fff_f000, 0x2000);
        Add(edge - 0x1000, isLazy ? 36UL << 20 : 0x4_0000);
        return memory;

        void Add(ulong start, ulong size) => memory.Add(new PhysicalAddress(start), new PhysicalAddress(start + size));
    }

    // Windows below the roots depend on tables; the image does not, and neither does what the simulation itself reaches by a pointer.
    private OrderingLog Log() => new(Geometry.PageSize, window =>
        OrderingWalker.IsUpper(window.Address.Value)
        || (window.Address.Value == window.Table.Value && (window.Table < _simulation.Image.Start || window.Table >= _simulation.Image.End)));

    private OrderingSequence Sequence(OrderingLog log, ulong ttbr1, ulong ttbr0, bool hasOtherCpus)
    {
        ulong slotTable = _simulation.Fixmap!.Value.SlotTable.Value;
        AddNextCaller(log, slotTable);
        bool isPremapped = !hasOtherCpus && _strategy.Options.Reach == Reach.Direct;
        OrderingSetting setting = new(
            Geometry,
            _plan.Plan.Settings.Format,
            isPremapped ? LowerGeometry() : null,
            ttbr1,
            isPremapped ? 0 : ttbr0,
            _simulation.Root.Value,
            slotTable,
            [.. new[] { _simulation.LiveRoot.Value, _simulation.Root.Value, _plan.Plan.IdentityRoot?.Value ?? 0 }.Where(root => root != 0)],
            hasOtherCpus,
            page => ReadPage(log, page, ttbr1));
        return new OrderingSequence(setting, log.Events);
    }

    private unsafe TableGeometry LowerGeometry() => TemporaryMap.GeometryFor(Geometry.Granule, *_plan.Plan.Memory.Blocks);

    // Each slot that was used is used once more, at no longer distance than any caller could: its entry is stored, DSB ISHST, ISB, and the table is read.
    private void AddNextCaller(OrderingLog log, ulong slotTable)
    {
        OrderingEvent[] mapped = [.. log.Events.Where(item => item.Kind == OrderingKind.Mapped).DistinctBy(item => item.Address & ~(Geometry.PageSize - 1))];
        ulong bits = _plan.Plan.WindowProtection.PageBits;
        Func<int, ulong> page = number => (ulong)(number + 1) * Geometry.PageSize;
        for (int i = 0; i < mapped.Length; i++)
        {
            log.Add(new OrderingEvent(OrderingKind.Store)
            {
                Page = slotTable,
                Index = Geometry.Index(3, new VirtualAddress(mapped[i].Address)),
                Level = 3,
                Value = _plan.Plan.Settings.Format.Encode(new PhysicalAddress(page(i))) | bits,
                IsNextCaller = true,
            });
        }

        log.Add(new OrderingEvent(OrderingKind.DsbIshst) { IsNextCaller = true });
        log.Add(new OrderingEvent(OrderingKind.Isb) { IsNextCaller = true });
        for (int i = 0; i < mapped.Length; i++)
        {
            log.Add(new OrderingEvent(OrderingKind.Access) { Page = page(i), Address = mapped[i].Address & ~(Geometry.PageSize - 1), IsNextCaller = true });
        }
    }

    // A root that is live has the fixmap from the start of the kernel on; the simulation keeps that in a root of its own.
    private unsafe ulong[] ReadPage(OrderingLog log, ulong page, ulong ttbr1)
    {
        ulong[] entries = log.Before.TryGetValue(page, out ulong[]? before) ? [.. before] : Read(page);
        if (page == ttbr1 && page != _simulation.LiveRoot.Value)
        {
            ulong[] fixmap = Read(_simulation.LiveRoot.Value);
            for (int i = 0; i < entries.Length; i++)
            {
                entries[i] = entries[i] == 0 ? fixmap[i] : entries[i];
            }
        }

        return entries;

        ulong[] Read(ulong at)
        {
            ReadOnlySpan<byte> bytes = _simulation.Memory.Read(new PhysicalAddress(at), (int)Geometry.PageSize);
            return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(bytes).ToArray();
        }
    }
}
