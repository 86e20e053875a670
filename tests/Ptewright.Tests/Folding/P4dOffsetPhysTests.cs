using Ptewright.Addressing;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Tests.Folding;

/// <summary><c>p4d_offset_phys</c> (and <c>pud_offset_phys</c>): <c>TableTree.EntryAddress</c>, where the entry below an entry lies.</summary>
public sealed class P4dOffsetPhysTests
{
    private static readonly VirtualAddress Address = new(0xffff_5555_5555_5555);

    [Fact]
    public void It_is_the_table_plus_eight_bytes_an_index()
    {
        using TestMachine machine = new(Shapes.FiveLevels);
        FailureCode code = machine.Tree.EntryAddress(-1, new Descriptor(0x1800_0000_4000_0003), Address, out PhysicalAddress location);
        Assert.Equal(FailureCode.None, code);
        Assert.Equal(new PhysicalAddress(0x4000_0000 + (170 * 8)), location);
    }

    [Fact]
    public void The_top_address_bits_of_LPA2_count()
    {
        using TestMachine machine = new(Shapes.FiveLevels);
        _ = machine.Tree.EntryAddress(-1, new Descriptor(0x1803_0000_4000_0303), Address, out PhysicalAddress location);
        Assert.Equal(new PhysicalAddress(0x000f_0000_4000_0000 + (170 * 8)), location);
    }

    [Fact]
    public void Asking_for_a_folded_levels_tables_is_refused()
    {
        using TestMachine machine = new(Shapes.FiveLevelsFolded);
        FailureCode code = machine.Tree.EntryAddress(-1, new Descriptor(0x1800_0000_4000_0003), Address, out PhysicalAddress location);
        Assert.Equal(FailureCode.LevelFolded, code);
        Assert.Equal(default, location);
    }

    [Fact]
    public void Asking_for_a_folded_level_1_is_refused_too()
    {
        using TestMachine folded = new(Shapes.FourLevels16KFolded);
        using TestMachine whole = new(Shapes.FourLevels16K);
        Assert.Equal(FailureCode.LevelFolded, folded.Tree.EntryAddress(0, folded.Link(folded.Tables), Address, out _));
        Assert.Equal(FailureCode.None, whole.Tree.EntryAddress(0, whole.Link(whole.Tables), Address, out _));
    }

    [Fact]
    public void Below_the_folded_level_it_works_as_always()
    {
        foreach (TableGeometry geometry in new[] { Shapes.FiveLevels, Shapes.FiveLevelsFolded, Shapes.FourLevels })
        {
            using TestMachine machine = new(geometry);
            for (int level = 0; level < 3; level++)
            {
                Assert.Equal(FailureCode.None, machine.Tree.EntryAddress(level, machine.Link(machine.Tables), Address, out PhysicalAddress location));
                ulong index = (Address.Value >> (12 + (9 * (2 - level)))) % 512;
                Assert.Equal(machine.Tables + (index * 8), location);
            }
        }
    }
}
