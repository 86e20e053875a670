using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Tests.Translation;

/// <summary>The bits of the table descriptors that the walk writes, by kernel version and flag.</summary>
public sealed class TableDescriptorTests
{
    private const MapFlags Pages = MapFlags.NoBlock | MapFlags.NoContiguous;

    [Fact]
    public void Up_to_6_12_a_table_is_never_executable_by_users()
    {
        Assert.Equal(0x1000_0000_0000_0003UL, TableSettings.UsualTableBits);
        Assert.Equal(0x1800_0000_0000_0003UL, TableSettings.UsualTableBits | DescriptorBits.PxnTable);
    }

    [Fact]
    public void From_6_13_on_a_table_has_the_access_flag_too()
    {
        Assert.Equal(0x1000_0000_0000_0403UL, (TableSettings.UsualTableBits | DescriptorBits.AccessFlag));
        Assert.Equal(0x1800_0000_0000_0403UL, (TableSettings.UsualTableBits | DescriptorBits.AccessFlag) | DescriptorBits.PxnTable);
    }

    [Fact]
    public void Tables_made_with_NoExec_carry_PXNTable_on_every_level()
    {
        Assert.Equal(
            [0x1800_0000_0000_0003, 0x1800_0000_0000_0003, 0x1800_0000_0000_0003, 0x1800_0000_0000_0003],
            LinkBits(Shapes.FiveLevels, Pages | MapFlags.NoExec));
    }

    [Fact]
    public void Tables_made_without_NoExec_do_not()
    {
        Assert.Equal([0x1000_0000_0000_0003, 0x1000_0000_0000_0003, 0x1000_0000_0000_0003], LinkBits(Shapes.FourLevels, Pages));
    }

    [Fact]
    public void An_existing_table_keeps_its_bits_when_a_later_request_has_other_flags()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        VirtualAddress start = machine.Geometry.PageOffset;
        _ = BuildRun.Record(
            machine,
            false,
            machine.Pages(start, machine.Root, 1, Pages),
            machine.Pages(start + machine.Geometry.PageSize, machine.Root, 1, Pages | MapFlags.NoExec));

        Assert.Equal(0x1000_0000_0000_0003UL, machine.Format.AttributesOf(machine.Read(machine.Root, 0)));
    }

    [Fact]
    public void NoExec_leaves_the_leaves_alone()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        VirtualAddress start = machine.Geometry.PageOffset;
        CpuEvent[] events = BuildRun.Record(
            machine,
            false,
            machine.Pages(start, machine.Root, 1, Pages | MapFlags.NoExec),
            machine.Pages(start + (4UL << 30), machine.Root, 1, Pages));

        Assert.All(
            events.Where(item => item.Kind == CpuEventKind.StoreRun),
            item => Assert.Equal(0x00e8_0000_0000_0707UL, machine.Format.AttributesOf(item.Value)));
    }

    // The attribute bits of the links that mapping one page makes, from the root down.
    private static ulong[] LinkBits(TableGeometry geometry, MapFlags flags)
    {
        using TestMachine machine = new(geometry);
        CpuEvent[] events = BuildRun.Record(machine, false, machine.Pages(geometry.PageOffset, machine.Root, 1, flags));
        return [.. events
            .Where(item => item.Kind == CpuEventKind.Store && item.Level < 3 && item.Value.IsValid)
            .Select(item => machine.Format.AttributesOf(item.Value))];
    }
}
