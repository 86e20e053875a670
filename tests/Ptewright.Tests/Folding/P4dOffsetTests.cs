using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Tests.Folding;

/// <summary><c>p4d_offset</c> and <c>p4d_offset_lockless</c>: <c>TableTree.Lower</c>, from an entry to the table below it.</summary>
public sealed class P4dOffsetTests
{
    [Fact]
    public void With_five_levels_it_follows_the_entry()
    {
        using TestMachine machine = new(Shapes.FiveLevels);
        TableTree<HostMemory> tree = machine.Tree;
        TableWindow below = tree.Lower(tree.Root(machine.Root), machine.Link(machine.Tables));
        Assert.Equal((machine.Tables, 0, TableSlot.None), (below.Table, below.Level, below.Slot));
    }

    [Fact]
    public void When_folded_it_stays_in_the_root_page_whatever_the_entry_says()
    {
        using TestMachine machine = new(Shapes.FiveLevelsFolded);
        TableTree<HostMemory> tree = machine.Tree;
        foreach (Descriptor entry in new[] { default, machine.Link(machine.Tables), new Descriptor(ulong.MaxValue) })
        {
            TableWindow below = tree.Lower(tree.Root(machine.Root), entry);
            Assert.Equal((machine.Root, 0), (below.Table, below.Level));
        }
    }

    [Fact]
    public void A_folded_level_1_stays_in_the_root_page_too()
    {
        using TestMachine machine = new(Shapes.FourLevels16KFolded);
        TableTree<HostMemory> tree = machine.Tree;
        TableWindow below = tree.Lower(tree.Root(machine.Root), machine.Link(machine.Tables));
        Assert.Equal((machine.Root, 1), (below.Table, below.Level));
    }

    [Fact]
    public unsafe void It_follows_the_entry_it_was_given_and_does_not_read_it_again()
    {
        using TestMachine machine = new(Shapes.FiveLevels);
        TableTree<HostMemory> tree = machine.Tree;
        TableWindow root = tree.Root(machine.Root);
        Descriptor read = machine.Link(machine.Page(20));
        machine.Write(machine.Root, 0, machine.Link(machine.Page(21)));

        Assert.Equal(machine.Page(20), tree.Lower(root, read).Table);
        Assert.Equal(machine.Page(21), tree.Lower(root, root.Entries[0]).Table);
    }

    [Fact]
    public unsafe void From_the_root_it_leads_to_the_page_that_was_mapped_in_every_shape()
    {
        foreach (TableGeometry geometry in new[] { Shapes.FiveLevels, Shapes.FiveLevelsFolded, Shapes.FourLevels, Shapes.ThreeLevels, Shapes.FourLevels16K, Shapes.FourLevels16KFolded })
        {
            using TestMachine machine = new(geometry);
            VirtualAddress address = geometry.ActualPageOffset + (5 * geometry.PageSize);
            _ = BuildRun.Record(machine, false, machine.Pages(address, machine.Page(100), 1));

            TableTree<HostMemory> tree = machine.Tree;
            TableWindow table = tree.Root(machine.Root);
            while (table.Level < 3)
            {
                table = tree.Lower(table, table.Entries[geometry.Index(table.Level, address)]);
            }

            Descriptor leaf = table.Entries[geometry.Index(3, address)];
            Assert.Equal(machine.Page(100), machine.Format.Decode(leaf));
            Assert.Equal(machine.LeafProtection.PageBits, machine.Format.AttributesOf(leaf));
        }
    }
}
