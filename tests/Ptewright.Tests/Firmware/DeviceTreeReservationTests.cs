using Ptewright.Addressing;
using Ptewright.DeviceTree;
using Ptewright.Firmware;

namespace Ptewright.Tests.Firmware;

/// <summary>The rules by which Linux takes reservations and the values of <c>/chosen</c> from a device tree.</summary>
public class DeviceTreeReservationTests
{
    [Fact]
    public void A_node_may_reserve_several_ranges_byte_by_byte()
    {
        DeviceTreeInfo info = Parse(tree => tree.BeginReservations()
            .Begin("a@50000000").Numbers("reg", 0x5000_0001, 0x1234, 0x6000_0000, 0x1000).End()
            .Begin("b@70000000").Flag("no-map").Numbers("reg", 0x7000_0000, 0x100, 0x7100_0000, 0x100).End()
            .End());

        Assert.Equal(["0x50000001-0x50001235", "0x60000000-0x60001000"], DeviceTreeSamples.Reserved(info));
        Assert.Equal(
            [
                "0x40000000-0x70000000",
                "0x70000000-0x70000100 no-map",
                "0x70000100-0x71000000",
                "0x71000000-0x71000100 no-map",
                "0x71000100-0x80000000",
            ],
            DeviceTreeSamples.Memory(info));
    }

    [Fact]
    public void Disabled_reservations_and_nodes_below_reservations_do_not_count()
    {
        DeviceTreeInfo info = Parse(tree => tree.BeginReservations()
            .Begin("off").Numbers("reg", 0x5000_0000, 0x1000).Text("status", "disabled").End()
            .Begin("on").Text("status", "okay").Begin("below").Numbers("reg", 0x5100_0000, 0x1000).End().End()
            .Begin("last").Numbers("reg", 0x5200_0000, 0x1000).End()
            .End()
            .Begin("soc").Begin("not-reserved").Numbers("reg", 0x5300_0000, 0x1000).End().End());

        Assert.Equal(["0x52000000-0x52001000"], DeviceTreeSamples.Reserved(info));
    }

    [Fact]
    public void Of_two_nodes_with_reservations_the_first_counts()
    {
        DeviceTreeInfo info = Parse(tree => tree
            .BeginReservations().Begin("a").Numbers("reg", 0x5000_0000, 0x1000).End().End()
            .BeginReservations().Begin("b").Numbers("reg", 0x6000_0000, 0x1000).End().End());

        Assert.Equal(["0x50000000-0x50001000"], DeviceTreeSamples.Reserved(info));
    }

    [Fact]
    public void Reservations_may_stand_before_memory()
    {
        DeviceTreeInfo info = DeviceTreeFile.Parse(
            DtbWriter.Root()
                .BeginReservations().Begin("a").Numbers("reg", 0x5000_0000, 0x1000).Flag("no-map").End().End()
                .Memory(0x4000_0000, 0x4000_0000)
                .End().Build(),
            "test.dtb");

        Assert.Contains("0x50000000-0x50001000 no-map", DeviceTreeSamples.Memory(info));
    }

    [Fact]
    public void Reservations_need_the_cells_of_the_root_and_ranges()
    {
        Func<DtbWriter, DtbWriter>[] heads =
        [
            tree => tree.Cells("#address-cells", 2).Cells("#size-cells", 2),
            tree => tree.Cells("#address-cells", 2).Flag("ranges"),
            tree => tree.Cells("#size-cells", 2).Flag("ranges"),
            tree => tree.Cells("#address-cells", 1).Cells("#size-cells", 2).Flag("ranges"),
            tree => tree.Cells("#address-cells", 2).Cells("#size-cells", 1).Flag("ranges"),
        ];
        foreach (Func<DtbWriter, DtbWriter> head in heads)
        {
            DeviceTreeInfo info = Parse(tree => head(tree.Begin("reserved-memory")).Begin("a").Numbers("reg", 0x5000_0000, 0x1000).End().End());

            Assert.Empty(info.Layout.Reserved);
            Assert.Equal(["At offset 0xa0: /reserved-memory has no ranges property, or not the cells of the root: all of it is ignored."], info.Remarks);
        }
    }

    [Fact]
    public void Odd_reservations_are_ignored_with_a_remark()
    {
        DeviceTreeInfo info = Parse(tree => tree.BeginReservations()
            .Begin("a").Cells("reg", 0, 0x5000_0000, 0, 0x1000, 0).End()
            .Begin("b").Numbers("reg", 0x5000_0000, 0).End()
            .Begin("c").Cells("size", 0x1000).End()
            .Begin("d").Numbers("size", 0x1000).Cells("alignment", 0x1000).End()
            .Begin("e").Numbers("size", 0).End()
            .Begin("f").Flag("reg").Numbers("size", 0x1000).End()
            .End());

        Assert.Empty(info.Layout.Reserved);
        Assert.Empty(info.PlacedRegions);
        Assert.Equal(
            [
                "At offset 0xe8: a reservation whose ranges are not whole is ignored.",
                "At offset 0x120: a reservation of no bytes is ignored.",
                "At offset 0x13c: a reservation with a size, an alignment or ranges of the wrong length is ignored.",
                "At offset 0x16c: a reservation with a size, an alignment or ranges of the wrong length is ignored.",
                "At offset 0x194: a reservation of no bytes is ignored.",
            ],
            info.Remarks);
    }

    [Fact]
    public void Reservations_without_a_place_are_placed_from_the_top_in_the_order_of_the_tree()
    {
        DeviceTreeInfo info = Parse(tree => tree.BeginReservations()
            .Begin("cma").Numbers("size", 0x400_0000).Numbers("alignment", 0x20_0000).End()
            .Begin("secret").Flag("no-map").Numbers("size", 0x1000).End()
            .Begin("off").Numbers("size", 0x1000).Text("status", "disabled").End()
            .End());

        Assert.Equal(
            [
                new PlacedRegion(new DeviceTreeDynamicRegion("cma", 0x400_0000, 0x20_0000), RegionFate.Placed, new PhysicalAddress(0x7c00_0000)),
                new PlacedRegion(new DeviceTreeDynamicRegion("secret", 0x1000, 0, ReservedNodeTraits.NoMap), RegionFate.Placed, new PhysicalAddress(0x7bff_f000)),
            ],
            info.PlacedRegions);
        Assert.Equal(["0x7bfff000-0x80000000"], DeviceTreeSamples.Reserved(info));
        Assert.Equal(["0x40000000-0x7bfff000", "0x7bfff000-0x7c000000 no-map", "0x7c000000-0x80000000"], DeviceTreeSamples.Memory(info));
        Assert.Equal(["0x40000000-0x80000000"], info.Memory.Memory.Select(region => $"{region.Start}-{region.End}"));
    }

    [Fact]
    public void No_map_memory_that_is_reserved_already_stays_mapped_with_a_remark()
    {
        DeviceTreeInfo info = Parse(tree => tree.BeginReservations()
            .Begin("first").Numbers("reg", 0x5000_0000, 0x2000).End()
            .Begin("second").Numbers("reg", 0x5000_1fff, 0x2000).Flag("no-map").End()
            .Begin("third").Numbers("reg", 0x5000_2000, 0x1000).Flag("no-map").End()
            .End());

        Assert.Equal(
            ["0x40000000-0x50002000", "0x50002000-0x50003000 no-map", "0x50003000-0x80000000"], DeviceTreeSamples.Memory(info));
        Assert.Equal(
            ["No-map region second 0x50001fff-0x50003fff is refused, because part of it is reserved already: it stays mapped."], info.Remarks);
    }

    [Fact]
    public void No_map_outside_memory_is_not_refused_and_changes_nothing()
    {
        DeviceTreeInfo info = Parse(tree => tree.BeginReservations()
            .Begin("first").Numbers("reg", 0x1000, 0x1000).End()
            .Begin("second").Numbers("reg", 0x1000, 0x1000).Flag("no-map").End()
            .End());

        Assert.Equal(["0x40000000-0x80000000"], DeviceTreeSamples.Memory(info));
        Assert.All(info.Regions, region => Assert.True(region.IsApplied));
    }

    [Fact]
    public void The_reservation_map_comes_last_as_in_6_12_or_first_as_in_6_1()
    {
        byte[] blob = DtbWriter.Tree(
            tree => tree.BeginReservations().Begin("firmware").Numbers("reg", 0x5000_0000, 0x1000).Flag("no-map").End().End(),
            (0x5000_0000, 0x1000));

        DeviceTreeInfo nodesFirst = DeviceTreeFile.Parse(blob, "test.dtb");
        DeviceTreeInfo mapFirst = DeviceTreeFile.Parse(blob, "test.dtb", rules: new ReservedMemoryRules { Order = ReservationOrder.MapFirst });

        Assert.Equal(
            ["Memory 0x40000000-0x80000000", "ReservationNode 0x50000000-0x50001000 firmware no-map", "ReservationMap 0x50000000-0x50001000"],
            DeviceTreeSamples.Regions(nodesFirst));
        Assert.Equal(
            [
                "Memory 0x40000000-0x80000000",
                "ReservationMap 0x50000000-0x50001000",
                "ReservationNode 0x50000000-0x50001000 firmware no-map without effect",
            ],
            DeviceTreeSamples.Regions(mapFirst));
        Assert.Equal(3, nodesFirst.Layout.Memory.Count);
        Assert.Single(mapFirst.Layout.Memory);
    }

    [Fact]
    public void An_entry_of_no_bytes_ends_the_reservation_map()
    {
        DeviceTreeInfo info = DeviceTreeFile.Parse(DtbWriter.Tree(tree => tree, (0x5000_0000, 0x1001), (0x6000_0000, 0), (0x7000_0000, 0x1000)), "test.dtb");

        Assert.Equal(["0x50000000-0x50001001"], DeviceTreeSamples.Reserved(info));
        Assert.Equal(["At offset 0x38: an entry with an address but no size ends the memory reservation block."], info.Remarks);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_ramdisk_may_be_given_in_one_or_two_cells(bool two)
    {
        DeviceTreeInfo info = Chosen(chosen => two
            ? chosen.Numbers("linux,initrd-start", 0x5000_0123).Numbers("linux,initrd-end", 0x5000_2001)
            : chosen.Cells("linux,initrd-start", 0x5000_0123).Cells("linux,initrd-end", 0x5000_2001));

        Assert.Equal(["0x50000000-0x50003000"], DeviceTreeSamples.Reserved(info));
        Assert.Equal((new PhysicalAddress(0x5000_0123), 0x1edeUL), (info.Initrd!.Start, info.Initrd.Size));
    }

    [Fact]
    public void A_ramdisk_outside_the_usable_range_is_memory_again()
    {
        DeviceTreeInfo info = Chosen(chosen => chosen
            .Numbers("linux,initrd-start", 0x6000_0001).Numbers("linux,initrd-end", 0x6000_0fff)
            .Numbers("linux,usable-memory-range", 0x5000_0000, 0x10_0000));

        Assert.Equal(["0x50000000-0x50100000", "0x60000000-0x60001000"], DeviceTreeSamples.Memory(info));
        Assert.Equal(["0x60000000-0x60001000"], DeviceTreeSamples.Reserved(info));
    }

    [Fact]
    public void A_ramdisk_below_all_memory_is_dropped_with_a_remark()
    {
        DeviceTreeInfo info = Chosen(chosen => chosen.Cells("linux,initrd-start", 0x3fff_f000).Cells("linux,initrd-end", 0x4000_1000));

        Assert.Equal(["0x40000000-0x80000000"], DeviceTreeSamples.Memory(info));
        Assert.Empty(info.Layout.Reserved);
        Assert.Equal(["The initial ramdisk 0x3ffff000-0x40001000 lies below all memory and is dropped."], info.Remarks);
    }

    [Fact]
    public void A_ramdisk_with_no_end_or_the_wrong_way_round_is_ignored_with_a_remark_and_an_empty_one_without()
    {
        DeviceTreeInfo endless = Chosen(chosen => chosen.Cells("linux,initrd-start", 0x5000_0000));
        DeviceTreeInfo backwards = Chosen(chosen => chosen.Cells("linux,initrd-start", 0x5000_0000).Cells("linux,initrd-end", 0x4fff_ffff));
        DeviceTreeInfo empty = Chosen(chosen => chosen.Cells("linux,initrd-start", 0x5000_0000).Cells("linux,initrd-end", 0x5000_0000));

        Assert.Null(endless.Initrd);
        Assert.Equal(["At offset 0xac: an initial ramdisk without an end, or that ends before it starts, is ignored."], endless.Remarks);
        Assert.Equal(["At offset 0xbc: an initial ramdisk without an end, or that ends before it starts, is ignored."], backwards.Remarks);
        Assert.Empty(empty.Layout.Reserved);
        Assert.Empty(empty.Remarks);
    }

    [Fact]
    public void A_ramdisk_where_no_map_memory_is_asked_for_keeps_its_mapping()
    {
        DeviceTreeInfo info = DeviceTreeFile.Parse(
            DtbWriter.Tree(tree => tree
                .BeginReservations().Begin("a").Numbers("reg", 0x5000_0000, 0x1000).Flag("no-map").End().End()
                .Begin("chosen").Cells("linux,initrd-start", 0x5000_0000).Cells("linux,initrd-end", 0x5000_1000).End()),
            "test.dtb");

        Assert.Single(info.Layout.Memory);
        Assert.Single(info.Remarks);
    }

    [Fact]
    public void The_ELF_core_header_is_reserved_unless_it_is_already()
    {
        Func<DtbWriter, DtbWriter> write = tree => tree
            .BeginReservations().Begin("a").Numbers("reg", 0x5000_0000, 0x1000).Flag("no-map").End().End()
            .Begin("chosen").Numbers("linux,elfcorehdr", 0x5000_0000, 0x800).End();

        DeviceTreeInfo nodesFirst = DeviceTreeFile.Parse(DtbWriter.Tree(write, (0x5000_0400, 1)), "test.dtb");
        DeviceTreeInfo mapFirst = DeviceTreeFile.Parse(DtbWriter.Tree(write, (0x5000_0400, 1)), "test.dtb", rules: new ReservedMemoryRules { Order = ReservationOrder.MapFirst });

        Assert.Equal(["0x50000000-0x50000800"], DeviceTreeSamples.Reserved(nodesFirst));
        Assert.Equal(["0x50000400-0x50000401"], DeviceTreeSamples.Reserved(mapFirst));
        Assert.Contains("The ELF core header 0x50000000-0x50000800 is reserved already.", mapFirst.Remarks);
    }

    [Fact]
    public void Chosen_may_have_a_unit_address_and_only_the_first_counts()
    {
        DeviceTreeInfo info = Parse(tree => tree
            .Begin("chosen-not").Text("bootargs", "no").End()
            .Begin("soc").Begin("chosen").Text("bootargs", "deeper").End().End()
            .Begin("chosen@0").Text("bootargs", "yes").End()
            .Begin("chosen").Text("bootargs", "late").End());

        Assert.Equal("yes", info.BootArguments);
    }

    [Fact]
    public void Texts_end_at_their_terminator_hold_no_control_characters_and_are_not_endless()
    {
        DeviceTreeInfo info = Chosen(chosen => chosen
            .Text("bootargs", new string('a', 2048))
            .Bytes("linux,stdout-path", "serial\u001b[31m\0rest"u8.ToArray()));
        DeviceTreeInfo longest = Chosen(chosen => chosen
            .Text("bootargs", new string('a', 2047)).Text("linux,stdout-path", "/other").Text("stdout-path", "/uart"));

        Assert.Equal(new string('a', 2047), info.BootArguments);
        Assert.Equal("serial\uFFFD[31m", info.StandardOutputPath);
        Assert.Equal(["At offset 0x8b7: text behind 2047 bytes is ignored."], info.Remarks);
        Assert.Equal(2047, longest.BootArguments!.Length);
        Assert.Equal("/uart", longest.StandardOutputPath);
        Assert.Empty(longest.Remarks);
    }

    [Fact]
    public void A_KASLR_seed_has_8_bytes()
    {
        DeviceTreeInfo good = Chosen(chosen => chosen.Numbers("kaslr-seed", 0x0123_4567_89ab_cdef));
        DeviceTreeInfo bad = Chosen(chosen => chosen.Cells("kaslr-seed", 1));

        Assert.Equal(0x0123_4567_89ab_cdefUL, good.KaslrSeed);
        Assert.Null(bad.KaslrSeed);
        Assert.Equal(["At offset 0xac: a KASLR seed that has not 8 bytes is ignored."], bad.Remarks);
    }

    [Fact]
    public void EFI_tables_are_told_when_all_are_given()
    {
        static DtbWriter Most(DtbWriter chosen) => chosen
            .Numbers("linux,uefi-system-table", 0x1_3bf0_0018).Numbers("linux,uefi-mmap-start", 0x1_3a00_0000)
            .Cells("linux,uefi-mmap-size", 0x1230).Cells("linux,uefi-mmap-desc-size", 48);

        Assert.Equal(
            new DeviceTreeUefiTables(new PhysicalAddress(0x1_3bf0_0018), new PhysicalAddress(0x1_3a00_0000), 0x1230, 48, 1),
            Chosen(chosen => Most(chosen).Cells("linux,uefi-mmap-desc-ver", 1)).UefiTables);
        Assert.Null(Chosen(Most).UefiTables);
    }

    private static DeviceTreeInfo Parse(Func<DtbWriter, DtbWriter> write) => DeviceTreeFile.Parse(DtbWriter.Tree(write), "test.dtb");

    private static DeviceTreeInfo Chosen(Func<DtbWriter, DtbWriter> write) => Parse(tree => write(tree.Begin("chosen")).End());
}
