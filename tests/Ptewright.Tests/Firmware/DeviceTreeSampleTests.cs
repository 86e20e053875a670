using Ptewright.Addressing;
using Ptewright.DeviceTree;
using Ptewright.Firmware;
using Ptewright.Translation;

namespace Ptewright.Tests.Firmware;

/// <summary>Whole device trees with everything that is expected of them, taken by hand from their sources.</summary>
public class DeviceTreeSampleTests
{
    [Fact]
    public void A_board_with_every_kind_of_reservation_is_read_as_linux_reads_it()
    {
        DeviceTreeInfo info = DeviceTreeFile.Read(DeviceTreeSamples.Path("board-reserved.dtb"));

        Assert.Equal(
            [
                "0x80000000-0x80009000 no-map",
                "0x80009000-0xf0000000",
                "0xf0000000-0xf0200000 no-map",
                "0xf0200000-0xf8000000",
                "0x880000000-0xa00000000",
            ],
            DeviceTreeSamples.Memory(info));
        Assert.Equal(
            ["0x88000000-0x88010000", "0x90000000-0x90c35000", "0xa0000000-0xa0100000", "0xf4000000-0xf8000000"],
            DeviceTreeSamples.Reserved(info));
        Assert.Equal(
            [
                "Memory 0x80000000-0xf8000000",
                "Memory 0x880000000-0xa00000000",
                "Initrd 0x90000000-0x90c34567",
                "ReservationNode 0x80000000-0x80009000 secmon@80000000 no-map",
                "ReservationNode 0xa0000000-0xa0100000 ramoops@a0000000",
                "ReservationNode 0xf0000000-0xf0200000 firmware@f0000000 no-map",
                "ReservationMap 0x88000000-0x88010000",
            ],
            DeviceTreeSamples.Regions(info));
        PlacedRegion area = Assert.Single(info.PlacedRegions);
        Assert.Equal(("linux,cma", 0x400_0000UL, 0x40_0000UL), (area.Region.Name, area.Region.Size, area.Region.Alignment));
        Assert.Equal(ReservedNodeTraits.SharedDmaPool | ReservedNodeTraits.Reusable | ReservedNodeTraits.DefaultCma, area.Region.Traits);
        Assert.Equal([new DeviceTreeAllocRange(new PhysicalAddress(0x8000_0000), 0x7800_0000)], area.Region.Ranges);
        Assert.Equal((RegionFate.Placed, new PhysicalAddress(0xf400_0000)), (area.Fate, area.Start));
        Assert.Equal("Example Small ARM64 Board (test)", info.Model);
        Assert.Equal("console=ttyAMA0,115200 ro", info.BootArguments);
        Assert.Equal("serial0:115200n8", info.StandardOutputPath);
        Assert.Null(info.KaslrSeed);
        Assert.Null(info.UefiTables);
        Assert.Empty(info.Remarks);
    }

    [Fact]
    public void With_64K_pages_the_ramdisk_of_that_board_fills_whole_pages_and_no_map_stays_byte_precise()
    {
        DeviceTreeInfo info = DeviceTreeFile.Read(DeviceTreeSamples.Path("board-reserved.dtb"), GranuleSize.Size64K);

        Assert.Equal("0x80000000-0x80009000 no-map", DeviceTreeSamples.Memory(info)[0]);
        Assert.Contains("0x90000000-0x90c40000", DeviceTreeSamples.Reserved(info));
        Assert.Equal(GranuleSize.Size64K, info.Granule);
    }

    [Theory]
    [InlineData("virt-2g.dtb", "0x40000000-0xc0000000", 0x5db3c00bf2607951)]
    [InlineData("virt-1g-max.dtb", "0x40000000-0x80000000", 0xb12ee25d0c5e4b9f)]
    [InlineData("virt-64g-numa.dtb", "0x40000000-0x1040000000", 0xc776873756f0023d)]
    public void A_QEMU_machine_has_one_range_of_memory_and_nothing_reserved(string file, string memory, ulong kaslrSeed)
    {
        DeviceTreeInfo info = DeviceTreeFile.Read(DeviceTreeSamples.Path(file));

        Assert.Equal([memory], DeviceTreeSamples.Memory(info));
        Assert.Empty(info.Layout.Reserved);
        Assert.Equal(kaslrSeed, info.KaslrSeed);
        Assert.Equal("/pl011@9000000", info.StandardOutputPath);
        Assert.Equal("linux,dummy-virt", info.Model);
        Assert.Null(info.BootArguments);
        Assert.Null(info.Initrd);
        Assert.Empty(info.PlacedRegions);
        Assert.Empty(info.Remarks);
    }

    [Fact]
    public void Memory_of_two_nodes_is_told_in_tree_order_and_merged_in_the_layout()
    {
        DeviceTreeInfo info = DeviceTreeFile.Read(DeviceTreeSamples.Path("virt-64g-numa.dtb"));

        Assert.Equal(["Memory 0x840000000-0x1040000000", "Memory 0x40000000-0x840000000"], DeviceTreeSamples.Regions(info));
        Assert.Single(info.Layout.Memory);
    }
}
