using CsCheck;
using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Tests.Folding;

/// <summary><c>pgd_page_paddr</c> and <c>pgd_page</c>: the table that a root entry points to, as an address and as a page frame number.</summary>
public sealed class PgdPagePaddrTests
{
    [Fact]
    public void The_bits_of_the_link_are_no_part_of_the_address()
    {
        OutputAddressFormat format = OutputAddressFormat.Bits48(GranuleSize.Size4K);
        foreach (ulong bits in new ulong[] { 0x3, 0x1000_0000_0000_0003, 0x1800_0000_0000_0003, 0x1800_0000_0000_0403, 0xfff0_0000_0000_0fff })
        {
            Assert.Equal(new PhysicalAddress(0x8765_4321_f000), format.Decode(new Descriptor(0x8765_4321_f000 | bits)));
        }
    }

    [Fact]
    public void With_LPA2_the_top_address_bits_are_found_in_bits_9_and_8()
    {
        OutputAddressFormat format = Shapes.Format(Shapes.FiveLevels);
        Assert.True(format.IsLpa2);
        Assert.Equal(new PhysicalAddress(0x000c_0000_4000_0000), format.Decode(new Descriptor(0x1800_0000_4000_0303)));
        Assert.Equal(new PhysicalAddress(0x0003_0000_4000_0000), format.Decode(new Descriptor(0x1803_0000_4000_0003)));
    }

    [Fact]
    public void A_folded_kernel_reads_48_bit_addresses()
    {
        OutputAddressFormat format = Shapes.Format(Shapes.FiveLevelsFolded);
        Assert.False(format.IsLpa2);
        Assert.Equal(new PhysicalAddress(0x4000_0000), format.Decode(new Descriptor(0x1800_0000_4000_0303)));
    }

    [Fact]
    public void The_page_frame_is_the_address_in_pages()
    {
        foreach (TableGeometry geometry in Shapes.All)
        {
            using TestMachine machine = new(geometry);
            Descriptor entry = machine.Link(machine.Tables);
            Assert.Equal(machine.Tables, machine.Format.Decode(entry));
            Assert.Equal(machine.Tables.Value / geometry.PageSize, machine.Tree.PageFrame(entry));
        }
    }

    [Fact]
    public void What_the_walk_links_is_what_the_entry_gives_back() =>
        Gen.Select(Gen.OneOf<TableGeometry>([.. Shapes.All]), Gen.ULong).Sample((geometry, random) =>
        {
            OutputAddressFormat format = Shapes.Format(geometry);
            PhysicalAddress table = new PhysicalAddress(random & ((1UL << format.AddressBits) - 1)).AlignDown(geometry.PageSize);
            return format.Decode(new Descriptor(format.Encode(table) | 0x1800_0000_0000_0003)) == table;
        });
}
