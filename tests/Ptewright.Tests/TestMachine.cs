using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Images;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests;

/// <summary>A small machine: 16 MiB of dirty memory, an empty root, and a fixmap linked into a root of its own.</summary>
/// <remarks>From its start: the root that is built, the root that is live, room for the fixmap's tables, then (from <see cref="Tables"/> on) pages for tables.</remarks>
internal sealed unsafe class TestMachine : IDisposable
{
    private const ulong Start = 0x4000_0000;
    private const ulong Size = 16 << 20;
    private const int EventCapacity = 20_000;

    private readonly CpuEvent[] _events = GC.AllocateArray<CpuEvent>(EventCapacity, pinned: true);
    private readonly SparseMemory _memory = new(new PhysicalAddress(Start), new PhysicalAddress(Start + Size));
    private Fixmap<HostMemory>? _fixmap;

    /// <summary>Prepares a machine whose tables have this shape.</summary>
    /// <param name="geometry">The shape.</param>
    /// <param name="layout">Where the fixmap slots lie, when not where 6.12 has them.</param>
    public TestMachine(TableGeometry geometry, FixmapLayout? layout = null)
    {
        Geometry = geometry;
        Format = Shapes.Format(geometry);
        Layout = layout ?? FixmapLayout.Usual(geometry.Granule);
        Silent.Clear(Window(Root, geometry.RootLevel), (int)geometry.PageSize);
        Silent.Clear(Window(LiveRoot, geometry.RootLevel), (int)geometry.PageSize);
    }

    public TableGeometry Geometry { get; }

    public OutputAddressFormat Format { get; }

    public FixmapLayout Layout { get; }

    public HostMemory Memory => _memory.View;

    /// <summary>The root that is built.</summary>
    public PhysicalAddress Root => new(Start);

    /// <summary>The root that is live meanwhile.</summary>
    public PhysicalAddress LiveRoot => Page(1);

    /// <summary>The first of the pages that become tables.</summary>
    public PhysicalAddress Tables => Page(8);

    public PhysicalAddress End => new(Start + Size);

    /// <summary>The memory, read like anybody else's.</summary>
    public SimulationImage Image() => new(_memory, new ImageRegisters());

    public TableTree<HostMemory> Tree => new(Memory, Geometry, Format);

    /// <summary>What a slot maps a table with, besides the address.</summary>
    public Protection WindowProtection => Protection.Create(ProtectionKind.Kernel, notGlobal: false, Format.IsLpa2);

    /// <summary>What the linear map's leaves carry.</summary>
    public Protection LeafProtection => Protection.Create(ProtectionKind.KernelTagged, notGlobal: false, Format.IsLpa2);

    private static SilentCpu Silent => default;

    /// <summary>Page number <paramref name="index"/> of the machine.</summary>
    public PhysicalAddress Page(int index) => new(Start + ((ulong)index * Geometry.PageSize));

    /// <summary>What the kernel decides about its tables; the change rule is that of 6.12.</summary>
    public TableSettings Settings(bool rootThroughSlot = false) =>
        new(Geometry, Format, TableSettings.UsualTableBits, ChangeSafety.InvalidIsFree, rootThroughSlot);

    /// <summary>A window on a table, without any slot.</summary>
    public TableWindow Window(PhysicalAddress table, int level)
    {
        HostMemory memory = Memory;
        return Ptewright.Access.Fixmap<HostMemory>.Static(ref memory, table, level);
    }

    /// <summary>An entry of a table in memory.</summary>
    public Descriptor Read(PhysicalAddress table, int index) => Window(table, 3).Entries[index];

    /// <summary>Writes an entry of a table in memory.</summary>
    public void Write(PhysicalAddress table, int index, Descriptor value) => Window(table, 3).Entries[index] = value;

    /// <summary>A table descriptor as the walk writes it.</summary>
    public Descriptor Link(PhysicalAddress table, ulong bits = TableSettings.UsualTableBits | DescriptorBits.PxnTable) =>
        new(Format.Encode(table) | bits);

    /// <summary>A request for single pages with the flags of the linear map.</summary>
    public MapRequest Pages(VirtualAddress address, PhysicalAddress physical, int pages, MapFlags flags = MapFlags.NoBlock | MapFlags.NoContiguous | MapFlags.NoExec) =>
        new(physical, address, (ulong)pages * Geometry.PageSize, LeafProtection, flags);

    /// <summary>Links the fixmap's own tables into the live root, on a CPU of the caller's.</summary>
    public FailureCode CreateFixmap<TCpu>(ref TCpu cpu, out Fixmap<HostMemory> fixmap, int reservePages = 6)
        where TCpu : struct, ICpu
    {
        ReservePageAllocator tables = new(Page(2), Page(2 + reservePages), Geometry.PageSize);
        return Ptewright.Access.Fixmap<HostMemory>.TryCreate(
            ref cpu, Memory, Geometry, Format, Layout, WindowProtection, Window(LiveRoot, Geometry.RootLevel), ref tables, DescriptorBits.TypeTable, out fixmap);
    }

    /// <summary>The fixmap, linked when it is asked for the first time.</summary>
    public Fixmap<HostMemory> Fixmap()
    {
        if (_fixmap is null)
        {
            SilentCpu silent = default;
            Assert.Equal(FailureCode.None, CreateFixmap(ref silent, out Fixmap<HostMemory> fixmap));
            _fixmap = fixmap;
        }

        return _fixmap.Value;
    }

    /// <summary>A CPU that records into this machine's buffer, from its beginning.</summary>
    public RecordingCpu<SilentCpu> Recorder()
    {
        fixed (CpuEvent* events = _events)
        {
            return new RecordingCpu<SilentCpu>(default, events, EventCapacity); // The array is pinned for life.
        }
    }

    /// <summary>What a CPU recorded.</summary>
    public CpuEvent[] Events(RecordingCpu<SilentCpu> cpu)
    {
        Assert.Equal(0UL, cpu.Dropped);
        return _events[..cpu.Count];
    }

    /// <summary>What a CPU recorded, a line each.</summary>
    public string[] Text(RecordingCpu<SilentCpu> cpu) => [.. Events(cpu).Select(EventText.Describe)];

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
