using CsCheck;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Tests.Folding;

/// <summary><c>p4d_index</c>: VA[47:39], in a table of its own, in the folded root page, and in the root of a four-level kernel.</summary>
public sealed class P4dIndexTests
{
    private static readonly TableGeometry[] WithLevel0 = [Shapes.FiveLevels, Shapes.FiveLevelsFolded, Shapes.FourLevels];

    [Theory]
    [InlineData(0xfff0_0000_0000_0000, 0)]
    [InlineData(0xfff0_007f_ffff_ffff, 0)]
    [InlineData(0xfff0_0080_0000_0000, 1)]
    [InlineData(0xffff_8000_0000_0000, 256)]
    [InlineData(0xffff_ff80_0000_0000, 511)]
    [InlineData(0xffff_ffff_ffff_ffff, 511)]
    [InlineData(0x0001_0000_0000_0000, 0)]
    [InlineData(0x0000_0100_0000_0000, 2)]
    public void It_is_bits_47_to_39_of_the_address(ulong address, int expected)
    {
        foreach (TableGeometry geometry in WithLevel0)
        {
            Assert.Equal(expected, geometry.Index(0, new VirtualAddress(address)));
        }
    }

    [Fact]
    public void It_is_the_same_whether_the_level_is_folded_or_not() => Gen.ULong.Sample(
        address => WithLevel0.All(geometry => geometry.Index(0, new(address)) == (int)(address % (1UL << 48) / (1UL << 39))));

    [Fact]
    public void When_folded_the_walk_writes_the_root_page_at_this_index()
    {
        using TestMachine machine = new(Shapes.FiveLevelsFolded);
        VirtualAddress address = new(0xffff_5500_0000_0000);
        _ = BuildRun.Record(machine, false, machine.Pages(address, machine.Root, 1));

        Assert.Equal(170, machine.Geometry.Index(0, address));
        Assert.Equal(machine.Link(machine.Tables), machine.Read(machine.Root, 170));
        Assert.Equal(1, Enumerable.Range(0, 512).Count(index => !machine.Read(machine.Root, index).IsNone));
    }

    [Fact]
    public void With_five_levels_the_walk_writes_the_level_0_table_at_this_index()
    {
        using TestMachine machine = new(Shapes.FiveLevels);
        VirtualAddress address = new(0xffff_5500_0000_0000);
        CpuEvent[] events = BuildRun.Record(machine, false, machine.Pages(address, machine.Root, 1));

        Assert.Equal(machine.Link(machine.Tables), machine.Read(machine.Root, 15));
        CpuEvent link = Assert.Single(events, item => item.Kind == CpuEventKind.Store && item.Level == 0);
        Assert.Equal((machine.Tables, 170), (link.Table, link.Index));
    }
}
