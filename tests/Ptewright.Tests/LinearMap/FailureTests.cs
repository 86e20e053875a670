using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;
using EarlyBuilder = Ptewright.LinearMap.LinearMapBuilder<
    Ptewright.Translation.Granule4K,
    Ptewright.LinearMap.Strategy<Ptewright.LinearMap.No, Ptewright.LinearMap.No, Ptewright.LinearMap.No>,
    Ptewright.Access.FixmapAccess<Ptewright.Memory.HostMemory>,
    Ptewright.Memory.EarlyPageAllocator,
    Ptewright.Cpu.ComposedCpu<Ptewright.Cpu.PlainMemory, Ptewright.Cpu.NoMaintenance, Ptewright.Cpu.NoMaintenance>>;

namespace Ptewright.Tests.LinearMap;

/// <summary>Each place where a kernel would BUG, warn or panic while it creates tables, reached.</summary>
public sealed class FailureTests : IDisposable
{
    private const ulong Base = 0xffff_0000_0000_0000;
    private const ulong Pages2M = 2UL << 20;

    private readonly SparseMemory _memory = new(default, new PhysicalAddress(1UL << 32));

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void Addresses_that_differ_within_a_page_are_refused() =>
        Refused(FailureCode.MisalignedOffset, Request(0x4000_0800, Base, 4096));

    [Fact]
    public void An_offset_that_both_addresses_share_is_widened_to_whole_pages()
    {
        EarlyBuilder builder = Early();
        Assert.True(builder.TryMap(Request(0x4000_0800, Base + 0x800, 0x1000), out _));
        Assert.Equal(2UL, builder.Statistics.Pages);
    }

    [Theory]
    [InlineData(0x4000_0000UL, Base, 0UL, FailureCode.BadRange)]
    [InlineData(0x4000_0000UL, 0xffff_ffff_ffff_f000UL, 0x2000UL, FailureCode.BadRange)]
    [InlineData(0x4000_0000UL, Base, ulong.MaxValue, FailureCode.BadRange)]
    [InlineData(0x4000_0000UL, 0xfffe_ffff_ffff_f000UL, 0x2000UL, FailureCode.AddressNotCovered)]
    [InlineData(0x4000_0000UL, 0x0001_0000_0000_0000UL, 0x1000UL, FailureCode.AddressNotCovered)]
    [InlineData(0x0000_ffff_ffff_f000UL, Base, 0x2000UL, FailureCode.PhysicalAddressTooLarge)]
    [InlineData(0xffff_ffff_ffff_f000UL, Base, 0x2000UL, FailureCode.PhysicalAddressTooLarge)]
    public void Ranges_that_do_not_exist_are_refused(ulong physical, ulong address, ulong size, FailureCode code) =>
        Refused(code, Request(physical, address, size));

    [Fact]
    public void The_last_page_of_the_address_space_can_be_mapped()
    {
        EarlyBuilder builder = Early();
        Assert.True(builder.TryMap(Request(0x4000_0000, 0xffff_ffff_ffff_f000, 0x1000), out MapFailure failure), failure.Code.ToString());
        Assert.Equal(1UL, builder.Statistics.Pages);
    }

    [Fact]
    public void Pages_below_an_existing_block_are_refused_at_its_entry()
    {
        EarlyBuilder builder = Early();
        Assert.True(builder.TryMapBlock(2, new(Base), new(0x4000_0000), Kernel, out _));
        Refused(ref builder, FailureCode.BlockInTheWay, Request(0x4000_0000, Base, 4096), level: 2, address: Base);
    }

    [Fact]
    public void Level_2_below_an_existing_level_1_block_is_refused_at_its_entry()
    {
        EarlyBuilder builder = Early();
        Assert.True(builder.TryMapBlock(1, new(Base), new(0x4000_0000), Kernel, out _));
        Refused(ref builder, FailureCode.BlockInTheWay, Request(0x4020_0000, Base + Pages2M, Pages2M), level: 1, address: Base + Pages2M);
    }

    [Fact]
    public void A_table_entry_of_the_wrong_type_is_refused()
    {
        // Type 0b10 is neither block nor table at level 2; at the root only bit 1 counts, as in p4d_bad.
        EarlyBuilder builder = Early();
        Assert.True(builder.TryMap(Request(0x4000_0000, Base, 4096), out _));
        Entry(2, Base) = 0x4000_0002;
        Refused(ref builder, FailureCode.BadTable, Request(0x4000_0000, Base, 4096), level: 2, address: Base);
        Entry(0, Base) = 0x4000_0001;
        Refused(ref builder, FailureCode.BadTable, Request(0x4000_0000, Base, 4096), level: 0, address: Base);
    }

    [Fact]
    public void A_missing_table_is_refused_where_none_may_be_allocated()
    {
        var builder = New(default(NoAllocator));
        Assert.False(builder.TryMapKernelHalf(Request(0x4000_0000, Base, 4096), out MapFailure failure));
        Assert.Equal((FailureCode.NoAllocator, 0), (failure.Code, failure.Level));
    }

    [Fact]
    public void Boot_memory_that_runs_out_stops_the_walk()
    {
        MemoryLayout memory = MemoryLayout.OfRange(new(0x8000_0000), 2 * 4096);
        EarlyBuilder builder = New(Boot(memory));
        Assert.False(builder.TryMap(Request(0x4000_0000, Base, 4096), out MapFailure failure));
        Assert.Equal((FailureCode.OutOfMemory, 2), (failure.Code, failure.Level));
        Assert.Equal(2UL, builder.Statistics.Tables); // What was linked stays linked: nothing is rolled back.
    }

    [Fact]
    public void Late_memory_that_runs_out_stops_the_walk()
    {
        LatePageAllocator<HostMemory> pages = new(_memory.View, new(0x9000_0000), new(0x9000_1000), 4096);
        var builder = New(pages);
        Assert.False(builder.TryMap(Request(0x4000_0000, Base, 4096), out MapFailure failure));
        Assert.Equal((FailureCode.OutOfMemory, 1), (failure.Code, failure.Level));
    }

    [Fact]
    public void A_page_table_constructor_that_fails_stops_the_walk()
    {
        LatePageAllocator<HostMemory> pages = new(_memory.View, new(0x9000_0000), new(0x9010_0000), 4096);
        var builder = New(
            new ConstructedPageAllocator<LatePageAllocator<HostMemory>>(pages, constructors: 1));
        Assert.False(builder.TryMap(Request(0x4000_0000, Base, 4096), out MapFailure failure));
        Assert.Equal((FailureCode.ConstructorFailed, 2), (failure.Code, failure.Level)); // The level-2 table had one, the level-3 table not.
    }

    [Fact]
    public void A_live_page_does_not_get_another_output_address()
    {
        EarlyBuilder builder = Early();
        Assert.True(builder.TryMap(Request(0x4000_0000, Base, 8192), out _));
        Refused(ref builder, FailureCode.UnsafeChange, Request(0x4000_4000, Base + 4096, 4096), level: 3, address: Base + 4096);
        Assert.Equal(0x4000_1000UL, Entry(3, Base + 4096) & 0x0000_ffff_ffff_f000);
    }

    [Fact]
    public void A_live_block_does_not_replace_a_table()
    {
        EarlyBuilder builder = Early();
        Assert.True(builder.TryMap(Request(0x4000_0000, Base, 4096), out _));
        Assert.False(builder.TryMapBlock(2, new(Base), new(0x4000_0000), Kernel, out MapFailure failure));
        Assert.Equal((FailureCode.UnsafeChange, 2), (failure.Code, failure.Level));
    }

    [Fact]
    public void A_live_page_may_become_read_only()
    {
        EarlyBuilder builder = Early();
        Assert.True(builder.TryMap(Request(0x4000_0000, Base, 4096), out _));
        Protection readOnly = Protection.Create(ProtectionKind.KernelReadOnly, notGlobal: false, lpa2: false);
        Assert.True(builder.TryMap(new MapRequest(new(0x4000_0000), new(Base), 4096, readOnly, Plans.PagesOnly), out _));
        Assert.Equal(0x00e0_0000_4000_0783UL, Entry(3, Base));
    }

    [Fact]
    public void An_entry_that_changes_while_the_table_below_is_written_is_seen()
    {
        EarlyBuilder builder = Early();
        Assert.True(builder.TryMap(Request(0x4000_0000, Base, 4096), out _));
        ComposedCpu<MeddlingMemory, NoMaintenance, NoMaintenance> cpu = new(new MeddlingMemory(EntryAddress(2, Base)), default, default);
        LinearMapBuilder<Granule4K, Strategy<No, No, No>, FixmapAccess<HostMemory>, NoAllocator, ComposedCpu<MeddlingMemory, NoMaintenance, NoMaintenance>> second =
            new(Settings, Root(), new(Slots()), default, cpu);
        Assert.False(second.TryMap(Request(0x4000_1000, Base + 4096, 4096), out MapFailure failure));
        Assert.Equal((FailureCode.EntryChanged, 2), (failure.Code, failure.Level));
    }

    [Fact]
    public void The_lower_half_is_refused_where_the_kernel_half_is_meant()
    {
        EarlyBuilder builder = Early();
        Assert.False(builder.TryMapKernelHalf(Request(0x4000_0000, 0x4000_0000, 4096), out MapFailure failure));
        Assert.Equal(FailureCode.BelowPageOffset, failure.Code);
    }

    [Theory]
    [InlineData(0x4000_0800UL, 4096UL)]
    [InlineData(0x4000_0000UL, 4095UL)]
    public void A_segment_of_the_image_that_is_no_whole_pages_is_refused(ulong physical, ulong size)
    {
        EarlyBuilder builder = Early();
        Assert.False(builder.TryMapSegment(Request(physical, Base + (physical & 4095), size), out MapFailure failure));
        Assert.Equal(FailureCode.SegmentMisaligned, failure.Code);
    }

    [Fact]
    public void The_kernels_own_root_is_refused_as_another_address_space()
    {
        EarlyBuilder builder = Early();
        Assert.False(builder.TryMapForeign(Request(0x4000_0000, Base, 4096), RootAddress, out MapFailure failure));
        Assert.Equal(FailureCode.KernelRootRefused, failure.Code);
        Assert.True(builder.TryMapForeign(Request(0x4000_0000, Base, 4096), new(0x1234_5000), out _));
    }

    [Theory]
    [InlineData(2, Base, 0x4010_0000UL)]
    [InlineData(2, Base + 0x1000, 0x4020_0000UL)]
    [InlineData(1, Base, 0x4020_0000UL)]
    [InlineData(3, Base, 0x4000_0000UL)]
    public void A_block_that_is_not_aligned_to_its_size_is_refused(int level, ulong address, ulong physical)
    {
        EarlyBuilder builder = Early();
        Assert.False(builder.TryMapBlock(level, new(address), new(physical), Kernel, out MapFailure failure));
        Assert.Equal(FailureCode.BlockMisaligned, failure.Code);
    }

    [Fact]
    public void A_five_level_walk_without_a_level_0_slot_is_refused()
    {
        TableSettings five = new(
            Plans.Geometry(GranuleSize.Size4K, 52), OutputAddressFormat.Bits52(GranuleSize.Size4K), TableSettings.UsualTableBits,
            ChangeSafety.InvalidIsFree, rootThroughSlot: false);
        Fixmap<HostMemory> slots = Slots(five, new FixmapLayout(GranuleSize.Size4K, new(0xffff_ffff_ff80_0000), 980, hasP4d: false));
        EarlyBuilder builder = new(five, Root(), new(slots), Boot(MemoryLayout.OfRange(new(0x8000_0000), Pages2M)), default);
        Assert.False(builder.TryMap(Request(0x4000_0000, 0xfff0_0000_0000_0000, 4096), out MapFailure failure));
        Assert.Equal(FailureCode.BadFixmapSlot, failure.Code);
    }

    [Fact]
    public void Every_reason_has_a_sentence_of_its_own()
    {
        string[] sentences = [.. Enum.GetValues<FailureCode>().Select(code => new MapFailureException(new MapFailure(code, new(Base), 3, default)).Message)];
        Assert.Equal(sentences.Length, sentences.Distinct().Count());
        Assert.All(sentences, sentence => Assert.Contains("0xffff000000000000, level 3, entry 0x0000000000000000", sentence, StringComparison.Ordinal));
    }

    private static Protection Kernel => Protection.Create(ProtectionKind.Kernel, notGlobal: false, lpa2: false);

    private static PhysicalAddress RootAddress => new(0x10_0000);

    private static TableSettings Settings => new(
        Plans.Geometry(GranuleSize.Size4K, 48), OutputAddressFormat.Bits48(GranuleSize.Size4K), TableSettings.UsualTableBits,
        ChangeSafety.InvalidIsFree, rootThroughSlot: false);

    private static MapRequest Request(ulong physical, ulong address, ulong size) => new(new(physical), new(address), size, Kernel, Plans.PagesOnly);

    private static unsafe EarlyPageAllocator Boot(MemoryLayout memory)
    {
        _kept.Add(memory);
        return new EarlyPageAllocator(memory.Blocks, 4096);
    }

    // The allocator holds a pointer into the layout.
    private static readonly List<MemoryLayout> _kept = [];

    private EarlyBuilder Early()
    {
        new SilentCpu().Clear(Root(), 4096);
        return New(Boot(MemoryLayout.OfRange(new(0x8000_0000), Pages2M)));
    }

    private LinearMapBuilder<Granule4K, Strategy<No, No, No>, FixmapAccess<HostMemory>, TAllocator, SilentCpu> New<TAllocator>(TAllocator allocator)
        where TAllocator : struct, ITableAllocator
    {
        new SilentCpu().Clear(Root(), 4096);
        return new(Settings, Root(), new(Slots()), allocator, default);
    }

    private TableWindow Root() => Window(RootAddress, Settings.Geometry.RootLevel);

    private TableWindow Window(PhysicalAddress table, int level)
    {
        HostMemory view = _memory.View;
        return Fixmap<HostMemory>.Static(ref view, table, level);
    }

    private Fixmap<HostMemory> Slots() => Slots(Settings, FixmapLayout.Usual(GranuleSize.Size4K));

    private Fixmap<HostMemory> Slots(TableSettings settings, FixmapLayout layout)
    {
        SilentCpu cpu = default;
        TableWindow live = Window(new(0x20_0000), settings.Geometry.RootLevel);
        cpu.Clear(live, 4096);
        ReservePageAllocator tables = new(new(0x20_1000), new(0x21_0000), 4096);
        Assert.Equal(
            FailureCode.None,
            Fixmap<HostMemory>.TryCreate(ref cpu, _memory.View, settings.Geometry, settings.Format, layout, Kernel, live, ref tables, 3, out Fixmap<HostMemory> slots));
        return slots;
    }

    private unsafe PhysicalAddress EntryAddress(int level, ulong address)
    {
        TableTree<HostMemory> tree = new(_memory.View, Settings.Geometry, Settings.Format);
        TableWindow table = tree.Root(RootAddress);
        while (table.Level < level)
        {
            table = tree.Lower(table, table.Entries[Settings.Geometry.Index(table.Level, new(address))]);
        }

        return table.Table + ((ulong)Settings.Geometry.Index(level, new(address)) * 8);
    }

    private unsafe ref ulong Entry(int level, ulong address) => ref *(ulong*)_memory.At(EntryAddress(level, address).Value);

    private void Refused(FailureCode code, MapRequest request)
    {
        EarlyBuilder builder = Early();
        Assert.False(builder.TryMap(request, out MapFailure failure));
        Assert.Equal((code, request.Virtual), (failure.Code, failure.Address));
        Assert.Equal(0UL, builder.Statistics.Tables);
    }

    private static void Refused(ref EarlyBuilder builder, FailureCode code, MapRequest request, int level, ulong address)
    {
        Assert.False(builder.TryMap(request, out MapFailure failure));
        Assert.Equal((code, level, new VirtualAddress(address)), (failure.Code, failure.Level, failure.Address));
        Assert.NotEqual(0UL, failure.Entry.Raw);
    }
}
