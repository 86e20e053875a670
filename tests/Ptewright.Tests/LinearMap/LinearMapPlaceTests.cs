using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Tests.LinearMap;

/// <summary>Where the linear map lies, and what memory it cannot hold.</summary>
public unsafe class LinearMapPlaceTests
{
    private const ulong Gibi = 1UL << 30;
    private const ulong Tebi = 1UL << 40;

    [Theory]
    [InlineData(GranuleSize.Size4K, 48, 0x7000_0000, 0x4000_0000)]
    [InlineData(GranuleSize.Size16K, 47, 0x7000_0000, 0x4000_0000)]
    [InlineData(GranuleSize.Size64K, 48, 0x7000_0000, 0x6000_0000)]
    public void The_start_is_rounded_down(GranuleSize granule, int bits, ulong memory, ulong start) =>
        Assert.Equal(start, LinearMapPlace.Of(Plans.Geometry(granule, bits), new(memory)).Start.Value);

    // __phys_to_virt: (x - PHYS_OFFSET) | PAGE_OFFSET.
    [Theory]
    [InlineData(GranuleSize.Size4K, 48, 48)]
    [InlineData(GranuleSize.Size4K, 39, 39)]
    [InlineData(GranuleSize.Size4K, 52, 52)]
    [InlineData(GranuleSize.Size4K, 52, 48)]
    [InlineData(GranuleSize.Size16K, 52, 47)]
    [InlineData(GranuleSize.Size64K, 52, 48)]
    public void An_address_of_the_map_is_where_the_kernel_says(GranuleSize granule, int built, int actual)
    {
        Assert.True(TableGeometry.TryCreate(granule, built, actual, out TableGeometry geometry));
        LinearMapPlace place = LinearMapPlace.Of(geometry, new(0x8123_4000));
        foreach (ulong distance in (ulong[])[0, 0x1000, 0x123_4567, LinearMapPlace.Room(geometry) - 1])
        {
            PhysicalAddress physical = place.Start + distance;
            Assert.Equal((physical.Value - place.MemoryStart.Value) | geometry.PageOffset.Value, place.Virtual(physical).Value);
            Assert.Equal(geometry.ActualPageOffset.Value + distance, place.Virtual(physical).Value);
            Assert.True(place.Virtual(physical) < geometry.PageEnd);
        }

        Assert.Equal(geometry.PageEnd, place.Virtual(place.End));
        Assert.Equal(built != actual, place.MemoryStart != place.Start);
    }

    [Fact]
    public void A_random_start_moves_every_address_by_as_much()
    {
        LinearMapPlace place = LinearMapPlace.Of(Plans.Geometry(GranuleSize.Size4K, 48), new(Gibi));
        LinearMapPlace moved = place.MovedUp(5 * Gibi);

        Assert.Equal(place.Virtual(new(2 * Gibi)) + (5 * Gibi), moved.Virtual(new(2 * Gibi)));
        Assert.Equal(unchecked(Gibi - (5 * Gibi)), moved.MemoryStart.Value);
    }

    [Fact]
    public void What_no_entry_can_hold_is_cut_off_first()
    {
        MemoryLayout layout = Memory((Gibi, 2 * Gibi), (300 * Tebi, Tebi));
        LinearMapCuts cuts = Fit(layout, default, out LinearMapPlace place);

        Assert.Equal((256 * Tebi, 301 * Tebi), Bounds(cuts.BeyondAddresses));
        Assert.Equal((0UL, 0UL), (cuts.BeyondMap.Size, cuts.BelowMap.Size));
        Assert.Equal((Gibi, 3 * Gibi), (place.Start.Value, layout.End.Value));
    }

    [Fact]
    public void What_lies_above_the_map_is_cut_off()
    {
        MemoryLayout layout = Memory((Gibi, 200 * Tebi));
        LinearMapCuts cuts = Fit(layout, default, out LinearMapPlace place);

        Assert.Equal((Gibi + (128 * Tebi), Gibi + (200 * Tebi)), Bounds(cuts.BeyondMap));
        Assert.Equal((0UL, 0UL), (cuts.BeyondAddresses.Size, cuts.BelowMap.Size));
        Assert.Equal(place.End, layout.End);
    }

    // The last address of memory decides how far it moves up, so the image is reached and what is below is lost.
    [Fact]
    public void The_map_moves_up_to_an_image_that_it_would_not_reach()
    {
        PhysicalAddress image = new(Gibi + (129 * Tebi));
        MemoryLayout layout = Memory((Gibi, 2 * Gibi), (Gibi + (128 * Tebi), Tebi + Gibi));
        LinearMapCuts cuts = Fit(layout, image + 0x100_0000, out LinearMapPlace place);

        Assert.Equal((0UL, (2 * Gibi) + Tebi), (cuts.BeyondAddresses.Size, place.Start.Value));
        Assert.Equal((image.Value + 0x100_0000, (2 * Gibi) + (129 * Tebi)), Bounds(cuts.BeyondMap));
        Assert.Equal((0UL, place.Start.Value), Bounds(cuts.BelowMap));
        Assert.True(place.Start <= layout.Start && layout.End <= place.End && image < layout.End);
    }

    [Fact]
    public void Without_memory_there_is_no_place_and_no_fault()
    {
        MemoryLayout layout = Memory((300 * Tebi, Tebi));
        LinearMapCuts cuts = Fit(layout, default, out LinearMapPlace place);

        Assert.Equal((0UL, 45 * Tebi), (layout.TotalBytes, cuts.BeyondAddresses.Size));
        Assert.Equal(0UL, place.Start.Value);
    }

    private static (ulong Start, ulong End) Bounds(MemoryRegion region) => (region.Start.Value, region.End.Value);

    private static LinearMapCuts Fit(MemoryLayout layout, PhysicalAddress imageEnd, out LinearMapPlace place)
    {
        Assert.True(LinearMapPlace.TryFit(ref *layout.Blocks, Plans.Geometry(GranuleSize.Size4K, 48), 48, imageEnd, out place, out LinearMapCuts cuts));
        GC.KeepAlive(layout);
        return cuts;
    }

    private static MemoryLayout Memory(params (ulong Start, ulong Size)[] ranges)
    {
        MemoryLayout layout = new();
        foreach ((ulong start, ulong size) in ranges)
        {
            layout.Add(new(start), new(start + size));
        }

        return layout;
    }
}
