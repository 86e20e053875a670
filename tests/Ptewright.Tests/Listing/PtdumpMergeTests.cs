using Ptewright.Addressing;
using Ptewright.Kernels.Versions;

namespace Ptewright.Tests.Listing;

/// <summary>Which entries become one range, which do not, and where a range ends.</summary>
public class PtdumpMergeTests
{
    private const ulong Accessed = 1UL << 10;
    private const ulong Page = 3 | Accessed;
    private const ulong Block = 1 | Accessed;
    private const string PageColumns = "     RW x      AF                   MEM/NORMAL";
    private const string BlockColumns = "     RW x      AF        BLK        MEM/NORMAL";

    [Fact]
    public void Pages_that_differ_in_address_and_software_bits_only_are_one_range()
    {
        using ListingMachine machine = new(Shapes.FourLevels, Linux612.Profile);
        ulong[] ignored = [0, 0x8000_0000, 1UL << 51, 1UL << 55, 1UL << 58, 1UL << 63, 1UL << 5];
        Fill(machine, [.. ignored.Select(bits => Page | bits)]);
        Assert.Equal("0xffff000000000000-0xffff000000007000          28K PTE  " + PageColumns, machine.Lines()[1]);
    }

    [Fact]
    public void Any_listed_bit_ends_a_range()
    {
        int[] listed = [6, 7, 53, 8, 9, 10, 11, 52, 1, 54, 50, 2, 3, 4, 0];
        foreach (int bit in listed)
        {
            using ListingMachine machine = new(Shapes.FourLevels, Linux612.Profile);
            Fill(machine, [Page, Page ^ (1UL << bit), Page]);
            string[] lines = machine.Lines();
            Assert.StartsWith("0xffff000000000000-0xffff000000001000 ", lines[1], StringComparison.Ordinal);
            Assert.StartsWith("0xffff000000001000-0xffff000000002000 ", lines[2], StringComparison.Ordinal);
            Assert.StartsWith("0xffff000000002000-0xffff000000003000 ", lines[3], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_range_goes_on_from_one_table_into_the_next()
    {
        using ListingMachine machine = new(Shapes.FourLevels, Linux612.Profile);
        PhysicalAddress[] tables = machine.Chain();
        PhysicalAddress second = machine.Table(tables[1], 1);
        machine.Write(tables[0], 511, Page);
        machine.Write(second, 0, Page);
        string[] lines = machine.Lines();
        Assert.Equal("0xffff000000000000-0xffff0000001ff000        2044K PTE", lines[1]);
        Assert.Equal("0xffff0000001ff000-0xffff000000201000           8K PTE  " + PageColumns, lines[2]);
        Assert.Equal("0xffff000000201000-0xffff000000400000        2044K PTE", lines[3]);
    }

    [Fact]
    public void The_same_bits_on_two_levels_are_two_ranges()
    {
        // Bit 1 clear in a page: Linux lists it as a block of level PTE.
        using ListingMachine machine = new(Shapes.FourLevels, Linux612.Profile);
        PhysicalAddress[] tables = machine.Chain();
        machine.Write(tables[0], 511, Block);
        machine.Write(tables[1], 1, Block);
        machine.Write(tables[1], 2, Block);
        string[] lines = machine.Lines();
        Assert.Equal("0xffff0000001ff000-0xffff000000200000           4K PTE  " + BlockColumns, lines[2]);
        Assert.Equal("0xffff000000200000-0xffff000000600000           4M PMD  " + BlockColumns, lines[3]);
    }

    [Fact]
    public void An_entry_with_nothing_that_is_listed_looks_like_none()
    {
        using ListingMachine machine = new(Shapes.FourLevels, Linux612.Profile);
        Fill(machine, [1UL << 55, 0, 0x7000]);
        Assert.Equal("0xffff000000000000-0xffff000000200000           2M PTE", machine.Lines()[1]);
    }

    [Theory]
    [InlineData("6.1", 1UL << 58)]
    [InlineData("6.1", 1UL << 59)]
    [InlineData("6.12", 1UL << 11)]
    public void A_block_that_is_invalid_but_present_is_listed(string version, ulong present)
    {
        using ListingMachine machine = new(Shapes.FourLevels, version == "6.1" ? Linux61.Profile : Linux612.Profile);
        machine.Write(machine.Chain(2)[0], 0, Accessed | present);
        Assert.StartsWith("0xffff000000000000-0xffff000000200000           2M PMD F", machine.Lines()[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("6.1", 1UL << 11)]
    [InlineData("6.12", 1UL << 58)]
    public void An_invalid_block_that_is_not_present_is_passed_over(string version, ulong other)
    {
        using ListingMachine machine = new(Shapes.FourLevels, version == "6.1" ? Linux61.Profile : Linux612.Profile);
        PhysicalAddress table = machine.Chain(2)[0];
        machine.Write(table, 0, Block);
        machine.Write(table, 1, Accessed | other);
        string[] lines = machine.Lines();
        Assert.Equal("0xffff000000000000-0xffff000000400000           4M PMD  " + BlockColumns, lines[1]);
        Assert.Equal("0xffff000000400000-0xffff000040000000        1020M PMD", lines[2]);
    }

    [Fact]
    public void A_bad_entry_of_an_upper_level_is_a_hole()
    {
        using ListingMachine machine = new(Shapes.FourLevels, Linux612.Profile);
        machine.Write(machine.Root, 0, Block | 0xdead_0000_0000);
        machine.Write(machine.Root, 1, Accessed);
        Assert.Equal(ListingMachine.Golden("empty-6.12-4k-48"), machine.Text());
    }

    [Fact]
    public void A_marker_splits_equal_pages()
    {
        // FIXADDR_TOT_START of 6.12 with 4K pages: slot 985, in the middle of a table.
        using ListingMachine machine = new(Shapes.FourLevels, Linux612.Profile);
        PhysicalAddress pages = machine.Table(machine.Table(machine.Table(machine.Root, 511), 511), 506);
        for (int i = 0; i < 512; i++)
        {
            machine.Write(pages, i, Page);
        }

        Assert.Contains(
            $"""
            0xffffffffff400000-0xffffffffff427000         156K PTE  {PageColumns}
            ---[ Fixmap start ]---
            0xffffffffff427000-0xffffffffff600000        1892K PTE  {PageColumns}

            """.ReplaceLineEndings("\n"),
            machine.Text(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_that_begins_behind_two_passed_markers_catches_up_entry_by_entry()
    {
        // 6.1: from 0xfffffc0000000000 on lie, all passed at once: vmalloc end, both fixmap markers, both of PCI I/O, vmemmap start.
        using ListingMachine machine = new(Shapes.FourLevels, Linux61.Profile);
        PhysicalAddress pages = machine.Table(machine.Table(machine.Table(machine.Root, 504), 0), 0);
        for (int i = 0; i < 512; i++)
        {
            machine.Write(pages, i, Page);
        }

        Assert.Contains(
            $"""
            ---[ vmalloc() end ]---
            ---[ Fixmap start ]---
            0xfffffc0000000000-0xfffffc0000001000           4K PTE  {PageColumns}
            ---[ Fixmap end ]---
            ---[ PCI I/O start ]---
            0xfffffc0000001000-0xfffffc0000002000           4K PTE  {PageColumns}
            ---[ PCI I/O end ]---
            ---[ vmemmap start ]---
            0xfffffc0000002000-0xfffffc0000200000        2040K PTE  {PageColumns}

            """.ReplaceLineEndings("\n"),
            machine.Text(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_listing_longer_than_the_buffer_is_complete()
    {
        using ListingMachine machine = new(Shapes.FourLevels, Linux612.Profile);
        ulong[] entries = [.. Enumerable.Range(0, 512).Select(i => i % 2 == 0 ? Page : 0)];
        Fill(machine, entries);
        string[] lines = machine.Lines();
        for (int i = 0; i < 512; i++)
        {
            string range = $"0x{0xffff000000000000 + ((ulong)i * 4096):x16}-0x{0xffff000000000000 + ((ulong)(i + 1) * 4096):x16}           4K PTE";
            Assert.Equal(i % 2 == 0 ? range + "  " + PageColumns : range, lines[i + 1]);
        }
    }

    private static void Fill(ListingMachine machine, ulong[] entries)
    {
        PhysicalAddress pages = machine.Chain()[0];
        for (int i = 0; i < entries.Length; i++)
        {
            machine.Write(pages, i, entries[i]);
        }
    }
}
