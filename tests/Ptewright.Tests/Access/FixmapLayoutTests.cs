using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Kernels.AddressSpace;
using Ptewright.Kernels.Versions;
using Ptewright.Tests.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Tests.Access;

/// <summary>Where the fixmap slots lie. Linux: <c>enum fixed_addresses</c>.</summary>
public sealed class FixmapLayoutTests
{
    private static readonly GranuleSize[] Granules = Enum.GetValues<GranuleSize>();

    [Fact]
    public void Slots_have_the_numbers_and_addresses_of_6_12() => Vectors.Check("fixmap-slots.txt", 5, item =>
    {
        FixmapLayout layout = Layout(item.Granule(0), item.Integer(1));
        int index = layout.Index(item.Name<TableSlot>(2));
        Assert.Equal(item.Integer(3), index);
        Assert.Equal(item.Virtual(4), layout.Address(index));
        Assert.True(layout.IsSlot(index));
    });

    [Fact]
    public void Where_no_kernel_is_assumed_the_slots_are_those_of_6_12_117()
    {
        foreach (TableGeometry geometry in Shapes.All)
        {
            Assert.Equal(Linux612.Profile.FixmapFor(geometry), FixmapLayout.Usual(geometry.Granule));
        }

        VectorCase[] slots = [.. Vectors.Read("fixmap-slots.txt", 5).Where(item => item.Text(2) == "Pte" && item.Integer(1) != 64)];
        Assert.NotEmpty(slots);
        Assert.All(slots, item => Assert.Equal(item.Integer(3), FixmapLayout.Usual(item.Granule(0)).PteIndex));
    }

    [Fact]
    public void FIX_PGD_is_the_last_slot_with_and_without_FIX_P4D()
    {
        VirtualAddress top = new(0xffff_fbff_fe00_0000);
        FixmapLayout linux61 = new(GranuleSize.Size4K, top, 1490, hasP4d: false);
        Assert.Equal((1490, 1491, 1492, 0, 1493), Indexes(linux61));
        Assert.Equal(1494, linux61.End);
        Assert.Equal(new VirtualAddress(0xffff_fbff_fda2_e000), linux61.Address(linux61.Index(TableSlot.Pte)));
        Assert.Equal(new VirtualAddress(0xffff_fbff_fda2_b000), linux61.Address(linux61.Index(TableSlot.Pgd)));

        FixmapLayout withP4d = new(GranuleSize.Size4K, top, 1490, hasP4d: true);
        Assert.Equal((1490, 1491, 1492, 1493, 1494), Indexes(withP4d));
        Assert.Equal(1495, withP4d.End);
    }

    [Fact]
    public void No_slot_has_number_0() => Assert.Equal(0, FixmapLayout.Usual(GranuleSize.Size4K).Index(TableSlot.None));

    [Fact]
    public void The_lazy_slots_begin_at_a_multiple_of_64_KiB()
    {
        foreach (GranuleSize granule in Granules)
        {
            // For whatever number of slots lies before them.
            for (int pages = 0; pages < 40; pages++)
            {
                FixmapLayout layout = Layout(granule, pages);
                Assert.True(layout.Address(layout.LazyLastIndex).IsAligned(64 << 10), $"{granule}, {pages}: {layout.Address(layout.LazyLastIndex)}");
            }
        }
    }

    [Fact]
    public void The_lazy_slots_are_sixteen_and_none_of_them_is_the_kernels()
    {
        foreach (GranuleSize granule in Granules)
        {
            for (int pages = 0; pages < 40; pages++)
            {
                FixmapLayout layout = Layout(granule, pages);
                int first = layout.LazyLastIndex - FixmapLayout.LazySlots + 1;
                Assert.True(first >= layout.End);
                Assert.True(first - layout.End < FixmapLayout.LazySlots);
                Assert.Equal(FixmapLayout.LazySlots, Enumerable.Range(layout.End, 100).Count(layout.IsSlot));
                Assert.All(Enumerable.Range(first, FixmapLayout.LazySlots), index => Assert.True(layout.IsSlot(index)));
            }
        }
    }

    [Fact]
    public void Numbers_outside_the_slots_are_none()
    {
        FixmapLayout layout = FixmapLayout.Usual(GranuleSize.Size4K);
        Assert.False(layout.IsSlot(int.MinValue));
        Assert.False(layout.IsSlot(-1));
        Assert.False(layout.IsSlot(0));
        Assert.True(layout.IsSlot(1));
        Assert.True(layout.IsSlot(984));
        Assert.False(layout.IsSlot(985));
        Assert.False(layout.IsSlot(992));
        Assert.True(layout.IsSlot(993));
        Assert.True(layout.IsSlot(1008));
        Assert.False(layout.IsSlot(1009));
        Assert.False(layout.IsSlot(int.MaxValue));
    }

    [Fact]
    public void All_slots_lie_in_one_table_with_every_granule()
    {
        foreach (TableGeometry geometry in Shapes.All)
        {
            FixmapLayout layout = FixmapLayout.Usual(geometry.Granule);
            IEnumerable<VirtualAddress> addresses = Enumerable.Range(layout.PteIndex, layout.LazyLastIndex - layout.PteIndex + 1)
                .Where(layout.IsSlot)
                .Select(layout.Address);
            Assert.Single(addresses.Select(address => address.Value >> geometry.Shift(2)).Distinct());
        }
    }

    // As 6.12 lays its slots out with other numbers of pages for each of the boot-time ioremap slots.
    private static FixmapLayout Layout(GranuleSize granule, int pages)
    {
        FixmapRules rules = Linux612.Profile.Facts.Regions.Fixmap with { BootIoremapExtraPages = pages - ((256 << 10) >> (int)granule) };
        TableGeometry geometry = Plans.Geometry(granule, 48);
        return (Linux612.Profile.Facts.Regions with { Fixmap = rules }).FixmapFor(geometry, rules.PermanentSlots(geometry, Linux612.Profile.ReadDefaultConfig()));
    }

    private static (int Pte, int Pmd, int Pud, int P4d, int Pgd) Indexes(FixmapLayout layout) => (
        layout.Index(TableSlot.Pte),
        layout.Index(TableSlot.Pmd),
        layout.Index(TableSlot.Pud),
        layout.Index(TableSlot.P4d),
        layout.Index(TableSlot.Pgd));
}
