using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;
using Allocator = Ptewright.Memory.LatePageAllocator<Ptewright.Memory.HostMemory>;
using Remover = Ptewright.LinearMap.LinearMapRemover<
    Ptewright.Translation.Granule4K,
    Ptewright.Access.FixmapAccess<Ptewright.Memory.HostMemory>,
    Ptewright.Memory.LatePageAllocator<Ptewright.Memory.HostMemory>,
    Ptewright.Cpu.RecordingCpu<Ptewright.Cpu.ComposedCpu<Ptewright.Cpu.PlainMemory, Ptewright.Cpu.NoMaintenance, Ptewright.Cpu.NoMaintenance>>>;

namespace Ptewright.Tests.Late;

/// <summary>Which tables are freed (floor and ceiling), in which order things happen, and where a removal stops.</summary>
public sealed class RemoverTests : IDisposable
{
    private const ulong Page = 4096;
    private const ulong PteSpan = 2UL << 20;
    private const ulong PmdSpan = 1UL << 30;

    private readonly TestMachine _machine = new(Shapes.FourLevels);
    private Allocator _allocator;

    public RemoverTests() => _allocator = new Allocator(_machine.Memory, _machine.Tables, _machine.End, Page);

    // 3 GiB into the linear map, not at its start: so that there is room for a floor below.
    private static VirtualAddress Base => new(0xffff_0000_c000_0000);

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void Leaves_go_first_then_their_flush_then_each_table_from_the_lowest_up()
    {
        Map(Base, 2);
        PhysicalAddress pud = Next(_machine.Root, 0, Base);
        PhysicalAddress pmd = Next(pud, 1, Base);
        PhysicalAddress pte = Next(pmd, 2, Base);
        Assert.Equal(3UL, _allocator.Outstanding);

        string[] text = Remove(Base, 2 * Page);
        Assert.Equal(
            [
                Cleared(pte, 3), EventText.Store(pte, 1, default),
                "DSB ISHST", $"TLBI VAALE1IS {Base}", $"TLBI VAALE1IS {Base + Page}", "DSB ISH", "ISB",
                Cleared(pmd, 2), "DSB ISHST", $"TLBI VAAE1IS {Base}", "DSB ISH", "ISB",
                Cleared(pud, 1), "DSB ISHST", $"TLBI VAAE1IS {Base}", "DSB ISH", "ISB",
                Cleared(_machine.Root, 0), "DSB ISHST", "ISB", "DSB ISHST", $"TLBI VAAE1IS {Base}", "DSB ISH", "ISB",
            ],
            text);
        Assert.Equal(0UL, _allocator.Outstanding);
    }

    [Fact]
    public void A_read_only_root_is_written_through_its_slot()
    {
        Map(Base, 1);
        string[] text = Remove(Base, Page, rootThroughSlot: true);
        VirtualAddress slot = _machine.Layout.Address(_machine.Layout.Index(TableSlot.Pgd));
        int mapped = Array.IndexOf(text, $"map Pgd {slot} -> {_machine.Root}");
        Assert.Equal(
            [Cleared(_machine.Root, 0), .. text[(mapped + 2)..(mapped + 4)], "DSB ISHST", $"TLBI VAALE1IS {slot}", "DSB ISH", "ISB", "DSB ISHST"],
            text[(mapped + 1)..(mapped + 9)]);
        Assert.Equal($"unmap Pgd {slot}", text[mapped + 3]);
        Assert.Equal(0UL, _allocator.Outstanding);
    }

    [Fact]
    public void What_was_never_mapped_is_skipped_and_costs_the_flush_only()
    {
        Assert.Equal(["DSB ISHST", $"TLBI VAALE1IS {Base}", "DSB ISH", "ISB"], Remove(Base, Page));
        Map(Base + (2 * Page), 1);
        _ = Remove(Base, 600 * Page);
        Assert.Equal(0UL, _allocator.Outstanding);
    }

    [Fact]
    public void A_neighbour_keeps_the_tables_that_it_shares()
    {
        Map(Base, 512);
        Map(Base + PteSpan, 1);
        _ = Remove(Base, PteSpan);
        Assert.Equal(3UL, _allocator.Outstanding);
        _ = Remove(Base + PteSpan, Page);
        Assert.Equal(0UL, _allocator.Outstanding);
    }

    // One PTE table's range; each limit cuts off one more level above it.
    [Theory]
    [InlineData(0xffff_0000_0000_0000UL, 0xffff_8000_0000_0000UL, 0)]
    [InlineData(0xffff_0000_c000_0000UL, 0xffff_8000_0000_0000UL, 1)]
    [InlineData(0xffff_0000_c020_0000UL, 0xffff_8000_0000_0000UL, 2)]
    [InlineData(0xffff_0000_0000_0000UL, 0xffff_0080_0000_0000UL, 0)]
    [InlineData(0xffff_0000_0000_0000UL, 0xffff_0001_0000_0000UL, 1)]
    [InlineData(0xffff_0000_0000_0000UL, 0xffff_0000_c040_0000UL, 2)]
    [InlineData(0xffff_0000_0000_0000UL, 0UL, 0)]
    public void Tables_that_reach_below_the_floor_or_above_the_ceiling_stay(ulong floor, ulong ceiling, ulong left)
    {
        Map(Base + PteSpan, 512);
        Assert.True(TryRemove(Base + PteSpan, PteSpan, out _, floor: new(floor), ceiling: new(ceiling)));
        Assert.Equal(left, _allocator.Outstanding);
    }

    [Theory]
    [InlineData(256UL, 512UL, true)]
    [InlineData(0UL, 256UL, false)]
    public void A_limit_inside_a_table_keeps_it_even_when_it_is_empty(ulong first, ulong end, bool atFloor)
    {
        VirtualAddress from = Base + (first * Page);
        VirtualAddress to = Base + (end * Page);
        Map(from, (int)(end - first));
        VirtualAddress floor = atFloor ? from : _machine.Geometry.PageOffset;
        VirtualAddress ceiling = atFloor ? _machine.Geometry.PageEnd : to;
        Assert.True(TryRemove(from, (end - first) * Page, out _, floor: floor, ceiling: ceiling));
        Assert.Equal(3UL, _allocator.Outstanding);
    }

    [Fact]
    public void An_entry_that_is_not_valid_stops_the_removal_after_the_flush_and_frees_nothing()
    {
        Map(Base, 4);
        PhysicalAddress pte = Next(Next(Next(_machine.Root, 0, Base), 1, Base), 2, Base);
        Descriptor hidden = new(_machine.Read(pte, 2).Raw & ~DescriptorBits.Valid);
        _machine.Write(pte, 2, hidden);

        Assert.False(TryRemove(Base, 4 * Page, out string[] text, out MapFailure failure));
        Assert.Equal((FailureCode.EntryNotPresent, 3, Base + (2 * Page), hidden), (failure.Code, failure.Level, failure.Address, failure.Entry));
        Assert.Equal(["DSB ISHST", "DSB ISH", "ISB"], text.Where(line => !line.StartsWith("TLBI", StringComparison.Ordinal)).Skip(2));
        Assert.Equal(3UL, _allocator.Outstanding);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void An_invalid_entry_above_the_leaves_stops_the_removal(int level)
    {
        Map(Base, 4);
        PhysicalAddress table = _machine.Root;
        for (int i = 0; i < level; i++)
        {
            table = Next(table, i, Base);
        }

        int index = _machine.Geometry.Index(level, Base);
        _machine.Write(table, index, new Descriptor(_machine.Read(table, index).Raw & ~DescriptorBits.Valid));
        Assert.False(TryRemove(Base, 4 * Page, out _, out MapFailure failure));
        Assert.Equal((FailureCode.EntryNotPresent, level), (failure.Code, failure.Level));
    }

    [Fact]
    public void A_block_type_where_there_are_no_blocks_is_no_table()
    {
        Map(Base, 1);
        int index = _machine.Geometry.Index(0, Base);
        _machine.Write(_machine.Root, index, new Descriptor(_machine.Read(_machine.Root, index).Raw & ~DescriptorBits.TableOrPage));
        Assert.False(TryRemove(Base, Page, out _, out MapFailure failure));
        Assert.Equal((FailureCode.BadTable, 0), (failure.Code, failure.Level));
    }

    [Theory]
    [InlineData(0xffff_0000_c000_0800UL, 4096UL, FailureCode.SegmentMisaligned)]
    [InlineData(0xffff_0000_c000_0000UL, 2048UL, FailureCode.SegmentMisaligned)]
    [InlineData(0xffff_0000_c000_0000UL, 0UL, FailureCode.BadRange)]
    [InlineData(0xffff_ffff_ffff_f000UL, 8192UL, FailureCode.BadRange)]
    [InlineData(0xfffe_ffff_ffff_f000UL, 4096UL, FailureCode.BelowPageOffset)]
    [InlineData(0xffff_7fff_ffff_f000UL, 8192UL, FailureCode.AddressNotCovered)]
    [InlineData(0xffff_8000_0000_0000UL, 4096UL, FailureCode.AddressNotCovered)]
    public void Ranges_outside_the_linear_map_are_refused(ulong address, ulong size, FailureCode code)
    {
        Assert.False(TryRemove(new(address), size, out string[] text, out MapFailure failure));
        Assert.Equal((code, new VirtualAddress(address)), (failure.Code, failure.Address));
        Assert.Empty(text);
    }

    private static string Cleared(PhysicalAddress table, int level) => EventText.Store(table, Shapes.FourLevels.Index(level, Base), default);

    private PhysicalAddress Next(PhysicalAddress table, int level, VirtualAddress address) =>
        _machine.Format.Decode(_machine.Read(table, _machine.Geometry.Index(level, address)));

    private void Map(VirtualAddress address, int pages)
    {
        LinearMapBuilder<Granule4K, Strategy<No, No, No>, FixmapAccess<HostMemory>, Allocator, SilentCpu> builder = new(
            _machine.Settings(), _machine.Window(_machine.Root, 0), new FixmapAccess<HostMemory>(_machine.Fixmap()), _allocator, default);
        Assert.True(builder.TryAddMemory(_machine.Pages(address, new(address.Value & (PmdSpan - 1)), pages), out MapFailure failure), failure.Code.ToString());
        _allocator = builder.Allocator;
    }

    private string[] Remove(VirtualAddress start, ulong size, bool rootThroughSlot = false)
    {
        Assert.True(TryRemove(start, size, out string[] text, rootThroughSlot: rootThroughSlot));
        return text;
    }

    private bool TryRemove(VirtualAddress start, ulong size, out string[] text, out MapFailure failure) =>
        TryRemove(start, size, out text, out failure, null, null, false);

    private bool TryRemove(
        VirtualAddress start, ulong size, out string[] text, VirtualAddress? floor = null, VirtualAddress? ceiling = null, bool rootThroughSlot = false) =>
        TryRemove(start, size, out text, out _, floor, ceiling, rootThroughSlot);

    private bool TryRemove(
        VirtualAddress start, ulong size, out string[] text, out MapFailure failure, VirtualAddress? floor, VirtualAddress? ceiling, bool rootThroughSlot)
    {
        FixmapAccess<HostMemory> access = new(_machine.Fixmap());
        TableWindow root = _machine.Window(_machine.Root, 0);
        Remover remover = new(_machine.Settings(rootThroughSlot), root, access, _allocator, _machine.Recorder(), RemovalFlush.WholeRange);
        bool done = floor is null && ceiling is null
            ? remover.TryRemove(start, size, out failure)
            : remover.TryRemove(start, size, floor ?? _machine.Geometry.PageOffset, ceiling ?? _machine.Geometry.PageEnd, out failure);
        _allocator = remover.Allocator;
        text = _machine.Text(remover.Cpu);
        return done;
    }
}
