using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Tests.Folding;

/// <summary><c>pgd_to_folded_p4d</c> (and <c>p4d_to_folded_pud</c>): <see cref="TableWindow.Folded"/>, the page of an entry read again as the level below.</summary>
public sealed unsafe class PgdToFoldedP4dTests
{
    [Fact]
    public void It_is_the_same_page_one_level_down()
    {
        using TestMachine machine = new(Shapes.FiveLevelsFolded);
        TableWindow root = machine.Tree.Root(machine.Root);
        TableWindow folded = root.Folded(machine.Geometry.PageSize);

        Assert.Equal(-1, root.Level);
        Assert.Equal(0, folded.Level);
        Assert.Equal(root.Table, folded.Table);
        Assert.Equal(root.Address, folded.Address);
        Assert.Equal((nint)root.Entries, (nint)folded.Entries);
    }

    [Theory]
    [InlineData(4096, 0x080)]
    [InlineData(4096, 0xff8)]
    [InlineData(16384, 0x3f00)]
    [InlineData(65536, 0x1e00)]
    public void A_root_that_begins_inside_its_page_is_aligned_down(int pageSize, int offset)
    {
        // Nothing is read: the pointer is only computed with.
        const ulong pointer = 0x7f00_0000_0000;
        TableWindow inside = new((Descriptor*)(pointer + (ulong)offset), new PhysicalAddress(0x4321_0000 + (ulong)offset), new VirtualAddress(0xffff_0000 + (ulong)offset), TableSlot.Pgd, 0);
        TableWindow folded = inside.Folded((ulong)pageSize);

        Assert.Equal(pointer, (ulong)folded.Entries);
        Assert.Equal(new PhysicalAddress(0x4321_0000), folded.Table);
        Assert.Equal(new VirtualAddress(0xffff_0000), folded.Address);
        Assert.Equal(1, folded.Level);
    }

    [Fact]
    public void It_holds_no_slot_so_that_closing_it_closes_nothing()
    {
        TableWindow open = new(null, new PhysicalAddress(0x4000_0000), new VirtualAddress(0xffff_ffff_ff42_8000), TableSlot.Pgd, -1);
        Assert.Equal(TableSlot.None, open.Folded(4096).Slot);
    }
}
