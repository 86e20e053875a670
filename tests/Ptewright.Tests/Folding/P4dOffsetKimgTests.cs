using System.Runtime.InteropServices;
using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Tests.Folding;

/// <summary><c>p4d_offset_kimg</c>: tables that are part of the image are reached where the image is mapped (<see cref="Fixmap{TMemory}.Static"/>), without a slot.</summary>
public sealed unsafe class P4dOffsetKimgTests
{
    // Memory that is always reachable lies elsewhere than memory reached through a window.
    private readonly struct ImageMemory(byte* image) : IPhysicalMemory
    {
        public void* At(PhysicalAddress address) => image + (address.Value & 0xffff);

        public void* Through(VirtualAddress window, PhysicalAddress address) => null;
    }

    [Fact]
    public void A_table_of_the_image_is_reached_through_the_image()
    {
        byte* image = (byte*)NativeMemory.AlignedAlloc(0x1_0000, 0x1_0000);
        try
        {
            ImageMemory memory = new(image);
            TableWindow window = Fixmap<ImageMemory>.Static(ref memory, new PhysicalAddress(0x4000_3000), 0);
            Assert.Equal((nint)(image + 0x3000), (nint)window.Entries);
            Assert.Equal((ulong)(image + 0x3000), window.Address.Value);
            Assert.Equal((new PhysicalAddress(0x4000_3000), 0, TableSlot.None), (window.Table, window.Level, window.Slot));
        }
        finally
        {
            NativeMemory.AlignedFree(image);
        }
    }

    [Fact]
    public void Reading_tables_takes_no_slot_either()
    {
        byte* image = (byte*)NativeMemory.AlignedAlloc(0x1_0000, 0x1_0000);
        try
        {
            TableTree<ImageMemory> tree = new(new ImageMemory(image), Shapes.FiveLevels, OutputAddressFormat.Bits48(GranuleSize.Size4K));
            TableWindow below = tree.Lower(tree.Root(new PhysicalAddress(0x4000_1000)), new Descriptor(0x4000_2003));
            Assert.Equal((nint)(image + 0x2000), (nint)below.Entries);
            Assert.Equal(TableSlot.None, below.Slot);
        }
        finally
        {
            NativeMemory.AlignedFree(image);
        }
    }

    [Fact]
    public void With_five_levels_the_fixmap_hangs_below_a_level_0_table_of_the_image()
    {
        using TestMachine machine = new(Shapes.FiveLevels);
        _ = machine.Fixmap();
        Assert.Equal(machine.Link(machine.Page(2), 3), machine.Read(machine.LiveRoot, 15));
        Assert.Equal(machine.Link(machine.Page(3), 3), machine.Read(machine.Page(2), 511));
    }

    [Fact]
    public void When_level_0_is_folded_the_fixmap_hangs_in_the_root_page_at_the_lower_index()
    {
        using TestMachine machine = new(Shapes.FiveLevelsFolded);
        _ = machine.Fixmap();
        Assert.Equal(machine.Link(machine.Page(2), 3), machine.Read(machine.LiveRoot, 511));
        Assert.True(machine.Read(machine.LiveRoot, 15).IsNone);
    }
}
