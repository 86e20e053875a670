using System.Globalization;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Tests.Translation;

/// <summary>What a kernel built for 52 bits makes of a CPU with fewer.</summary>
public sealed class RunTimeFoldingTests
{
    [Fact]
    public void The_folded_level_and_the_roots_view_follow_the_CPU() => Vectors.Check("folding.txt", 9, item =>
    {
        TableGeometry geometry = Shapes.Make(item.Granule(0), item.Integer(1), item.Integer(2));
        int folded = item.Text(4) == "-" ? TableGeometry.NoLevel : int.Parse(item.Text(4), CultureInfo.InvariantCulture);
        Assert.Equal(item.Integer(3), geometry.RootLevel);
        Assert.Equal(folded, geometry.FoldedLevel);
        Assert.Equal(item.Integer(5), geometry.WalkRootLevel);
        Assert.Equal(item.Integer(6), geometry.RootTableEntries);
        Assert.Equal(item.Number(7), geometry.Ttbr1Offset);
        Assert.Equal(item.Virtual(8), geometry.ActualPageOffset);
    });

    [Fact]
    public void Folding_changes_neither_the_root_as_built_nor_where_the_kernels_half_begins()
    {
        foreach (TableGeometry geometry in Shapes.All.Where(shape => shape.ActualVirtualAddressBits != shape.VirtualAddressBits))
        {
            TableGeometry whole = Shapes.Make(geometry.Granule, geometry.VirtualAddressBits, geometry.VirtualAddressBits);
            Assert.Equal(whole.RootLevel, geometry.RootLevel);
            Assert.Equal(whole.RootEntries, geometry.RootEntries);
            Assert.Equal(whole.PageOffset, geometry.PageOffset);
            Assert.Equal(whole.PageEnd, geometry.PageEnd);
        }
    }

    [Fact]
    public void A_folded_root_fits_the_page_that_the_root_occupies()
    {
        foreach (TableGeometry geometry in Shapes.All)
        {
            Assert.True((ulong)geometry.RootTableEntries * sizeof(ulong) <= geometry.PageSize);
            Assert.True(geometry.RootTableEntries >= geometry.RootEntries);
        }
    }

    [Fact]
    public void The_TTBR1_offset_points_the_CPU_at_the_entries_that_software_uses()
    {
        TableGeometry geometry = Shapes.Make(GranuleSize.Size64K, 52, 48);

        // The CPU takes VA[47:42] as the index, software VA[51:42].
        foreach (ulong address in new[] { geometry.ActualPageOffset.Value, 0xffff_8000_0000_0000, 0xffff_fc00_0000_0000, ulong.MaxValue })
        {
            ulong hardware = geometry.Ttbr1Offset + (((address >> 42) & 63) * 8);
            Assert.Equal((ulong)geometry.Index(1, new(address)) * 8, hardware);
        }
    }
}
