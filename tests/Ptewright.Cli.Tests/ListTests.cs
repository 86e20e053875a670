using System.Globalization;
using System.Text.Json;

namespace Ptewright.Cli.Tests;

/// <summary><c>list</c> and <c>find</c> over tables that <c>map</c> saved.</summary>
public sealed class ListTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("linux-6.12", "cortex-a72", "4K", "52", "nokaslr rodata=on")]
    [InlineData("linux-6.12", "max", "4K", "52", "nokaslr")]
    [InlineData("linux-6.12", "cortex-a76", "16K", "52", "nokaslr rodata=on")]
    [InlineData("linux-6.12", "max", "16K", "52", "nokaslr rodata=on")]
    [InlineData("linux-6.12", "cortex-a76", "16K", "47", "nokaslr rodata=on")]
    [InlineData("linux-6.12", "cortex-a72", "64K", "52", "nokaslr")]
    [InlineData("linux-6.12", "max", "64K", "52", "nokaslr")]
    [InlineData("linux-6.12", "max", "4K", "39", "nokaslr")]
    [InlineData("linux-6.1", "cortex-a72", "4K", "48", "nokaslr rodata=on")]
    [InlineData("linux-6.1", "cortex-a72", "64K", "52", "nokaslr rodata=on")]
    [InlineData("linux-6.1", "max", "64K", "52", "nokaslr rodata=on")]
    [InlineData("linux-6.18", "max+bbml2", "4K", "52", "nokaslr")]
    [InlineData("linux-5.15-azure", "cortex-a72", "4K", "48", "nokaslr")]
    public void The_kernel_format_of_saved_tables_is_what_map_lists(string kernel, string cpu, string granule, string bits, string commandLine)
    {
        string[] arguments = ["--memory", "2G,!4M@0x60200000", "--kernel", kernel, "--cpu", cpu, "--granule", granule, "--va-bits", bits, "--cmdline", commandLine];
        CliRun mapped = CliRun.Of(["map", .. arguments, "--list", "-o", _folder]);
        Assert.Equal(0, mapped.Code);

        Assert.Equal(new CliRun(0, mapped.Out, string.Empty), CliRun.Of("list", _folder, "--format", "kernel"));

        // A capture does not say what the kernel was built for.
        string capture = Path.Combine(_folder, "capture");
        Assert.Equal(0, CliRun.Of("capture", _folder, "-o", capture).Code);
        Assert.Equal(mapped.Out, CliRun.Of("list", capture, "--format", "kernel", "--profile", kernel, "--va-bits", bits).Out);
    }

    // By the enumeration of 6.1's asm/fixmap.h: 3 and 1024 pages, 4 of the trampoline with its data, and 4 of GHES with SDEI, below 0xfffffbfffe000000. Both are what real kernels listed.
    [Theory]
    [InlineData("UNMAP_KERNEL_AT_EL0 RELOCATABLE", "0xfffffbfffdbf9000")]
    [InlineData("UNMAP_KERNEL_AT_EL0 RELOCATABLE ACPI_APEI_GHES ARM_SDE_INTERFACE", "0xfffffbfffdbf5000")]
    [InlineData("ACPI_APEI_GHES", "0xfffffbfffdbfb000")]
    public void The_fixmap_is_listed_where_the_configuration_puts_it(string options, string expected)
    {
        string[] list = ["list", CliRun.Data("captures", "6.1-cloud"), "--format", "kernel", "--profile", "linux-6.1"];
        CliRun run = CliRun.Of([.. list, "--config", Configuration(options)]);
        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        Assert.Contains($"---[ Fixmap start ]---\n{expected}-", run.Out.ReplaceLineEndings("\n"), StringComparison.Ordinal);

        // Without one, a distribution's is taken and said to be.
        CliRun usual = CliRun.Of(list);
        Assert.Contains("---[ Fixmap start ]---\n0xfffffbfffdbf5000-", usual.Out.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Equal("ptewright: note: The fixmap begins where a distribution's configuration of linux-6.1 puts it; another may move that one line (--config).\n", usual.Error.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Saved_tables_know_how_many_fixmap_slots_their_kernel_has()
    {
        string folder = Path.Combine(_folder, "tables");
        CliRun mapped = CliRun.Of("map", "--memory", "512M", "--kernel", "linux-6.1", "--config", Configuration("UNMAP_KERNEL_AT_EL0"), "--list", "-o", folder);
        string file = Path.Combine(folder, "tables.json");
        string text = File.ReadAllText(file);
        Assert.Contains("\"fixmapSlots\": 1030", text, StringComparison.Ordinal);
        Assert.Equal(mapped.Out, CliRun.Of("list", folder, "--format", "kernel").Out);

        // A folder that was written before that was known is read as before; one that lies is refused.
        File.WriteAllText(file, text.Replace(",\n    \"fixmapSlots\": 1030", "", StringComparison.Ordinal));
        Assert.Equal(0, CliRun.Of("list", folder, "--format", "kernel").Code);
        foreach (string wrong in new[] { "0", "-1", "8193" })
        {
            File.WriteAllText(file, text.Replace("\"fixmapSlots\": 1030", $"\"fixmapSlots\": {wrong}", StringComparison.Ordinal));
            CliRun refused = CliRun.Of("list", folder, "--format", "kernel");
            Assert.Equal(2, refused.Code);
            Assert.Contains($"fixmapSlots is {wrong}, but kernels have 1 to 8192 permanent fixmap slots", refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_folded_level_is_assumed_where_that_version_usually_has_one()
    {
        CliRun mapped = Map("--cpu", "cortex-a72", "--list");
        string capture = Path.Combine(_folder, "capture");
        Assert.Equal(0, CliRun.Of("capture", _folder, "-o", capture).Code);

        Assert.Equal(mapped.Out, CliRun.Of("list", capture, "--format", "kernel").Out);
        CliRun other = CliRun.Of("list", capture, "--format", "kernel", "--va-bits", "39");
        Assert.Equal(
            (2, "ptewright: No kernel of linux-6.12 is built for 39-bit addresses with 4K pages and uses 48 bits, as these tables do.\n"),
            (other.Code, other.Error.ReplaceLineEndings("\n")));
    }

    [Fact]
    public void The_json_says_of_each_range_what_a_walk_finds_at_both_ends()
    {
        _ = Map("--cpu", "max", "--cmdline", "nokaslr rodata=on kfence.sample_interval=100");
        JsonElement list = Json("list", _folder, "--format", "json");
        Assert.Equal(["ranges", "problems"], list.EnumerateObject().Select(member => member.Name));
        Assert.Empty(list.GetProperty("problems").EnumerateArray());
        JsonElement[] ranges = [.. list.GetProperty("ranges").EnumerateArray()];
        Assert.Equal(6, ranges.Length);
        Assert.Equal((2UL << 30) - (4UL << 20), ranges.Aggregate(0UL, (sum, range) => sum + Hex(range, "end") - Hex(range, "start")));
        foreach (JsonElement range in ranges)
        {
            Assert.Equal(
                ["start", "end", "physical", "level", "kind", "contiguous", "attributes"], range.EnumerateObject().Select(member => member.Name));
            ulong size = Hex(range, "end") - Hex(range, "start");
            JsonElement[] walked = [.. Json("walk", _folder, Text(Hex(range, "start")), Text(Hex(range, "end") - 1), "--json").EnumerateArray()];
            Assert.Equal(Hex(range, "physical"), Hex(walked[0], "physical"));
            Assert.Equal(Hex(range, "physical") + size - 1, Hex(walked[1], "physical"));
            Assert.Equal(range.GetProperty("attributes").GetRawText(), walked[0].GetProperty("attributes").GetRawText(), ignoreWhiteSpaceDifferences: true, ignoreLineEndingDifferences: true);
            Assert.Equal(range.GetProperty("kind").GetString(), walked[1].GetProperty("steps").EnumerateArray().Last().GetProperty("kind").GetString());
        }
    }

    [Fact]
    public void A_part_and_a_filter_choose_among_the_ranges()
    {
        _ = Map("--kernel", "linux-6.18", "--cpu", "max+bbml2", "--va-bits", "48", "--cmdline", "nokaslr");
        JsonElement[] all = Ranges();

        Assert.NotEmpty(Ranges("--filter", "level=2"));
        Assert.Equal(all.Where(range => range.GetProperty("level").GetInt32() == 2).Select(Start), Ranges("--filter", "level=2").Select(Start));
        Assert.Equal(all.Select(Start), Ranges("--filter", "block | page", "--filter", "w & !x & normal").Select(Start));
        CliRun none = CliRun.Of("list", _folder, "--format", "json", "--filter", "w&x");
        Assert.Equal((0, 0), (none.Code, JsonDocument.Parse(none.Out).RootElement.GetProperty("ranges").GetArrayLength()));
        Assert.Equal(
            all.Where(range => Hex(range, "start") < 0xffff_0000_4000_0000).Select(Start), Ranges("--to", "0xffff000040000000").Select(Start));

        // A block is listed as a whole.
        Assert.Equal(["0xffff000020000000"], Ranges("--from", "0xffff000020003000", "--to", "0xffff000020004000").Select(Start));

        JsonElement[] Ranges(params string[] more) => [.. Json(["list", _folder, "--format", "json", .. more]).GetProperty("ranges").EnumerateArray()];
    }

    [Fact]
    public void The_table_has_a_line_for_each_range_and_a_sum()
    {
        _ = Map("--cpu", "cortex-a72", "--cmdline", "nokaslr");
        CliRun run = CliRun.Of("list", _folder);

        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        Assert.Contains("\n0xffff000000000000   0xffff000020200000       514 MiB  0x40000000       page        rw-  ---  normal write-back, inner shareable, DBM\n", run.Out.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.EndsWith("2 ranges, 2,044 MiB.\n", run.Out.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("0 ranges, 0 bytes; 2 more left out by --filter.", CliRun.Of("list", _folder, "--filter", "ro").Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Filter 'w&&x': at character 3 a condition is missing; there are w, ro,", "--filter", "w&&x")]
    [InlineData("There is no half 'ttbr2'; there are ttbr0, ttbr1.", "--half", "ttbr2")]
    [InlineData("There is no format 'xml'; there are table, json, kernel.", "--format", "xml")]
    [InlineData("There is nothing between --from and --to", "--from", "0x2000", "--to", "0x1000")]
    [InlineData("A kernel lists its own half and all of it", "--format", "kernel", "--filter", "w")]
    [InlineData("Options --profile, --config and --va-bits belong to --format kernel.", "--profile", "linux-6.1")]
    [InlineData("Options --profile, --config and --va-bits belong to --format kernel.", "--config", "config")]
    [InlineData("There is no kernel profile 'linux-7'", "--format", "kernel", "--profile", "linux-7")]
    public void What_makes_no_sense_is_refused(string sentence, params string[] options)
    {
        _ = Map();
        CliRun run = CliRun.Of(["list", _folder, .. options]);

        Assert.Equal((1, string.Empty), (run.Code, run.Out));
        Assert.StartsWith($"ptewright: {sentence}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_types_without_mair_are_refused_and_mair_can_be_given()
    {
        string image = Raw(table => table[0] = 0x8000_0705);
        CliRun run = CliRun.Of("list", image, "--ttbr1", "0x1000", "--tcr", Tcr, "--filter", "device");
        Assert.Equal(1, run.Code);
        Assert.Contains("give it with --mair", run.Error, StringComparison.Ordinal);
        Assert.Contains("device nGnRE", CliRun.Of("list", image, "--ttbr1", "0x1000", "--tcr", Tcr, "--filter", "device", "--mair", "0x0400").Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("table")]
    [InlineData("json")]
    [InlineData("kernel")]
    public void Tables_that_loop_or_are_missing_are_said_with_their_path_and_the_rest_is_listed(string format)
    {
        // A root of 39-bit addresses: a block, itself, and a table that is not there.
        string image = Raw(table =>
        {
            table[0] = 0x8000_0705;
            table[1] = 0x1003;
            table[2] = 0x99_9990_0003;
        });
        CliRun run = CliRun.Of("list", image, "--ttbr1", "0x1000", "--tcr", Tcr, "--mair", "0xff00", "--format", format);

        Assert.Equal(0, run.Code);
        string[] said = run.Error.ReplaceLineEndings("\n").TrimEnd().Split('\n');
        Assert.Equal(
            [
                "ptewright: 0xffffff8040000000: the table at 0x1000 is one of those that lead to it, a loop, which is not followed (by way of level 1 [1] at 0x1008 = 0x0000000000001003).",
                "ptewright: 0xffffff8080000000: the source has no memory at 0x9999900000, where a table should be (by way of level 1 [2] at 0x1010 = 0x0000009999900003).",
            ],
            said);
        Assert.Contains(format == "json" ? "\"missingMemory\"" : format == "kernel" ? "0xffffff8000000000-0xffffff8040000000           1G PGD" : "1G block", run.Out, StringComparison.Ordinal);
        Assert.Equal(format == "kernel", run.Out.Contains("0xffffff8040000000-0xffffffc000000000         255G PGD\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(3, "ptewright: The tables below 0x40000000 map nothing. If that is not where the root lies, give its register with --ttbr1, --ttbr0 and the size of addresses with --tcr.")]
    [InlineData(3, "ptewright: The tables below 0x40000000 map nothing. If that is not where the root lies, give its register with --ttbr1, --ttbr0 and the size of addresses with --tcr.", "--format", "json")]
    [InlineData(3, "ptewright: The tables below 0x40000000 map nothing. If that is not where the root lies, give its register with --ttbr1, --ttbr0 and the size of addresses with --tcr.", "--format", "kernel")]
    [InlineData(0, "ptewright: note: Nothing is mapped from --from to --to.", "--from", "ffff000000000000", "--to", "ffff000000001000")]
    public void Nothing_at_all_is_said(int code, string sentence, params string[] options)
    {
        _ = Directory.CreateDirectory(_folder);
        string file = Path.Combine(_folder, "ram");
        File.WriteAllBytes(file, new byte[4096]);
        CliRun run = CliRun.Of(["list", $"{file}@40000000", "--ttbr1", "40000000", "--tcr", "580100010", "--half", "ttbr1", .. options]);
        Assert.Equal((code, sentence + "\n"), (run.Code, run.Error.ReplaceLineEndings("\n")));
    }

    [Fact]
    public void A_filter_that_chooses_nothing_is_explained()
    {
        _ = Map("--cpu", "cortex-a72");
        CliRun run = CliRun.Of("list", _folder, "--filter", "user|x");
        Assert.Equal(0, run.Code);
        Assert.Matches("\\Aptewright: note: None of the [0-9]+ ranges? is as --filter asks: programs \\(EL0\\) may read or the kernel may execute\\.\\s*\\z", run.Error);
    }

    [Fact]
    public void Nothing_but_problems_is_no_success()
    {
        CliRun run = CliRun.Of("list", Raw(_ => { }), "--ttbr1", "0x5000", "--tcr", Tcr);
        Assert.Equal(2, run.Code);
        Assert.Contains("the source has no memory at 0x5000, where a table should be (by way of the root)", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_lower_half_is_listed_too_where_the_source_has_it()
    {
        string image = Raw(table => table[3] = 0x8000_0745);
        string[] registers = ["--ttbr0", "0x1000", "--ttbr1", "0x1000", "--tcr", "0x280190019", "--mair", "0xff00"];
        JsonElement[] both = [.. Json(["list", image, .. registers, "--format", "json"]).GetProperty("ranges").EnumerateArray()];
        Assert.Equal(["0xc0000000", "0xffffff80c0000000"], both.Select(Start));
        Assert.Equal(["0xffffff80c0000000"], Json(["list", image, .. registers, "--format", "json", "--half", "ttbr1"]).GetProperty("ranges").EnumerateArray().Select(Start));
        Assert.Contains("note: the source does not have the lower half's root table at 0x7000", CliRun.Of("list", image, "--ttbr0", "0x7000", "--ttbr1", "0x1000", "--tcr", "0x280190019").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_names_every_address_that_leads_there()
    {
        string image = Raw(table =>
        {
            table[3] = 0x8000_0745;
            table[7] = 0x0060_0000_8000_0785;
        });
        string[] registers = ["--ttbr0", "0x1000", "--ttbr1", "0x1000", "--tcr", "0x280190019", "--mair", "0xff00"];
        CliRun run = CliRun.Of(["find", image, "0x80012345", .. registers]);
        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        Assert.Equal(
            [
                "0x80012345",
                "  0xc0012345  level 1, 1G block: EL1 rw-, EL0 rwx, normal write-back, inner shareable",
                "  0x1c0012345  level 1, 1G block: EL1 r--, EL0 ---, normal write-back, inner shareable",
                "  0xffffff80c0012345  level 1, 1G block: EL1 rw-, EL0 rwx, normal write-back, inner shareable",
                "  0xffffff81c0012345  level 1, 1G block: EL1 r--, EL0 ---, normal write-back, inner shareable",
            ],
            run.Out.ReplaceLineEndings("\n").TrimEnd().Split('\n'));

        CliRun none = CliRun.Of(["find", image, "0x80000000", "0xc0000000", "--half", "ttbr0", "--json", .. registers]);
        JsonElement[] found = [.. JsonDocument.Parse(none.Out).RootElement.EnumerateArray()];
        Assert.Equal(3, none.Code);
        Assert.Equal([("0x80000000", 2), ("0xc0000000", 0)], found.Select(item => (item.GetProperty("physical").GetString()!, item.GetProperty("mappings").GetArrayLength())));
        Assert.Equal(
            ["address", "half", "level", "kind", "contiguous", "attributes"],
            found[0].GetProperty("mappings")[0].EnumerateObject().Select(member => member.Name));
    }

    // 39-bit addresses, 4K pages, 40-bit outputs: one level-1 root.
    private const string Tcr = "0x280190000";

    private string Raw(Action<ulong[]> fill)
    {
        ulong[] table = new ulong[512];
        fill(table);
        _ = Directory.CreateDirectory(_folder);
        string path = Path.Combine(_folder, "raw.img");
        File.WriteAllBytes(path, [.. table.SelectMany(BitConverter.GetBytes)]);
        return $"{path}@0x1000";
    }

    // A configuration of 4K pages with these options.
    private string Configuration(string options)
    {
        string path = Path.Combine(Directory.CreateDirectory(_folder).FullName, "config");
        File.WriteAllText(path, "CONFIG_ARM64=y\nCONFIG_ARM64_4K_PAGES=y\nCONFIG_ARM64_VA_BITS=48\nCONFIG_ARM64_PA_BITS=48\n" + string.Concat(options.Split(' ').Select(option => $"CONFIG_{option}=y\n")));
        return path;
    }

    private CliRun Map(params string[] more)
    {
        CliRun run = CliRun.Of(["map", "--memory", "2G,!4M@0x60200000", "-o", _folder, .. more.Contains("--cmdline") ? more : [.. more, "--cmdline", "nokaslr"]]);
        Assert.Equal(0, run.Code);
        return run;
    }

    private static JsonElement Json(params string[] arguments)
    {
        CliRun run = CliRun.Of(arguments);
        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        return JsonDocument.Parse(run.Out).RootElement;
    }

    private static string Start(JsonElement range) => range.GetProperty("start").GetString()!;

    private static string Text(ulong value) => $"0x{value:x}";

    private static ulong Hex(JsonElement element, string name) => ulong.Parse(element.GetProperty(name).GetString()!.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
