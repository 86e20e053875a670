using Ptewright.Addressing;
using Ptewright.DeviceTree;
using Ptewright.Firmware;
using Ptewright.Translation;

namespace Ptewright.Tests.Firmware;

/// <summary>The rules by which Linux takes memory from a device tree, one tree each.</summary>
public class DeviceTreeMemoryTests
{
    [Fact]
    public void Addresses_and_sizes_may_have_one_cell()
    {
        DeviceTreeInfo info = Parse(new DtbWriter().Begin("").Cells("#address-cells", 1).Cells("#size-cells", 1)
            .Begin("memory@80000000").Text("device_type", "memory").Cells("reg", 0x8000_0000, 0x1000_0000, 0xa000_0000, 0x2000_0000).End()
            .End());

        Assert.Equal(["0x80000000-0x90000000", "0xa0000000-0xc0000000"], DeviceTreeSamples.Memory(info));
    }

    [Fact]
    public void Addresses_and_sizes_may_have_different_cells()
    {
        DeviceTreeInfo info = Parse(new DtbWriter().Begin("").Cells("#address-cells", 2).Cells("#size-cells", 1)
            .Begin("memory@880000000").Text("device_type", "memory").Cells("reg", 8, 0x8000_0000, 0x1000_0000).End()
            .End());

        Assert.Equal(["0x880000000-0x890000000"], DeviceTreeSamples.Memory(info));
    }

    [Fact]
    public void A_root_without_cells_has_one_each_as_in_linux()
    {
        DeviceTreeInfo info = Parse(new DtbWriter().Begin("")
            .Begin("memory").Text("device_type", "memory").Cells("reg", 0x8000_0000, 0x1000_0000).End()
            .End());

        Assert.Equal(["0x80000000-0x90000000"], DeviceTreeSamples.Memory(info));
    }

    [Fact]
    public void The_cells_of_a_memory_node_itself_do_not_count()
    {
        DeviceTreeInfo info = Parse(DtbWriter.Root()
            .Begin("memory").Cells("#address-cells", 1).Cells("#size-cells", 1).Text("device_type", "memory").Numbers("reg", 0x8000_0000, 0x1000_0000).End()
            .End());

        Assert.Equal(["0x80000000-0x90000000"], DeviceTreeSamples.Memory(info));
    }

    [Fact]
    public void A_node_may_say_that_it_is_memory_after_it_said_where()
    {
        DeviceTreeInfo info = Parse(DtbWriter.Root()
            .Begin("ram").Numbers("reg", 0x8000_0000, 0x1000_0000).Text("status", "okay").Text("device_type", "memory").End()
            .End());

        Assert.Equal(["0x80000000-0x90000000"], DeviceTreeSamples.Memory(info));
    }

    [Fact]
    public void A_node_is_memory_by_its_type_and_not_by_its_name()
    {
        DeviceTreeInfo info = Parse(DtbWriter.Root()
            .Begin("memory@0").Numbers("reg", 0, 0x1000_0000).End()
            .Begin("memory@1").Text("device_type", "memory-controller").Numbers("reg", 0x1000_0000, 0x1000_0000).End()
            .Begin("memory@2").Text("device_type", "memor").Numbers("reg", 0x2000_0000, 0x1000_0000).End()
            .Begin("dram").Bytes("device_type", "memory"u8.ToArray()).Numbers("reg", 0x8000_0000, 0x1000_0000).End()
            .End());

        Assert.Equal(["0x80000000-0x90000000"], DeviceTreeSamples.Memory(info));
    }

    [Fact]
    public void Only_children_of_the_root_are_memory()
    {
        DeviceTreeInfo info = Parse(DtbWriter.Root()
            .Begin("soc").Memory(0x1000_0000, 0x1000_0000).End()
            .Memory(0x8000_0000, 0x1000_0000)
            .End());

        Assert.Equal(["0x80000000-0x90000000"], DeviceTreeSamples.Memory(info));
    }

    [Theory]
    [InlineData("okay", true)]
    [InlineData("ok", true)]
    [InlineData("okays", false)]
    [InlineData("disabled", false)]
    [InlineData("fail", false)]
    [InlineData("fail-sss", false)]
    [InlineData("reserved", false)]
    [InlineData("", false)]
    public void Memory_counts_when_its_status_is_okay(string status, bool counts)
    {
        DeviceTreeInfo info = Parse(DtbWriter.Root()
            .Memory(0, 0x1000_0000)
            .Begin("memory@80000000").Text("status", status).Text("device_type", "memory").Numbers("reg", 0x8000_0000, 0x1000_0000).End()
            .End());

        Assert.Equal(counts ? 2 : 1, info.Layout.Memory.Count);
    }

    [Fact]
    public void Usable_memory_stands_in_for_reg()
    {
        DeviceTreeInfo info = Parse(DtbWriter.Root()
            .Begin("memory").Text("device_type", "memory").Numbers("reg", 0, 0x1_0000_0000).Numbers("linux,usable-memory", 0x8000_0000, 0x1000_0000).End()
            .Begin("memory@1").Numbers("linux,usable-memory").Text("device_type", "memory").Numbers("reg", 0x2_0000_0000, 0x1000_0000).End()
            .End());

        Assert.Equal(["0x80000000-0x90000000"], DeviceTreeSamples.Memory(info));
    }

    [Fact]
    public void Of_two_properties_of_one_name_the_first_counts()
    {
        DeviceTreeInfo info = Parse(DtbWriter.Root().Cells("#size-cells", 1)
            .Begin("memory").Text("device_type", "memory").Numbers("reg", 0x8000_0000, 0x1000_0000).Numbers("reg", 0, 0x1000).Text("device_type", "cpu").End()
            .End());

        Assert.Equal(["0x80000000-0x90000000"], DeviceTreeSamples.Memory(info));
    }

    [Theory]
    [InlineData(GranuleSize.Size4K, "0x80002000-0x8ffff000")]
    [InlineData(GranuleSize.Size16K, "0x80004000-0x8fffc000")]
    [InlineData(GranuleSize.Size64K, "0x80010000-0x8fff0000")]
    public void Memory_is_cut_to_whole_pages(GranuleSize granule, string expected)
    {
        byte[] blob = DtbWriter.Root().Memory(0x8000_1001, 0x0fff_efff - 1).End().Build();

        Assert.Equal([expected], DeviceTreeSamples.Memory(DeviceTreeFile.Parse(blob, "test.dtb", granule)));
    }

    [Fact]
    public void Memory_without_a_whole_page_is_ignored_with_a_remark()
    {
        DeviceTreeInfo info = Parse(DtbWriter.Root().Memory(0x8000_0000, 0x1000_0000, 0x1001, 0x1ffe, 0x5000, 0xfff).End());

        Assert.Equal(["0x80000000-0x90000000"], DeviceTreeSamples.Memory(info));
        Assert.Equal(
            ["Memory 0x1001-0x2fff holds no whole page and is ignored.", "Memory 0x5000-0x5fff holds no whole page and is ignored."], info.Remarks);
        Assert.Equal([true, false, false], info.Regions.Select(region => region.IsApplied));
    }

    [Fact]
    public void Ranges_of_no_bytes_are_skipped_wherever_they_lie_and_said_where_they_have_an_address()
    {
        DeviceTreeInfo info = Parse(DtbWriter.Root().Memory(0, 0, ulong.MaxValue, 0, 0x8000_0000, 0x1000_0000).End());

        Assert.Equal(["Memory 0x80000000-0x90000000"], DeviceTreeSamples.Regions(info));
        Assert.Equal(["Memory at 0xffffffffffffffff has no size and is left out: the boot loader fills that in."], info.Remarks);
        Assert.Equal([null, new PhysicalAddress(ulong.MaxValue)], info.MemoryWithoutSize);
    }

    [Fact]
    public void Cells_that_make_no_whole_range_are_ignored_with_a_remark()
    {
        DeviceTreeInfo info = Parse(DtbWriter.Root()
            .Begin("memory").Text("device_type", "memory").Cells("reg", 0, 0x8000_0000, 0, 0x1000_0000, 0, 0xa000_0000, 0).End()
            .End());

        Assert.Equal(["0x80000000-0x90000000"], DeviceTreeSamples.Memory(info));
        Assert.Equal(["At offset 0x9c: cells that make no whole memory range are ignored."], info.Remarks);
    }

    [Fact]
    public void Hotpluggable_memory_is_memory_and_told_apart()
    {
        DeviceTreeInfo info = Parse(DtbWriter.Root()
            .Memory(0x8000_0000, 0x1000_0000)
            .Begin("memory@1").Text("device_type", "memory").Numbers("reg", 0xa000_0000, 0x1000_0000).Flag("hotpluggable").End()
            .End());

        Assert.Equal(["Memory 0x80000000-0x90000000", "HotpluggableMemory 0xa0000000-0xb0000000"], DeviceTreeSamples.Regions(info));
        Assert.Equal(2, info.Layout.Memory.Count);
    }

    [Fact]
    public void Overlapping_and_touching_memory_is_one_region()
    {
        DeviceTreeInfo info = Parse(DtbWriter.Root()
            .Memory(0x9000_0000, 0x1000_0000, 0x8000_0000, 0x1000_0000, 0x8800_0000, 0x1000_0000, 0xa000_0000, 0x1000).End());

        Assert.Equal(["0x80000000-0xa0001000"], DeviceTreeSamples.Memory(info));
    }

    [Fact]
    public void Memory_may_end_at_the_last_physical_address()
    {
        DeviceTreeInfo info = Parse(DtbWriter.Root().Memory(1UL << 51, 1UL << 51).End());

        Assert.Equal(["0x8000000000000-0x10000000000000"], DeviceTreeSamples.Memory(info));
    }

    [Fact]
    public void The_usable_range_caps_memory_and_a_second_one_is_added_byte_by_byte()
    {
        DeviceTreeInfo capped = Parse(Chosen(chosen => chosen.Numbers("linux,usable-memory-range", 0x5000_0100, 0x1000_0000)));
        DeviceTreeInfo both = Parse(Chosen(chosen => chosen.Numbers("linux,usable-memory-range", 0x5000_0000, 0x1000_0000, 0x10_0000, 0x1234)));
        DeviceTreeInfo none = Parse(Chosen(chosen => chosen.Numbers("linux,usable-memory-range", 0x5000_0000, 0)));
        DeviceTreeInfo third = Parse(Chosen(chosen => chosen.Numbers("linux,usable-memory-range", 0x5000_0000, 0x1000, 0, 0, 0, 0x1000)));

        Assert.Equal(["0x50000100-0x60000100"], DeviceTreeSamples.Memory(capped));
        Assert.Equal(["0x100000-0x101234", "0x50000000-0x60000000"], DeviceTreeSamples.Memory(both));
        Assert.Equal(["0x40000000-0x80000000"], DeviceTreeSamples.Memory(none));
        Assert.Equal(["0x50000000-0x50001000"], DeviceTreeSamples.Memory(third));
        Assert.Equal(["At offset 0xd8: usable memory ranges behind the second are ignored."], third.Remarks);
    }

    [Fact]
    public void A_usable_range_counts_wherever_chosen_stands_in_the_tree()
    {
        DeviceTreeInfo info = Parse(DtbWriter.Root()
            .BeginReservations().Begin("a").Numbers("reg", 0x5000_0000, 0x1000).Flag("no-map").End().End()
            .Begin("chosen").Numbers("linux,usable-memory-range", 0x5000_0000, 0x10_0000).End()
            .Memory(0x4000_0000, 0x4000_0000)
            .End());

        Assert.Equal(["0x50000000-0x50001000 no-map", "0x50001000-0x50100000"], DeviceTreeSamples.Memory(info));
    }

    [Theory]
    [InlineData("memory", 0, null)]
    [InlineData("memory@0", 0, 0UL)]
    [InlineData("memory", 0x8000_0000, 0x8000_0000UL)]
    public void Memory_by_hand_begins_where_the_tree_says_that_memory_is(string node, ulong start, ulong? known)
    {
        byte[] blob = DtbWriter.Root().Begin(node).Text("device_type", "memory").Numbers("reg", start, 0).End().End().Build();

        DeviceTreeInfo info = DeviceTreeFile.Parse(blob, "test.dtb", memory: "1G");
        DeviceTreeInfo elsewhere = DeviceTreeFile.Parse(blob, "test.dtb", memory: "1G@0x140000000");
        InvalidInputException nowhere = Assert.Throws<InvalidInputException>(() => DeviceTreeFile.Parse(blob, "test.dtb"));

        Assert.Equal([known is { } at ? new PhysicalAddress(at) : null], info.MemoryWithoutSize);
        Assert.Equal(known ?? 0x4000_0000, info.Layout.Start.Value);
        Assert.Equal(
            known is null ? [] : [$"Memory given by hand without an address begins at {info.Layout.Start}, where the tree has memory without a size."], info.Remarks);
        Assert.Equal(0x1_4000_0000UL, elsewhere.Layout.Start.Value);
        Assert.Empty(elsewhere.Remarks);
        Assert.StartsWith($"test.dtb: its memory {(known is null ? "" : $"at {info.Layout.Start} ")}has no size: ", nowhere.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tree_without_memory_is_refused_with_a_sentence()
    {
        InvalidInputException none = Assert.Throws<InvalidInputException>(() => Parse(DtbWriter.Root().Begin("chosen").End().End()));
        InvalidInputException small = Assert.Throws<InvalidInputException>(() => Parse(DtbWriter.Root().Memory(0x1000, 0x800).End()));
        InvalidInputException capped = Assert.Throws<InvalidInputException>(
            () => Parse(Chosen(chosen => chosen.Numbers("linux,usable-memory-range", 0x1000, 0x1000))));

        Assert.Equal(
            "test.dtb: it has no memory node with a range: the boot loader fills that in. The running machine has the whole tree in /sys/firmware/fdt; "
            + "or give the sizes by hand beside it.",
            none.Message);
        Assert.StartsWith("test.dtb: none of its memory is left", small.Message, StringComparison.Ordinal);
        Assert.StartsWith("test.dtb: none of its memory is left", capped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void As_many_ranges_as_are_allowed_are_read_and_one_more_is_refused()
    {
        ulong[] ranges = [.. Enumerable.Range(0, 4096).Reverse().SelectMany(i => new[] { (ulong)i * 0x4000, 0x2000UL })];

        Assert.Equal(4096, Parse(DtbWriter.Root().Memory(ranges).End()).Layout.Memory.Count);

        InvalidInputException exception = Assert.Throws<InvalidInputException>(
            () => Parse(DtbWriter.Root().Memory([.. ranges, 0x8000_0000, 0x1000]).End()));
        Assert.Equal("test.dtb: it has more than 4096 memory ranges, reservations and remarks.", exception.Message);
    }

    [Fact]
    public void A_range_that_bridges_many_leaves_one_region()
    {
        ulong[] ranges = [.. Enumerable.Range(0, 1000).SelectMany(i => new[] { ((ulong)i * 0x4000) + 0x1000, 0x1000UL })];

        DeviceTreeInfo info = Parse(DtbWriter.Root().Memory([.. ranges, 0, 0x4000 * 1000]).End());

        Assert.Equal(["0x0-0xfa0000"], DeviceTreeSamples.Memory(info));
    }

    [Fact]
    public void Many_no_map_regions_split_one_range_of_memory()
    {
        ulong[] holes = [.. Enumerable.Range(0, 1000).SelectMany(i => new[] { ((ulong)i * 0x4000) + 0x1800, 0x1000UL })];

        DeviceTreeInfo info = Parse(DtbWriter.Root()
            .Memory(0, 0x4000 * 1000)
            .BeginReservations().Begin("holes").Flag("no-map").Numbers("reg", holes).End().End()
            .End());

        Assert.Equal(2001, info.Layout.Memory.Count);
        Assert.Equal(1000UL * 0x4000, info.Layout.TotalBytes);
        Assert.Equal(1000UL * 0x3000, info.Layout.MappedBytes);
    }

    [Fact]
    public void A_file_too_long_to_be_a_device_tree_is_refused_with_a_sentence()
    {
        InvalidInputException exception = Assert.Throws<InvalidInputException>(
            () => DeviceTreeFile.Parse(new byte[DeviceTreeFile.MaxLength + 1], "dump.bin"));

        Assert.Equal("dump.bin: it is longer than 67108864 bytes, which no device tree is.", exception.Message);
    }

    [Fact]
    public void A_file_is_read_to_its_end_and_no_further_than_the_limit()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{nameof(DeviceTreeMemoryTests)}-{Environment.ProcessId}.dtb");
        try
        {
            File.WriteAllBytes(path, [.. DtbWriter.Tree(tree => tree), .. new byte[200_000]]);
            Assert.Equal(["0x40000000-0x80000000"], DeviceTreeSamples.Memory(DeviceTreeFile.Read(path)));

            using (FileStream stream = new(path, FileMode.Open))
            {
                stream.SetLength(1L << 32);
            }

            InvalidInputException exception = Assert.Throws<InvalidInputException>(() => DeviceTreeFile.Read(path));
            Assert.StartsWith($"{path}: it is longer than", exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Version_16_nops_padding_and_odd_addresses_change_nothing()
    {
        byte[] old = DtbWriter.Root().Nop().Memory(0x4000_0000, 0x4000_0000).Nop().Nop().End().Nop().Build(version: 16);
        byte[] padded = new byte[old.Length + 999];
        padded.AsSpan().Fill(0xff);
        old.CopyTo(padded, 3);

        Assert.Equal(["0x40000000-0x80000000"], DeviceTreeSamples.Memory(DeviceTreeFile.Parse(old, "test.dtb")));
        Assert.Equal(["0x40000000-0x80000000"], DeviceTreeSamples.Memory(DeviceTreeFile.Parse(padded.AsSpan(3), "test.dtb")));
    }

    private static DeviceTreeInfo Parse(DtbWriter tree, ReservationOrder order = ReservationOrder.NodesFirst) =>
        DeviceTreeFile.Parse(tree.Build(), "test.dtb", rules: new ReservedMemoryRules { Order = order });

    private static DtbWriter Chosen(Func<DtbWriter, DtbWriter> write) =>
        write(DtbWriter.Root().Memory(0x4000_0000, 0x4000_0000).Begin("chosen")).End().End();
}
