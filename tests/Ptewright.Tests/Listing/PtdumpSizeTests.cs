using Ptewright.Addressing;
using Ptewright.Kernels.Versions;

namespace Ptewright.Tests.Listing;

/// <summary>Sizes: nine columns and the largest unit that leaves no rest. Larger units are in the goldens of empty roots.</summary>
public class PtdumpSizeTests
{
    [Theory]
    [InlineData(1, "        4K")]
    [InlineData(255, "     1020K")]
    [InlineData(256, "        1M")]
    [InlineData(257, "     1028K")]
    [InlineData(511, "     2044K")]
    public void A_run_of_pages_has_its_size(int pages, string size)
    {
        using ListingMachine machine = new(Shapes.FourLevels, Linux612.Profile);
        PhysicalAddress table = machine.Chain()[0];
        for (int i = 0; i < pages; i++)
        {
            machine.Write(table, i, 3);
        }

        Assert.Equal(size, Size(machine.Lines()[1]));
    }

    [Theory]
    [InlineData(1, 1, "        1G")]
    [InlineData(1, 511, "      511G")]
    [InlineData(2, 1, "        2M")]
    [InlineData(2, 3, "        6M")]
    [InlineData(2, 511, "     1022M")]
    public void A_run_of_blocks_has_its_size(int level, int blocks, string size)
    {
        using ListingMachine machine = new(Shapes.FourLevels, Linux612.Profile);
        PhysicalAddress table = machine.Chain(level)[0];
        for (int i = 0; i < blocks; i++)
        {
            machine.Write(table, i, 1);
        }

        Assert.Equal(size, Size(machine.Lines()[1]));
    }

    // Between the three blanks behind the addresses and the blank before the level.
    private static string Size(string line) => line[40..50];
}
