using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Tests.Folding;

/// <summary><c>pgd_none</c>, <c>pgd_bad</c>, <c>pgd_present</c>, and what stands for <c>pgd_ERROR</c> and <c>p4d_ERROR</c>.</summary>
public sealed class PgdStateTests
{
    private static readonly Descriptor None = new(0);
    private static readonly Descriptor Table = new(0x1800_0000_4000_0003);
    private static readonly Descriptor Block = new(0x00e8_0000_4000_0705);
    private static readonly Descriptor TableNotValid = new(0x1800_0000_4000_0002);

    [Fact]
    public void With_five_levels_an_empty_root_entry_is_none_and_bad_and_not_present()
    {
        Assert.True(Shapes.FiveLevels.IsNone(-1, None));
        Assert.True(Shapes.FiveLevels.IsBad(-1, None));
        Assert.False(Shapes.FiveLevels.IsPresent(-1, None));
    }

    [Fact]
    public void With_five_levels_a_table_in_the_root_is_present_and_not_bad()
    {
        Assert.False(Shapes.FiveLevels.IsNone(-1, Table));
        Assert.False(Shapes.FiveLevels.IsBad(-1, Table));
        Assert.True(Shapes.FiveLevels.IsPresent(-1, Table));
    }

    [Fact]
    public void Above_level_1_bit_1_alone_decides_whether_an_entry_is_bad()
    {
        foreach (int level in new[] { -1, 0 })
        {
            Assert.True(Shapes.FiveLevels.IsBad(level, Block));
            Assert.False(Shapes.FiveLevels.IsBad(level, TableNotValid));
        }
    }

    [Fact]
    public void At_levels_1_and_2_the_whole_type_decides()
    {
        foreach (int level in new[] { 1, 2 })
        {
            Assert.True(Shapes.FiveLevels.IsBad(level, None));
            Assert.True(Shapes.FiveLevels.IsBad(level, Block));
            Assert.True(Shapes.FiveLevels.IsBad(level, TableNotValid));
            Assert.False(Shapes.FiveLevels.IsBad(level, Table));
        }
    }

    [Fact]
    public void Above_a_folded_level_no_entry_is_none_or_bad_and_every_entry_is_present()
    {
        foreach (Descriptor entry in new[] { None, Table, Block, TableNotValid })
        {
            foreach ((TableGeometry geometry, int level) in new[] { (Shapes.FiveLevelsFolded, -1), (Shapes.FourLevels16KFolded, 0) })
            {
                Assert.False(geometry.IsNone(level, entry));
                Assert.False(geometry.IsBad(level, entry));
                Assert.True(geometry.IsPresent(level, entry));
            }
        }
    }

    [Fact]
    public void In_and_below_a_folded_level_entries_are_looked_at_as_always()
    {
        for (int level = 0; level < 3; level++)
        {
            Assert.True(Shapes.FiveLevelsFolded.IsNone(level, None));
            Assert.True(Shapes.FiveLevelsFolded.IsBad(level, Block));
            Assert.True(Shapes.FiveLevelsFolded.IsPresent(level, Table));
            Assert.False(Shapes.FiveLevelsFolded.IsBad(level, Table));
        }

        Assert.True(Shapes.FourLevels16KFolded.IsNone(1, None));
        Assert.True(Shapes.FourLevels16KFolded.IsBad(1, TableNotValid));
    }

    [Fact]
    public void Four_levels_look_at_their_root_as_level_0()
    {
        Assert.True(Shapes.FourLevels.IsNone(0, None));
        Assert.True(Shapes.FourLevels.IsBad(0, Block));
        Assert.False(Shapes.FourLevels.IsBad(0, TableNotValid));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_bad_entry_stops_the_walk_and_is_named_with_its_level(int level)
    {
        using TestMachine machine = new(Shapes.FiveLevels);
        TableGeometry geometry = machine.Geometry;

        // Good tables down to the level, whose entry is neither empty nor a table nor (at levels 2 and 1) a block.
        Descriptor bad = new(0xdead_0000_0000_0000 | (level <= 0 ? 1UL : 2UL));
        PhysicalAddress table = machine.Root;
        for (int above = geometry.RootLevel; above < level; above++)
        {
            PhysicalAddress below = machine.Page(2000 + above);
            machine.Write(table, 0, machine.Link(below));
            table = below;
        }

        machine.Write(table, 0, bad);
        var builder = BuildRun.Builder<Granule4K, SilentCpu>(machine, default);
        Assert.False(builder.TryMap(machine.Pages(geometry.PageOffset, machine.Root, 1), out MapFailure failure));
        Assert.Equal(FailureCode.BadTable, failure.Code);
        Assert.Equal(level, failure.Level);
        Assert.Equal(bad, failure.Entry);
        Assert.Equal(geometry.PageOffset, failure.Address);
    }

    [Theory]
    [InlineData(-1, FailureCode.None)]
    [InlineData(0, FailureCode.None)]
    [InlineData(1, FailureCode.BadTable)]
    [InlineData(2, FailureCode.BadTable)]
    public void A_table_that_is_not_valid_is_entered_above_level_1_and_refused_below(int level, FailureCode expected)
    {
        using TestMachine machine = new(Shapes.FiveLevels);
        var builder = BuildRun.Builder<Granule4K, SilentCpu>(machine, default);
        Assert.True(builder.TryMap(machine.Pages(machine.Geometry.PageOffset, machine.Root, 1), out _));

        PhysicalAddress table = level < 0 ? machine.Root : machine.Tables + ((ulong)level * 4096);
        machine.Write(table, 0, new Descriptor(machine.Read(table, 0).Raw & ~DescriptorBits.Valid));
        _ = builder.TryMap(machine.Pages(machine.Geometry.PageOffset, machine.Root, 1), out MapFailure failure);
        Assert.Equal(expected, failure.Code);
    }

    [Fact]
    public void A_bad_looking_root_entry_above_a_folded_level_is_read_as_the_folded_levels()
    {
        using TestMachine machine = new(Shapes.FiveLevelsFolded);
        Descriptor bad = new(0xdead_0000_0000_0001);
        machine.Write(machine.Root, 0, bad);
        var builder = BuildRun.Builder<Granule4K, SilentCpu>(machine, default);
        Assert.False(builder.TryMap(machine.Pages(machine.Geometry.ActualPageOffset, machine.Root, 1), out MapFailure failure));
        Assert.Equal((FailureCode.BadTable, 0, bad), (failure.Code, failure.Level, failure.Entry));
    }
}
