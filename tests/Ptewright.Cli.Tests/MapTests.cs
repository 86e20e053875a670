using System.Text.Json;
using Ptewright.Captures;
using Ptewright.Simulation;

namespace Ptewright.Cli.Tests;

public sealed class MapTests
{
    private static readonly string[] _linux612 =
        ["--symbols", CliRun.Data("symbols", "System.map-6.12-cloud"), "--image-base", "0x40200000"];

    private static readonly string[] _linux61 =
        ["--kernel", "linux-6.1", "--symbols", CliRun.Data("symbols", "System.map-6.1-cloud"), "--image-base", "0x40200000"];

    [Fact]
    public void Linux_6_12_on_2G_executes_what_the_real_one_does()
    {
        CliRun run = CliRun.Of(["map", "--memory", "2G", "--cmdline", "nokaslr", "--json", .. _linux612]);
        JsonElement map = JsonDocument.Parse(run.Out).RootElement;
        JsonElement counts = map.GetProperty("counts");

        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        Assert.Equal(1020, counts.GetProperty("tlbi").GetInt32());
        Assert.Equal(5102, counts.GetProperty("dsb").GetInt32());
        Assert.Equal(3067, counts.GetProperty("isb").GetInt32());
        Assert.Equal(4082, counts.GetProperty("dsbIshst").GetInt32());
        Assert.Equal(1020, counts.GetProperty("dsbIsh").GetInt32());
        Assert.Equal(1020, counts.GetProperty("fixmapMaps").GetInt32());
        Assert.Equal(1020, counts.GetProperty("fixmapUnmaps").GetInt32());
        Assert.Equal(1015, map.GetProperty("tables").GetProperty("total").GetInt32());
        Assert.Equal(1020, map.GetProperty("visits").GetProperty("total").GetInt32());
        Assert.Equal(1015 << 12, map.GetProperty("tableBytes").GetInt32());
        Assert.Equal(12, map.GetProperty("leaves").GetProperty("pmdBlocks").GetInt32());
        Assert.Equal(2L << 30, map.GetProperty("bytes").GetInt64());
        Assert.Equal("0x41a79000", map.GetProperty("root").GetString());
        Assert.Equal("0xfff0000000000000", map.GetProperty("pageOffset").GetString());
        Assert.Equal("0xfff1000040000000", map.GetProperty("memstart").GetString());
        Assert.Equal((52, 48, 4), (map.GetProperty("vaBits").GetInt32(), map.GetProperty("actualVaBits").GetInt32(), map.GetProperty("levels").GetInt32()));
    }

    [Fact]
    public void The_shape_of_the_JSON_is_the_documented_one()
    {
        CliRun run = CliRun.Of("map", "--memory", "64M", "--json");
        JsonElement map = JsonDocument.Parse(run.Out).RootElement;

        Assert.Equal(
            "profile strategy scope granule vaBits actualVaBits levels pageOffset memstart root tables visits counts leaves bytes tableBytes blocks digest elapsedMs modelMs remarks kernel",
            Names(map));
        Assert.Equal("pte pmd pud p4d total", Names(map.GetProperty("tables")));
        Assert.Equal("pte pmd pud p4d total", Names(map.GetProperty("visits")));
        Assert.Equal(
            "fixmapMaps fixmapUnmaps tlbi tlbiVaale1is tlbiVaae1is tlbiRvaale1is tlbiVmalle1is tlbiVmalle1 dsb dsbIshst dsbIsh dsbNshst dsbNsh isb",
            Names(map.GetProperty("counts")));
        Assert.Equal("pages pmdBlocks pudBlocks contiguousPages contiguousPmdBlocks", Names(map.GetProperty("leaves")));
        Assert.Equal(("linux-6.12", "single-map", "map_mem"), (Text(map, "profile"), Text(map, "strategy"), Text(map, "scope")));
        Assert.Contains("Without --symbols", map.GetProperty("remarks")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Linux_6_1_has_all_of_paging_init()
    {
        JsonElement map = Json(["map", "--memory", "2G", "--cmdline", "nokaslr", "--scope", "paging_init", "--json", .. _linux61]);
        JsonElement counts = map.GetProperty("counts");

        Assert.Equal(33802, counts.GetProperty("tlbi").GetInt32());
        Assert.Equal(3, counts.GetProperty("tlbiVmalle1").GetInt32());
        Assert.Equal(625364, counts.GetProperty("dsb").GetInt32());
        Assert.Equal((2, 3), (counts.GetProperty("dsbNshst").GetInt32(), counts.GetProperty("dsbNsh").GetInt32()));
        Assert.Equal(591570, counts.GetProperty("isb").GetInt32());
    }

    [Fact]
    public void The_list_is_the_kernels_own_text_and_nothing_else()
    {
        CliRun run = CliRun.Of(["map", "--memory", "1G", "--cmdline", "nokaslr rodata=on", "--kernel", "linux-6.1", "--list"]);

        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        Assert.Equal(
            """
            ---[ Linear Mapping start ]---
            0xffff000000000000-0xffff000040000000           1G PUD       RW NX SHD AF        BLK UXN    MEM/NORMAL-TAGGED
            0xffff000040000000-0xffff008000000000         511G PUD
            """.ReplaceLineEndings("\n"),
            string.Join('\n', run.Out.Split('\n')[..3]));
        Assert.Contains("---[ vmemmap end ]---\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void The_seeds_own_tree_is_a_profile()
    {
        JsonElement map = Json(["map", "--memory", "2G", "--kernel", "linux-5.15-azure", "--cmdline", "nokaslr", "--scope", "paging_init", "--json"]);

        Assert.Equal(("linux-5.15-azure", "single-map"), (Text(map, "profile"), Text(map, "strategy")));

        // 1024 PTE, 2 PMD and 1 PUD table, each mapped once; the PGD slot; three local flushes where the root is replaced.
        Assert.Equal((1024 + 2 + 1 + 1, 1024 + 2 + 1 + 1 + 3), (Count(map, "fixmapMaps"), Count(map, "tlbi")));

        static int Count(JsonElement map, string name) => map.GetProperty("counts").GetProperty(name).GetInt32();
    }

    [Fact]
    public void Late_changes_are_counted_both_ways()
    {
        string[] map = ["map", "--memory", "1G", "--cmdline", "nokaslr", "--late", "direct", "--hot-add", "128M@0x100000000", .. _linux612];
        CliRun text = CliRun.Of(map);
        JsonElement late = Json([.. map, "--json"]).GetProperty("late");

        Assert.Contains("After the start, with single-map", text.Out, StringComparison.Ordinal);
        Assert.Equal(
            "fixmap mark_linear_text_alias_ro, fixmap arch_add_memory, fixmap arch_remove_memory, fixmap arch_add_memory, "
            + "direct mark_linear_text_alias_ro, direct arch_add_memory, direct arch_remove_memory, direct arch_add_memory",
            string.Join(", ", late.EnumerateArray().Select(change => $"{Text(change, "way")} {Text(change, "function")}")));
        Assert.Equal("way function start size counts tablesMade tablesFreed tablesKept", Names(late[0]));

        // 64 PTE tables below a PMD table; the PUD table is there. Directly: no slot, no TLBI.
        Assert.Equal((65, 66, 66), (late[1].GetProperty("tablesMade").GetInt32(), Tlbi(late[1]), late[1].GetProperty("counts").GetProperty("fixmapMaps").GetInt32()));
        Assert.Equal((65, 0, 0), (late[5].GetProperty("tablesMade").GetInt32(), Tlbi(late[5]), late[5].GetProperty("counts").GetProperty("fixmapMaps").GetInt32()));
        Assert.Equal((65, 0), (late[2].GetProperty("tablesFreed").GetInt32(), late[2].GetProperty("tablesKept").GetInt32()));

        static int Tlbi(JsonElement change) => change.GetProperty("counts").GetProperty("tlbi").GetInt32();
    }

    [Theory]
    [InlineData("cortex-a76", 0)]
    [InlineData("cortex-a76+bbml2", 1)]
    [InlineData("cortex-a76+e0pd+bbml2", 1)]
    public void A_CPU_that_can_split_blocks_keeps_them_under_linux_6_18(string cpu, int blocks)
    {
        JsonElement map = Json(["map", "--memory", "1G", "--kernel", "linux-6.18", "--cpu", cpu, "--cmdline", "nokaslr kfence.sample_interval=0", "--json"]);

        Assert.Equal(blocks, map.GetProperty("leaves").GetProperty("pudBlocks").GetInt32());
    }

    [Theory]
    [InlineData("--late", "sideways", 1, "There is no way 'sideways' for --late; there are fixmap, direct.")]
    [InlineData("--cpu", "cortex-a76+wings", 1, "There is no feature 'wings' to add to a CPU; there are bbml2, bti, e0pd, lpa2, lva, tlbirange.")]
    [InlineData("--hot-add", "1G", 1, "Option --hot-add says which memory --late adds: give --late too.")]
    [InlineData("--late=fixmap", "--hot-add=1G@0x40000000", 2, "Memory from 0x40000000 to 0x80000000 overlaps memory from 0x40000000 to 0x80000000.")]
    [InlineData("--late=fixmap", "--hot-add=1G@0x100000000,1G@0x200000000", 2, "Memory '1G@0x100000000,1G@0x200000000' is more than one range to add.")]
    [InlineData("--list", "--json", 1, "Option --list writes the map and nothing else: leave --json and --late away.")]
    public void What_does_not_go_together_is_said(string first, string second, int code, string sentence)
    {
        CliRun run = CliRun.Of("map", "--memory", "1G", "--cmdline", "nokaslr", first, second);

        Assert.Equal((code, $"ptewright: {sentence}\n"), (run.Code, run.Error));
    }

    [Theory]
    [InlineData("linux-6.1")]
    [InlineData("linux-6.12")]
    public void Every_strategy_makes_the_same_tables(string kernel)
    {
        string[] symbols = kernel == "linux-6.1" ? _linux61 : _linux612;
        string[] digests =
        [
            .. StrategyPresets.All.Select(strategy =>
                Text(Json(["map", "--memory", "128M", "--cmdline", "nokaslr", "--scope", "paging_init", "--strategy", strategy.Name, "--json", .. symbols]), "digest")),
        ];

        Assert.Single(digests.Distinct());
    }

    [Theory]
    [InlineData("16K", "47", 3, "0xffff800000000000")]
    [InlineData("64K", "42", 2, "0xfffffc0000000000")]
    [InlineData("4K", "39", 3, "0xffffff8000000000")]
    [InlineData("4K", "52", 5, "0xfff0000000000000")]
    public void Granule_and_address_size_override_the_configuration(string granule, string bits, int levels, string pageOffset)
    {
        JsonElement map = Json(["map", "--memory", "64M", "--cpu", "max", "--granule", granule, "--va-bits", bits, "--json"]);

        Assert.Equal((granule, levels, pageOffset), (Text(map, "granule"), map.GetProperty("levels").GetInt32(), Text(map, "pageOffset")));
        Assert.Equal("0x40000000", Text(map, "memstart"));
    }

    [Fact]
    public void A_device_tree_brings_its_seed_and_says_so()
    {
        CliRun random = CliRun.Of("map", "--dtb", CliRun.Data("dtb", "virt-2g.dtb"), "--json");
        CliRun still = CliRun.Of("map", "--dtb", CliRun.Data("dtb", "virt-2g.dtb"), "--cmdline", "nokaslr", "--json");

        Assert.Contains("ptewright: note: The KASLR seed is that of the device tree", random.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("KASLR", still.Error, StringComparison.Ordinal);
        Assert.Equal("0xfff1000040000000", Text(JsonDocument.Parse(still.Out).RootElement, "memstart"));
    }

    [Theory]
    [InlineData("--iomem", "iomem", "efi-2g-6.12.txt")]
    [InlineData("--efi-map", "efi", "efi-2g-6.12.log")]
    public void Other_sources_of_memory_are_read(string option, string folder, string file)
    {
        CliRun run = CliRun.Of("map", option, CliRun.Data(folder, file), "--cmdline", "nokaslr", "--json");

        Assert.Equal(0, run.Code);
        Assert.InRange(JsonDocument.Parse(run.Out).RootElement.GetProperty("bytes").GetInt64(), 1L << 30, 2L << 30);
    }

    [Theory]
    [InlineData("linux-6.12", "efi-2g-6.12.txt", "0xb5e00000")]
    [InlineData("linux-6.1", "efi-4g-crash-6.1.txt", null)]
    public void A_copy_of_iomem_says_where_its_kernel_lies(string kernel, string file, string? expected)
    {
        string path = CliRun.Data("iomem", file);
        string symbols = CliRun.Data("symbols", kernel == "linux-6.1" ? "System.map-6.1-cloud" : "System.map-6.12-cloud");
        string code = File.ReadLines(path).First(line => line.EndsWith("Kernel code", StringComparison.Ordinal)).Trim().Split('-')[0];
        ulong start = ulong.Parse(code, System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);
        CliRun run = CliRun.Of("map", "--iomem", path, "--kernel", kernel, "--symbols", symbols, "--cmdline", "nokaslr");

        // 6.1 counts its code from _stext on, 64 KiB into the image.
        Assert.Contains($"Kernel image at {expected ?? $"0x{start - 0x10000:x}"}..", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void The_trace_and_the_folder_hold_the_same_build()
    {
        string folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        string trace = Path.GetTempFileName();
        try
        {
            CliRun run = CliRun.Of(["map", "--memory", "128M", "--cmdline", "nokaslr", "--trace", trace, "-o", folder, "--json", .. _linux612]);
            JsonElement map = JsonDocument.Parse(run.Out).RootElement;
            using TableFolder saved = new(folder);

            Assert.Equal(Text(map, "digest"), saved.Kernel!.Digest.ToString());
            Assert.Equal(map.GetProperty("tables").GetProperty("total").GetUInt64() + 1, (ulong)saved.Segments.Sum(segment => (long)segment.Size) / 4096);
            JsonElement counts = map.GetProperty("counts");
            Assert.Contains(
                $"tlbi {counts.GetProperty("tlbi")}, dsb ishst {counts.GetProperty("dsbIshst")}, dsb ish {counts.GetProperty("dsbIsh")}, isb {counts.GetProperty("isb")}",
                File.ReadAllText(trace),
                StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(trace);
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void People_read_what_was_mapped_and_what_it_took()
    {
        CliRun run = CliRun.Of(["map", "--memory", "2G", "--cmdline", "nokaslr", .. _linux612]);

        Assert.Equal(0, run.Code);
        Assert.Contains("linux-6.12 on cortex-a72, memory 2G\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("518,144 pages + 12 PMD blocks in 1,015 tables (1,012 PTE + 2 PMD + 1 PUD) and the root; 2 GiB mapped\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("TLBI 1,020, DSB 5,102 (ISHST 4,082, ISH 1,020), ISB 3,067\n", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "Say which memory", "map")]
    [InlineData(1, "--memory and --iomem both say which memory", "map", "--memory", "2G", "--iomem", "x")]
    [InlineData(1, "There is no kernel profile 'linux-1.0'", "map", "--memory", "2G", "--kernel", "linux-1.0")]
    [InlineData(1, "There is no CPU 'z80'", "map", "--memory", "2G", "--cpu", "z80")]
    [InlineData(1, "There is no scope 'all'", "map", "--memory", "2G", "--scope", "all")]
    [InlineData(1, "belong together", "map", "--memory", "2G", "--image-base", "0x40200000")]
    [InlineData(1, "There are no 39-bit virtual addresses with 16K pages", "map", "--memory", "2G", "--granule", "16K", "--va-bits", "39")]
    [InlineData(2, "no-such.map", "map", "--memory", "2G", "--symbols", "no-such.map", "--image-base", "0x40200000")]
    [InlineData(2, "no-such.dtb", "map", "--dtb", "no-such.dtb")]
    [InlineData(2, "no-such.config", "map", "--memory", "2G", "--config", "no-such.config")]
    [InlineData(2, "has no 16K pages", "map", "--memory", "2G", "--granule", "16K")]
    [InlineData(2, "linux-6.1 has no 52-bit virtual addresses", "map", "--memory", "2G", "--kernel", "linux-6.1", "--va-bits", "52")]
    [InlineData(2, "There is no folder", "map", "--memory", "2G", "--trace", "/no/such/folder/trace.txt")]
    public void What_cannot_be_done_gets_one_sentence(int code, string sentence, params string[] arguments)
    {
        CliRun run = CliRun.Of(arguments);

        Assert.Equal((code, string.Empty), (run.Code, run.Out));
        Assert.Contains(sentence, Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_outside_memory_is_refused()
    {
        CliRun run = CliRun.Of(["map", "--memory", "2G@0x80000000", .. _linux612]);

        Assert.Equal(2, run.Code);
        Assert.Contains("does not lie in memory", run.Error, StringComparison.Ordinal);
    }

    private static JsonElement Json(string[] arguments) => JsonDocument.Parse(CliRun.Of(arguments).Out).RootElement;

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static string Names(JsonElement element) => string.Join(' ', element.EnumerateObject().Select(property => property.Name));
}
