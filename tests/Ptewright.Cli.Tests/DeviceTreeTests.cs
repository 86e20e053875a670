using System.Text.Json;

namespace Ptewright.Cli.Tests;

public sealed class DeviceTreeTests
{
    [Fact]
    public void The_memory_of_a_blob_is_compared()
    {
        CliRun run = CliRun.Of("compare", "--dtb", CliRun.Data("dtb", "virt-2g.dtb"), "--strategy", "batch-barriers,single-map", "--json");
        JsonElement machine = JsonDocument.Parse(run.Out).RootElement.GetProperty("machines")[0];

        Assert.Equal(0, run.Code);
        Assert.Equal("custom", machine.GetProperty("id").GetString());
        Assert.Equal("Memory of virt-2g.dtb", machine.GetProperty("name").GetString());
        Assert.Equal(2UL << 30, machine.GetProperty("memoryBytes").GetUInt64());
        Assert.Equal(1027UL, machine.GetProperty("strategies")[1].GetProperty("tlbi").GetUInt64());
    }

    [Fact]
    public void Memory_that_must_not_be_mapped_is_left_out()
    {
        CliRun run = CliRun.Of("compare", "--dtb", CliRun.Data("dtb", "board-reserved.dtb"), "--strategy", "single-map", "--json");
        JsonElement machine = JsonDocument.Parse(run.Out).RootElement.GetProperty("machines")[0];
        ulong bytes = machine.GetProperty("memoryBytes").GetUInt64();

        Assert.Equal(0, run.Code);
        Assert.Equal(2063863UL, machine.GetProperty("strategies")[0].GetProperty("ptes").GetUInt64());
        Assert.True(bytes < 8UL << 30);
    }

    [Fact]
    public void A_truncated_blob_gets_one_sentence_with_the_offset()
    {
        string path = Path.GetTempFileName();
        try
        {
            byte[] whole = File.ReadAllBytes(CliRun.Data("dtb", "virt-2g.dtb"));
            File.WriteAllBytes(path, whole[..5000]);
            CliRun run = CliRun.Of("compare", "--dtb", path);

            Assert.Equal(2, run.Code);
            Assert.Equal(string.Empty, run.Out);
            Assert.Equal($"ptewright: {path}: at offset 0x1388: the data ends here, but the total size is {whole.Length}.", Assert.Single(Lines(run.Error)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_file_of_another_kind_is_refused()
    {
        CliRun run = CliRun.Of("compare", "--dtb", CliRun.Data("dtb", "board-reserved.dts"));

        Assert.Equal(2, run.Code);
        Assert.Contains("at offset 0x0", Assert.Single(Lines(run.Error)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        CliRun run = CliRun.Of("compare", "--dtb", "no-such-board.dtb");

        Assert.Equal(2, run.Code);
        Assert.Contains("no-such-board.dtb", Assert.Single(Lines(run.Error)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("linux-5.15-azure", "0x7a000000", "0x7c000000")]
    [InlineData("linux-6.1", "0x7a000000", "0x7c000000")]
    [InlineData("linux-6.12", "0x7e000000", "0x7a000000")]
    [InlineData("linux-6.18", "0x7e000000", "0x7a000000")]
    public void Regions_without_a_place_are_placed_and_what_must_not_be_mapped_is_not(string kernel, string modem, string cma)
    {
        CliRun run = CliRun.Of("map", "--dtb", CliRun.Data("dtb", "placed-two.dtb"), "--kernel", kernel, "--json");
        using JsonDocument document = JsonDocument.Parse(run.Out);
        JsonElement placed = document.RootElement.GetProperty("placedRegions");

        Assert.Equal(0, run.Code);
        Assert.Equal(253_952UL, document.RootElement.GetProperty("leaves").GetProperty("pages").GetUInt64());
        Assert.Equal(
            [$$"""{"name":"modem","size":33554432,"noMap":true,"fate":"placed","start":"{{modem}}"}""",
                $$"""{"name":"linux,cma","size":67108864,"noMap":false,"fate":"placed","start":"{{cma}}"}"""],
            placed.EnumerateArray().Select(region => JsonSerializer.Serialize(region)));
    }

    [Fact]
    public void Map_says_where_regions_were_placed_and_which_were_not()
    {
        CliRun two = CliRun.Of("map", "--dtb", CliRun.Data("dtb", "placed-two.dtb"));
        CliRun none = CliRun.Of("map", "--dtb", CliRun.Data("dtb", "placed-no-room.dtb"));

        Assert.Contains("modem                    0x7e000000   0x80000000   32 MiB   not mapped", two.Out, StringComparison.Ordinal);
        Assert.Contains("linux,cma                0x7a000000   0x7e000000   64 MiB   reserved", two.Out, StringComparison.Ordinal);
        Assert.Contains("Note: Region giant of 4096 MiB is not placed: there is no room for it where it may lie.", none.Out, StringComparison.Ordinal);
        Assert.Contains("a reservation with a size, an alignment or ranges of the wrong length is ignored.", none.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("map")]
    [InlineData("compare")]
    [InlineData("trace")]
    public void A_tree_without_sizes_is_refused_with_what_helps(string command)
    {
        string size = CliRun.Data("dtb", "without-size.dtb");
        string memory = CliRun.Data("dtb", "without-memory.dtb");
        const string Help = ": the boot loader fills that in. The running machine has the whole tree in /sys/firmware/fdt;"
            + " or give the sizes by hand beside it (--memory SIZE@ADDRESS).";

        CliRun noSize = CliRun.Of(command, "--dtb", size);
        CliRun noMemory = CliRun.Of(command, "--dtb", memory);

        Assert.Equal((2, $"ptewright: {size}: its memory at 0x80000000 has no size{Help}\n"), (noSize.Code, noSize.Error));
        Assert.Equal((2, $"ptewright: {memory}: it has no memory node with a range{Help}\n"), (noMemory.Code, noMemory.Error));
    }

    [Fact]
    public void Sizes_by_hand_go_with_the_reservations_and_the_command_line_of_the_tree()
    {
        string tree = CliRun.Data("dtb", "without-size.dtb");
        CliRun map = CliRun.Of("map", "--dtb", tree, "--memory", "512M", "--json");
        CliRun elsewhere = CliRun.Of("map", "--dtb", tree, "--memory", "512M@0x80000000,1G@0x880000000", "--json");
        using JsonDocument document = JsonDocument.Parse(map.Out);
        using JsonDocument other = JsonDocument.Parse(elsewhere.Out);

        Assert.Equal((512UL << 20) - (18UL << 20), document.RootElement.GetProperty("bytes").GetUInt64());
        Assert.Equal((1536UL << 20) - (18UL << 20), other.RootElement.GetProperty("bytes").GetUInt64());
        Assert.Equal("0x9f000000", document.RootElement.GetProperty("placedRegions")[0].GetProperty("start").GetString());
        Assert.Equal("0x8bf000000", other.RootElement.GetProperty("placedRegions")[0].GetProperty("start").GetString());
        Assert.Equal(
            [
                "ptewright: note: Memory given by hand without an address begins at 0x80000000, where the tree has memory without a size.",
                "ptewright: note: The command line is that of the device tree: 'quiet rodata=on'.",
                "ptewright: note: The KASLR seed is that of the device tree: 0x123456789abcdef; take --cmdline nokaslr to leave it aside.",
            ],
            Lines(map.Error));
    }

    [Fact]
    public void Memory_by_hand_takes_the_place_of_the_trees_own()
    {
        CliRun run = CliRun.Of("compare", "--dtb", CliRun.Data("dtb", "board-reserved.dtb"), "--memory", "1G@0x80000000", "--strategy", "single-map", "--json");
        using JsonDocument document = JsonDocument.Parse(run.Out);
        JsonElement machine = document.RootElement.GetProperty("machines")[0];

        Assert.Equal("Memory 1G@0x80000000 with board-reserved.dtb", machine.GetProperty("name").GetString());
        Assert.Equal((1UL << 30) - 0x9000, machine.GetProperty("memoryBytes").GetUInt64());
        Assert.Contains(
            "ptewright: note: The memory of the tree (0x80000000-0xf8000000, 0x880000000-0xa00000000) is put aside for what was given by hand.", Lines(run.Error));
        Assert.Contains("ptewright: note: Region 'linux,cma' is placed at 0xbc000000-0xc0000000, as linux-6.12 would.", Lines(run.Error));
    }

    [Fact]
    public void A_build_for_a_trees_memory_can_be_traced()
    {
        CliRun run = CliRun.Of("trace", "--dtb", CliRun.Data("dtb", "without-size.dtb"), "--memory", "17M@0x80000000", "--json");
        using JsonDocument document = JsonDocument.Parse(run.Out);

        Assert.Equal(0, run.Code);
        Assert.Contains("ptewright: note: Region 'video' is placed at 0x80100000-0x81100000, as linux-6.12 would; it is not mapped.", Lines(run.Error));
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
