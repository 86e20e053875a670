using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Tests.Translation;

/// <summary>Levels, sizes and address ranges of every kernel configuration.</summary>
public sealed class GeometryTests
{
    [Fact]
    public void Every_configuration_has_the_shape_of_the_kernel() => Vectors.Check("geometry.txt", 9, item =>
    {
        int bits = item.Integer(1);
        TableGeometry geometry = Shapes.Make(item.Granule(0), bits, bits);
        Assert.Equal(item.Integer(2), geometry.Levels);
        Assert.Equal(4 - item.Integer(2), geometry.RootLevel);
        Assert.Equal(item.Integer(3), geometry.Shift(geometry.RootLevel));
        Assert.Equal(item.Integer(4), geometry.RootEntries);
        Assert.Equal(item.Integer(5), geometry.RootEntries * sizeof(ulong));
        Assert.Equal(item.Virtual(6), geometry.PageOffset);
        Assert.Equal(item.Virtual(6), geometry.ActualPageOffset);
        Assert.Equal(item.Virtual(7), geometry.PageEnd);
        Assert.Equal(item.Integer(8), geometry.MinimumVirtualAddressBits);
        Assert.Equal(bits, geometry.ActualVirtualAddressBits);
    });

    [Fact]
    public void No_other_configuration_exists()
    {
        HashSet<(GranuleSize Granule, int Bits)> known =
            [.. Vectors.Read("geometry.txt", 9).Select(item => (item.Granule(0), item.Integer(1)))];
        foreach (GranuleSize granule in Enum.GetValues<GranuleSize>())
        {
            for (int bits = -1; bits <= 65; bits++)
            {
                Assert.Equal(known.Contains((granule, bits)), TableGeometry.TryCreate(granule, bits, bits, out _));
            }
        }

        Assert.False(TableGeometry.TryCreate((GranuleSize)13, 48, 48, out _));
        Assert.False(TableGeometry.TryCreate(0, 48, 48, out _));
    }

    [Fact]
    public void Only_kernels_for_52_bits_run_with_fewer_and_only_with_their_minimum()
    {
        foreach (GranuleSize granule in Enum.GetValues<GranuleSize>())
        {
            int minimum = granule == GranuleSize.Size16K ? 47 : 48;
            for (int built = 30; built <= 56; built++)
            {
                for (int actual = 30; actual <= 56; actual++)
                {
                    if (actual != built)
                    {
                        Assert.Equal(built == 52 && actual == minimum, TableGeometry.TryCreate(granule, built, actual, out _));
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(GranuleSize.Size4K, 12, 9, 512)]
    [InlineData(GranuleSize.Size16K, 14, 11, 2048)]
    [InlineData(GranuleSize.Size64K, 16, 13, 8192)]
    public void A_table_below_the_root_fills_one_page(GranuleSize granule, int pageShift, int entryShift, int entries)
    {
        TableGeometry geometry = Shapes.Make(granule, 48, 48);
        Assert.Equal(granule, geometry.Granule);
        Assert.Equal(pageShift, geometry.PageShift);
        Assert.Equal(1UL << pageShift, geometry.PageSize);
        Assert.Equal(entryShift, geometry.EntryShift);
        Assert.Equal(entries, geometry.EntriesPerTable);
        Assert.Equal(geometry.PageSize, (ulong)entries * sizeof(ulong));
    }

    // Shifts of levels 3, 2, 1, 0, -1 as Linux's headers give them: PAGE, PMD, PUD, P4D, PGDIR.
    [Theory]
    [InlineData(GranuleSize.Size4K, new[] { 12, 21, 30, 39, 48 })]
    [InlineData(GranuleSize.Size16K, new[] { 14, 25, 36, 47 })]
    [InlineData(GranuleSize.Size64K, new[] { 16, 29, 42 })]
    public void An_entry_covers_one_table_of_the_level_below(GranuleSize granule, int[] shifts)
    {
        TableGeometry geometry = Shapes.Make(granule, 52, 52);
        Assert.Equal(shifts, Enumerable.Range(0, shifts.Length).Select(below => geometry.Shift(3 - below)));
        Assert.Equal(3 - (shifts.Length - 1), geometry.RootLevel);
    }

    [Fact]
    public void The_kernels_half_ends_where_the_address_space_does()
    {
        foreach (TableGeometry geometry in Shapes.All)
        {
            // The linear map takes half of what the smallest address size leaves; the rest of the kernel lies above it.
            Assert.True(geometry.PageOffset <= geometry.ActualPageOffset);
            Assert.True(geometry.ActualPageOffset < geometry.PageEnd);
            Assert.Equal(0UL, geometry.PageOffset.Value + (1UL << geometry.VirtualAddressBits));
            Assert.Equal(0UL, geometry.PageEnd.Value + (1UL << (geometry.MinimumVirtualAddressBits - 1)));
            Assert.Equal(new VirtualAddress(0UL - (1UL << geometry.ActualVirtualAddressBits)), geometry.ActualPageOffset);
        }
    }

    [Fact]
    public void Blocks_are_looked_for_at_level_2_and_with_small_pages_and_three_levels_at_level_1()
    {
        foreach (TableGeometry geometry in Shapes.All)
        {
            Assert.True(geometry.CanBeBlock(2));
            Assert.False(geometry.CanBeBlock(0));
            Assert.False(geometry.CanBeBlock(-1));
            Assert.False(geometry.CanBeBlock(3));
            Assert.Equal(geometry.Granule != GranuleSize.Size64K && geometry.Levels >= 3, geometry.CanBeBlock(1));
        }
    }

    [Fact]
    public void Granules_as_type_arguments_have_the_contiguous_runs_of_the_kernel()
    {
        // 64 KiB, 2 MiB, 2 MiB of pages; 32 MiB, 1 GiB, 16 GiB of blocks.
        Assert.Equal((16, 25, true), Runs<Granule4K>());
        Assert.Equal((21, 30, false), Runs<Granule16K>());
        Assert.Equal((21, 34, false), Runs<Granule64K>());
        Assert.Equal((12, 14, 16), (Granule4K.PageShift, Granule16K.PageShift, Granule64K.PageShift));
    }

    private static (int PteRun, int PmdRun, bool HasPudBlocks) Runs<TGranule>()
        where TGranule : struct, IGranule
    {
        int pmdShift = TGranule.PageShift + (TGranule.PageShift - 3);
        return (TGranule.PageShift + TGranule.ContiguousPteShift, pmdShift + TGranule.ContiguousPmdShift, TGranule.HasPudBlocks);
    }
}
