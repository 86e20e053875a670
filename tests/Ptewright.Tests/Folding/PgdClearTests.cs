using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Tests.Folding;

/// <summary><c>pgd_clear</c>: <c>LinearMapBuilder.TryClearRootEntry</c>.</summary>
public sealed class PgdClearTests
{
    [Fact]
    public void With_five_levels_it_empties_the_root_entry_of_the_address_and_synchronises()
    {
        using TestMachine machine = new(Shapes.FiveLevels);
        VirtualAddress address = new(0xfff3_1234_5678_9000);
        machine.Write(machine.Root, 2, machine.Link(machine.Tables));
        machine.Write(machine.Root, 3, machine.Link(machine.Tables));

        Assert.Equal(
            [EventText.Store(machine.Root, 3, default), "DSB ISHST", "ISB"],
            Clear(machine, address));
        Assert.True(machine.Read(machine.Root, 3).IsNone);
        Assert.False(machine.Read(machine.Root, 2).IsNone);
    }

    [Fact]
    public void When_level_0_is_folded_it_does_nothing_at_all()
    {
        using TestMachine machine = new(Shapes.FiveLevelsFolded);
        Descriptor entry = machine.Link(machine.Tables);
        machine.Write(machine.Root, 0, entry);
        machine.Write(machine.Root, 15, entry);

        Assert.Empty(Clear(machine, machine.Geometry.ActualPageOffset));
        Assert.Empty(Clear(machine, new VirtualAddress(ulong.MaxValue)));
        Assert.Equal(entry, machine.Read(machine.Root, 0));
        Assert.Equal(entry, machine.Read(machine.Root, 15));
    }

    [Fact]
    public void When_level_1_is_folded_it_does_nothing_either()
    {
        using TestMachine machine = new(Shapes.FourLevels16KFolded);
        Descriptor entry = machine.Link(machine.Tables);
        machine.Write(machine.Root, 31, entry);
        var builder = BuildRun.Builder<Granule16K, RecordingCpu<SilentCpu>>(machine, machine.Recorder());

        Assert.True(builder.TryClearRootEntry(new VirtualAddress(ulong.MaxValue), out _));
        Assert.Empty(machine.Text(builder.Cpu));
        Assert.Equal(entry, machine.Read(machine.Root, 31));
    }

    [Fact]
    public void With_four_levels_the_root_entry_is_level_0s()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        machine.Write(machine.Root, 511, machine.Link(machine.Tables));

        Assert.Equal(
            [EventText.Store(machine.Root, 511, default), "DSB ISHST", "ISB"],
            Clear(machine, new VirtualAddress(0xffff_ff80_0000_0000)));
        Assert.True(machine.Read(machine.Root, 511).IsNone);
    }

    [Fact]
    public void A_read_only_root_is_cleared_through_its_slot()
    {
        using TestMachine machine = new(Shapes.FiveLevels);
        machine.Write(machine.Root, 0, machine.Link(machine.Tables));
        VirtualAddress slot = machine.Layout.Address(machine.Layout.Index(TableSlot.Pgd));

        string[] events = Clear(machine, machine.Geometry.PageOffset, rootThroughSlot: true);
        Assert.Contains($"map Pgd {slot} -> {machine.Root}", events);
        Assert.Contains(EventText.Store(machine.Root, 0, default), events);
        Assert.Contains($"unmap Pgd {slot}", events);
        Assert.True(machine.Read(machine.Root, 0).IsNone);
    }

    [Fact]
    public void What_was_cleared_can_be_mapped_again_with_a_new_table()
    {
        using TestMachine machine = new(Shapes.FiveLevels);
        VirtualAddress address = machine.Geometry.PageOffset;
        var builder = BuildRun.Builder<Granule4K, SilentCpu>(machine, default);
        Assert.True(builder.TryMap(machine.Pages(address, machine.Root, 1), out _));
        Descriptor first = machine.Read(machine.Root, 0);
        Assert.True(builder.TryClearRootEntry(address, out _));
        Assert.True(builder.TryMap(machine.Pages(address, machine.Root, 1), out _));

        Assert.NotEqual(first, machine.Read(machine.Root, 0));
        Assert.Equal(8UL, builder.Statistics.Tables);
    }

    private static string[] Clear(TestMachine machine, VirtualAddress address, bool rootThroughSlot = false)
    {
        var builder = BuildRun.Builder<Granule4K, RecordingCpu<SilentCpu>>(machine, machine.Recorder(), rootThroughSlot);
        Assert.True(builder.TryClearRootEntry(address, out MapFailure failure));
        Assert.Equal(FailureCode.None, failure.Code);
        return machine.Text(builder.Cpu);
    }
}
