using Ptewright.Kernels.Versions;

namespace Ptewright.Tests.Listing;

/// <summary>Every column of attributes, set and clear, with its blanks.</summary>
public class PtdumpColumnTests
{
    private const string PageRange = "0xffff000000000000-0xffff000000001000           4K PTE ";

    // A page with nothing but its type: valid, writable, executable, memory type 0.
    private static readonly string[] Plain = [" ", "   ", "RW", "x ", "   ", "  ", "  ", "   ", "   ", "   ", "  ", "MEM/NORMAL"];

    [Theory]
    [InlineData(3UL, 0, " ")]
    [InlineData(2UL, 0, "F")]
    [InlineData(3UL | (1UL << 6), 1, "USR")]
    [InlineData(3UL | (1UL << 7), 2, "ro")]
    [InlineData(3UL | (1UL << 53), 3, "NX")]
    [InlineData(3UL | (3UL << 8), 4, "SHD")]
    [InlineData(3UL | (2UL << 8), 4, "   ")]
    [InlineData(3UL | (1UL << 8), 4, "   ")]
    [InlineData(3UL | (1UL << 10), 5, "AF")]
    [InlineData(3UL | (1UL << 11), 6, "NG")]
    [InlineData(3UL | (1UL << 52), 7, "CON")]
    [InlineData(1UL, 8, "BLK")]
    [InlineData(3UL | (1UL << 54), 9, "UXN")]
    [InlineData(3UL | (1UL << 50), 10, "GP")]
    [InlineData(3UL | (1UL << 2), 11, "MEM/NORMAL-TAGGED")]
    [InlineData(3UL | (2UL << 2), 11, "MEM/NORMAL-NC")]
    [InlineData(3UL | (3UL << 2), 11, "DEVICE/nGnRnE")]
    [InlineData(3UL | (4UL << 2), 11, "DEVICE/nGnRE")]
    public void Each_bit_changes_its_own_column(ulong entry, int column, string text)
    {
        string[] columns = [.. Plain];
        columns[column] = text;
        Assert.Equal(PageRange + string.Join(' ', columns), FirstPage(entry, Linux61.Profile));
        Assert.Equal(PageRange + string.Join(' ', columns), FirstPage(entry, Linux612.Profile));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void A_memory_type_without_a_name_leaves_no_blank(int type) =>
        Assert.Equal(PageRange + string.Join(' ', Plain[..^1]), FirstPage(3UL | ((ulong)type << 2), Linux612.Profile));

    [Fact]
    public void With_LPA2_the_shareability_column_shows_address_bits()
    {
        // Linux prints the raw field; with DS = 1 it holds OA[51:50].
        using ListingMachine machine = new(Shapes.FiveLevels, Linux612.Profile);
        machine.Write(machine.Chain()[0], 0, 3UL | (3UL << 8));
        Assert.Contains("RW x  SHD", machine.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_invalid_entry_without_the_type_of_a_block_is_a_block_up_to_6_12_only()
    {
        const ulong accessed = 1UL << 10;
        Assert.Equal(PageRange + "F     RW x      AF        BLK        MEM/NORMAL", FirstPage(accessed, Linux612.Profile));
        Assert.Equal(PageRange + "F     RW x      AF                   MEM/NORMAL", FirstPage(accessed, Linux618.Profile));
    }

    private static string FirstPage(ulong entry, KernelProfile kernel)
    {
        using ListingMachine machine = new(Shapes.FourLevels, kernel);
        machine.Write(machine.Chain()[0], 0, entry);
        return machine.Lines()[1];
    }
}
