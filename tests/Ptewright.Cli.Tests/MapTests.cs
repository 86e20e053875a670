using System.Text.Json;
using Ptewright.Images;
using Ptewright.LinearMap;

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
            "profile strategy scope granule vaBits actualVaBits levels pageOffset memstart root tables visits counts leaves bytes digest elapsedMs modelMs remarks",
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

    [Fact]
    public void The_trace_and_the_folder_hold_the_same_build()
    {
        string folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        string trace = Path.GetTempFileName();
        try
        {
            CliRun run = CliRun.Of(["map", "--memory", "128M", "--cmdline", "nokaslr", "--trace", trace, "-o", folder, "--json", .. _linux612]);
            JsonElement map = JsonDocument.Parse(run.Out).RootElement;
            using TableFolder saved = TableFolder.Load(folder);

            Assert.Equal(Text(map, "digest"), saved.Digest.ToString());
            Assert.Equal(map.GetProperty("tables").GetProperty("total").GetInt32() + 1, saved.PageCount);
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
    [InlineData(1, "--memory and --iomem all say which memory", "map", "--memory", "2G", "--iomem", "x")]
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
