using System.Globalization;
using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Kernels.AddressSpace;
using Ptewright.Kernels.Versions;
using Ptewright.Tests.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Tests.Listing;

/// <summary>Where the regions of each kernel version lie, and how their markers come out.</summary>
public class PtdumpMarkerTests
{
    // Linear map start, end = modules start, modules end = vmalloc start, vmalloc end, vmemmap start, vmemmap end, PCI I/O start, end, fixmap start, end.
    [Theory]
    [InlineData("4K", 48, 48, "ffff000000000000 ffff800000000000 ffff800080000000 fffffdffbf800000 fffffdffc0000000 ffffffffff427000")]
    [InlineData("4K", 52, 52, "fff0000000000000 ffff800000000000 ffff800080000000 ffffc1ffbf800000 ffffc1ffc0000000 ffffffffff427000")]
    [InlineData("4K", 52, 48, "fff0000000000000 ffff800000000000 ffff800080000000 fffffdffbf800000 fffffdffc0000000 ffffffffff427000")]
    [InlineData("16K", 47, 47, "ffff800000000000 ffffc00000000000 ffffc00080000000 ffffffbfbf800000 ffffffbfc0000000 ffffffffff3dc000")]
    [InlineData("16K", 52, 52, "fff0000000000000 ffffc00000000000 ffffc00080000000 fffff03fbf800000 fffff03fc0000000 ffffffffff3dc000")]
    [InlineData("16K", 52, 47, "fff0000000000000 ffffc00000000000 ffffc00080000000 ffffffbfbf800000 ffffffbfc0000000 ffffffffff3dc000")]
    [InlineData("64K", 52, 52, "fff0000000000000 ffff800000000000 ffff800080000000 fffffc1fbf800000 fffffc1fc0000000 ffffffffff2b0000")]
    [InlineData("64K", 52, 48, "fff0000000000000 ffff800000000000 ffff800080000000 ffffffdfbf800000 ffffffdfc0000000 ffffffffff2b0000")]
    public void The_regions_of_6_12(string granule, int bits, int actual, string expected)
    {
        TableGeometry geometry = Plans.Geometry(Plans.Granule(granule), bits, actual);
        VirtualAddress[] at = Addresses(expected);
        Assert.Equal(
            [
                new(at[0], "Linear Mapping start"),
                new(at[1], "Linear Mapping end"),
                new(at[1], "Modules start"),
                new(at[2], "Modules end"),
                new(at[2], "vmalloc() area"),
                new(at[3], "vmalloc() end"),
                new(at[4], "vmemmap start"),
                new(new VirtualAddress(0xffff_ffff_c000_0000), "vmemmap end"),
                new(new VirtualAddress(0xffff_ffff_c080_0000), "PCI I/O start"),
                new(new VirtualAddress(0xffff_ffff_c180_0000), "PCI I/O end"),
                new(at[5], "Fixmap start"),
                new(new VirtualAddress(0xffff_ffff_ff80_0000), "Fixmap end"),
            ],
            Linux612.Profile.Facts.Listing.Markers(KernelRegions.Of(Linux612.Profile.Facts.Regions, geometry, Linux612.Profile.ReadDefaultConfig())));
    }

    // In the order of addresses; the fixmap starts below its 4 MiB device tree window and 11 more slots.
    [Theory]
    [InlineData("4K", 48, "ffff000000000000 ffff800000000000 ffff800008000000 fffffbfff0000000 fffffbfffdbf5000 fffffbfffe000000 fffffbfffe800000 fffffbffff800000 fffffc0000000000 fffffe0000000000")]
    [InlineData("4K", 39, "ffffff8000000000 ffffffc000000000 ffffffc008000000 fffffffdf0000000 fffffffdfdbf5000 fffffffdfe000000 fffffffdfe800000 fffffffdff800000 fffffffe00000000 ffffffff00000000")]
    [InlineData("64K", 52, "fff0000000000000 ffff800000000000 ffff800008000000 fffffbfff0000000 fffffbfffdb50000 fffffbfffe000000 fffffbfffe800000 fffffbffff800000 fffffc0000000000 ffffffe000000000")]
    public void The_regions_of_6_1(string granule, int bits, string expected)
    {
        TableGeometry geometry = Plans.Geometry(Plans.Granule(granule), bits);
        VirtualAddress[] at = Addresses(expected);
        Assert.Equal(
            [
                new(at[0], "Linear Mapping start"),
                new(at[1], "Linear Mapping end"),
                new(at[1], "Modules start"),
                new(at[2], "Modules end"),
                new(at[2], "vmalloc() area"),
                new(at[3], "vmalloc() end"),
                new(at[4], "Fixmap start"),
                new(at[5], "Fixmap end"),
                new(at[6], "PCI I/O start"),
                new(at[7], "PCI I/O end"),
                new(at[8], "vmemmap start"),
                new(at[9], "vmemmap end"),
            ],
            Linux61.Profile.Facts.Listing.Markers(KernelRegions.Of(Linux61.Profile.Facts.Regions, geometry, Linux61.Profile.ReadDefaultConfig())));
    }

    [Theory]
    [InlineData("6.1", "4K", 48, 48)]
    [InlineData("6.1", "64K", 52, 48)]
    [InlineData("6.12", "4K", 48, 48)]
    [InlineData("6.12", "4K", 52, 52)]
    [InlineData("6.12", "4K", 52, 48)]
    [InlineData("6.12", "16K", 47, 47)]
    [InlineData("6.12", "16K", 52, 47)]
    [InlineData("6.12", "64K", 52, 52)]
    [InlineData("6.12", "64K", 52, 48)]
    public void An_empty_root_is_holes_and_the_markers_that_entries_reach(string version, string granule, int bits, int actual)
    {
        using ListingMachine machine = new(Plans.Geometry(Plans.Granule(granule), bits, actual), Format(version));
        string name = $"empty-{version}-{granule.ToLowerInvariant()}-{bits}{(bits == actual ? string.Empty : $"-on-{actual}")}";
        Assert.Equal(ListingMachine.Golden(name), machine.Text());
    }

    [Fact]
    public void An_empty_level_0_table_of_five_levels_splits_the_holes()
    {
        using ListingMachine machine = new(Shapes.FiveLevels, Linux612.Profile);
        _ = machine.Table(machine.Root, 15);
        Assert.Equal(ListingMachine.Golden("empty-6.12-4k-52-p4d"), machine.Text());
    }

    [Fact]
    public void An_empty_level_1_table_of_16K_pages_splits_the_holes()
    {
        using ListingMachine machine = new(Shapes.FourLevels16K, Linux612.Profile);
        _ = machine.Table(machine.Root, 31);
        Assert.Equal(ListingMachine.Golden("empty-6.12-16k-52-pud"), machine.Text());
    }

    [Fact]
    public void Every_marker_is_reached_when_tables_are_fine_enough()
    {
        using ListingMachine machine = new(Shapes.FourLevels, Linux612.Profile);
        _ = machine.Table(machine.Table(machine.Root, 511), 511);
        Assert.Equal(ListingMachine.Golden("empty-6.12-4k-48-top"), machine.Text());
    }

    [Fact]
    public void Every_profile_has_its_format()
    {
        PtdumpFormat before = KernelProfiles.Find("linux-6.1").Facts.Listing;
        PtdumpFormat after = KernelProfiles.Find("linux-6.12").Facts.Listing;
        Assert.Same(before, KernelProfiles.Find("linux-5.15-azure").Facts.Listing);
        Assert.NotEqual(before, after);
        Assert.Equal(after with { SeesBlocksByType = true }, KernelProfiles.Find("linux-6.18").Facts.Listing);
        Assert.NotEqual(after, KernelProfiles.Find("linux-6.18").Facts.Listing);
    }

    private static KernelProfile Format(string version) => version == "6.1" ? Linux61.Profile : Linux612.Profile;

    private static VirtualAddress[] Addresses(string text) =>
        [.. text.Split(' ').Select(word => new VirtualAddress(ulong.Parse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture)))];
}
