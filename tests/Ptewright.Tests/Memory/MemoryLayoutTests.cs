using Ptewright.Addressing;
using Ptewright.Memory;

namespace Ptewright.Tests.Memory;

/// <summary>The hosted view of a machine's memory, which grows as needed.</summary>
public sealed class MemoryLayoutTests
{
    [Fact]
    public void It_holds_more_regions_than_it_began_with()
    {
        MemoryLayout layout = new();
        for (ulong i = 0; i < 1000; i++)
        {
            layout.Add(new(i * 0x4000), new((i * 0x4000) + 0x2000));
            layout.Reserve(new(i * 0x4000), new((i * 0x4000) + 0x10));
        }

        Assert.Equal(1000, layout.Memory.Count);
        Assert.Equal(1000, layout.Reserved.Count);
        Assert.Equal(1000UL * 0x2000, layout.TotalBytes);
        Assert.Equal((new PhysicalAddress(0), new PhysicalAddress((999 * 0x4000) + 0x2000)), (layout.Start, layout.End));
    }

    [Fact]
    public void Growing_in_the_middle_of_a_change_keeps_flags_and_finishes_the_change()
    {
        MemoryLayout layout = MemoryLayout.OfRange(new(0x10_0000), 0x10_0000);
        for (ulong i = 0; i < 100; i++)
        {
            layout.MarkNoMap(new(0x10_0000 + (i * 0x1000)), new(0x10_0000 + (i * 0x1000) + 0x10));
        }

        layout.Add(new(0), new(0x40_0000));
        Assert.Equal(201, layout.Memory.Count);
        Assert.Equal(100, layout.Memory.Count(region => region.NoMap));
        Assert.Equal(0x40_0000UL, layout.TotalBytes);
        Assert.Equal(0x40_0000UL - (100 * 0x10), layout.MappedBytes);

        layout.ClearNoMap(new(0), new(0x40_0000));
        Assert.False(Assert.Single(layout.Memory).NoMap);
    }

    [Fact]
    public void A_copy_lives_its_own_life()
    {
        MemoryLayout layout = MemoryLayout.OfRange(new(0x10_0000), 0x10_0000);
        layout.MarkNoMap(new(0x10_0000), new(0x11_0000));
        layout.Reserve(new(0x1f_0000), new(0x20_0000));
        MemoryLayout copy = layout.Clone();
        copy.Reserve(new(0x1e_0000), new(0x1e_1000));
        copy.Remove(new(0x10_0000), new(0x18_0000));

        Assert.Equal(2, layout.Memory.Count);
        Assert.True(layout.Memory[0].NoMap);
        Assert.Single(layout.Reserved);
        Assert.Equal(new PhysicalAddress(0x18_0000), copy.Start);
        Assert.Equal(2, copy.Reserved.Count);
    }
}
