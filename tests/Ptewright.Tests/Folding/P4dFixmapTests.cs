using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Tests.Folding;

/// <summary><c>p4d_set_fixmap</c>, <c>p4d_set_fixmap_offset</c>, <c>p4d_clear_fixmap</c>: level-0 tables are reached through FIX_P4D, but only where there are any.</summary>
public sealed class P4dFixmapTests
{
    [Fact]
    public void With_five_levels_a_new_level_0_table_is_opened_in_FIX_P4D_and_closed_last()
    {
        using TestMachine machine = new(Shapes.FiveLevels);
        CpuEvent[] events = BuildRun.Record(machine, false, machine.Pages(machine.Geometry.PageOffset, machine.Root, 1));

        Assert.Equal([TableSlot.P4d, TableSlot.Pud, TableSlot.Pmd, TableSlot.Pte], BuildRun.Mapped(events));
        Assert.Equal([TableSlot.Pte, TableSlot.Pmd, TableSlot.Pud, TableSlot.P4d], BuildRun.Unmapped(events));
        CpuEvent opened = events.First(item => item.Kind == CpuEventKind.Mapped);
        Assert.Equal((machine.Tables, 0, new VirtualAddress(0xffff_ffff_ff42_9000)), (opened.Table, opened.Level, opened.Address));
    }

    [Fact]
    public void With_five_levels_an_existing_level_0_table_is_opened_in_FIX_P4D_again()
    {
        using TestMachine machine = new(Shapes.FiveLevels);
        VirtualAddress first = machine.Geometry.PageOffset;
        CpuEvent[] events = BuildRun.Record(
            machine, false, machine.Pages(first, machine.Root, 1), machine.Pages(first + (512UL << 30), machine.Root, 1));

        CpuEvent[] opened = [.. events.Where(item => item.Kind == CpuEventKind.Mapped && item.Slot == TableSlot.P4d)];
        Assert.Equal([machine.Tables, machine.Tables], opened.Select(item => item.Table));
        Assert.Single(events, item => item.Kind == CpuEventKind.Clear && item.Table == machine.Tables);
    }

    [Fact]
    public void When_level_0_is_folded_FIX_P4D_is_never_opened_or_closed()
    {
        using TestMachine machine = new(Shapes.FiveLevelsFolded);
        VirtualAddress first = machine.Geometry.ActualPageOffset;
        CpuEvent[] events = BuildRun.Record(
            machine, false, machine.Pages(first, machine.Root, 1), machine.Pages(first + (512UL << 30), machine.Root, 1));

        Assert.DoesNotContain(TableSlot.P4d, BuildRun.Mapped(events));
        Assert.DoesNotContain(TableSlot.P4d, BuildRun.Unmapped(events));
        Assert.Equal([TableSlot.Pud, TableSlot.Pmd, TableSlot.Pte, TableSlot.Pud, TableSlot.Pmd, TableSlot.Pte], BuildRun.Mapped(events));
    }

    [Fact]
    public void When_level_1_is_folded_FIX_PUD_is_never_opened_or_closed()
    {
        using TestMachine folded = new(Shapes.FourLevels16KFolded);
        CpuEvent[] events = BuildRun.Record(folded, false, folded.Pages(folded.Geometry.ActualPageOffset, folded.Root, 1));
        Assert.Equal([TableSlot.Pmd, TableSlot.Pte], BuildRun.Mapped(events));

        using TestMachine whole = new(Shapes.FourLevels16K);
        events = BuildRun.Record(whole, false, whole.Pages(whole.Geometry.PageOffset, whole.Root, 1));
        Assert.Equal([TableSlot.Pud, TableSlot.Pmd, TableSlot.Pte], BuildRun.Mapped(events));
    }

    [Fact]
    public void A_four_level_kernel_never_opens_it_though_the_slot_exists()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        CpuEvent[] events = BuildRun.Record(machine, false, machine.Pages(machine.Geometry.PageOffset, machine.Root, 1));
        Assert.True(machine.Layout.HasP4d);
        Assert.Equal([TableSlot.Pud, TableSlot.Pmd, TableSlot.Pte], BuildRun.Mapped(events));
    }

    [Fact]
    public void Folded_and_four_level_kernels_do_the_same_work()
    {
        using TestMachine folded = new(Shapes.FiveLevelsFolded);
        using TestMachine built = new(Shapes.FourLevels);
        string[] Events(TestMachine machine) =>
            [.. BuildRun.Record(machine, false, machine.Pages(machine.Geometry.ActualPageOffset, machine.Root, 1000)).Select(EventText.Describe)];

        Assert.Equal(Events(built), Events(folded));
    }

    [Fact]
    public void A_folded_level_is_neither_a_table_nor_a_visit()
    {
        using TestMachine folded = new(Shapes.FiveLevelsFolded);
        var builder = BuildRun.Builder<Granule4K, SilentCpu>(folded, default);
        Assert.True(builder.TryMap(folded.Pages(folded.Geometry.ActualPageOffset, folded.Root, 1), out _));
        Assert.Equal((0UL, 0UL), (builder.Statistics.P4dTables, builder.Statistics.P4dVisits));

        using TestMachine whole = new(Shapes.FiveLevels);
        builder = BuildRun.Builder<Granule4K, SilentCpu>(whole, default);
        Assert.True(builder.TryMap(whole.Pages(whole.Geometry.PageOffset, whole.Root, 1), out _));
        Assert.Equal((1UL, 1UL), (builder.Statistics.P4dTables, builder.Statistics.P4dVisits));
    }

    [Fact]
    public void Five_levels_without_a_P4D_slot_stop_before_anything_is_linked()
    {
        FixmapLayout before69 = new(GranuleSize.Size4K, new VirtualAddress(0xffff_ffff_ff80_0000), 980, hasP4d: false);
        using TestMachine machine = new(Shapes.FiveLevels, before69);
        var builder = BuildRun.Builder<Granule4K, SilentCpu>(machine, default);

        Assert.False(builder.TryMap(machine.Pages(machine.Geometry.PageOffset, machine.Root, 1), out MapFailure failure));
        Assert.Equal((FailureCode.BadFixmapSlot, 0), (failure.Code, failure.Level));
        Assert.True(machine.Read(machine.Root, 0).IsNone);
    }
}
