using System.Text.Json;
using Ptewright.Cli.Commands.Boot;
using Ptewright.Cli.Output;
using Ptewright.Running;

namespace Ptewright.Cli.Tests;

/// <summary><c>boot</c>: the engine at EL1, on emulated CPUs. Skipped, with the reason, only where there is no QEMU or the image could not be built.</summary>
public sealed class BootTests
{
    // What Linux 6.12 executes in paging_init for 64 GiB in 4K pages, on the same emulated CPU, counted by a plugin of QEMU.
    private const ulong LinuxInstructions = 271_196_971;

    [Theory]
    [InlineData("1G", "cortex-a72", "all", 12)]
    [InlineData("1G", "max", "all", 18)]
    [InlineData("16G", "cortex-a72", "4K", 6)]
    [InlineData("16G", "max", "4K", 6)]
    public void Every_strategy_counts_and_builds_as_on_the_host_and_the_cpu_finds_every_page(string memory, string cpu, string granule, int strategies)
    {
        using JsonDocument document = Boot("-m", memory, "--cpu", cpu, "--granule", granule, "--repeat", "1", "--verify", "full");
        AllPassed(document.RootElement, strategies);
        ulong bytes = document.RootElement.GetProperty("memoryBytes").GetUInt64();
        Assert.All(document.RootElement.GetProperty("results").EnumerateArray(), result =>
            Assert.Equal(bytes >> PageShift(result), result.GetProperty("pagesVerified").GetUInt64()));
    }

    [Theory]
    [InlineData("1G", "cortex-a72", 52, 48)]
    [InlineData("1G", "cortex-a72", 39, 39)]
    [InlineData("1G", "max", 48, 48)]
    public void Levels_fold_as_the_kernel_folds_them(string memory, string cpu, int built, int inUse)
    {
        using JsonDocument document = Boot("-m", memory, "--cpu", cpu, "--va-bits", $"{built}", "--repeat", "1", "--strategy", "single-map,premapped");
        AllPassed(document.RootElement, 2);
        Assert.All(document.RootElement.GetProperty("results").EnumerateArray(), result =>
            Assert.Equal((built, inUse), (result.GetProperty("vaBits").GetInt32(), result.GetProperty("actualVaBits").GetInt32())));
    }

    // The CPU goes to the root that it made and checks it from there: the image's own pages are found as well.
    [Theory]
    [InlineData("cortex-a72", "all", null, 12)]
    [InlineData("max", "all", null, 18)]
    [InlineData("cortex-a72", "4K", "39", 6)]
    [InlineData("max", "16K", "36", 6)]
    [InlineData("max", "16K", "47", 6)]
    [InlineData("max", "64K", "42", 6)]
    [InlineData("cortex-a72", "64K", "52", 6)]
    public void The_older_paging_init_runs_and_leaves_the_cpu_on_the_root_that_it_made(string cpu, string granule, string? bits, int strategies)
    {
        string[] size = bits is null ? [] : ["--va-bits", bits];
        using JsonDocument document = Boot(["-m", "1G", "--cpu", cpu, "--granule", granule, "--scope", "paging_init", "--repeat", "2", "--verify", "full", .. size]);
        AllPassed(document.RootElement, strategies);
        ulong bytes = document.RootElement.GetProperty("memoryBytes").GetUInt64() + document.RootElement.GetProperty("imageBytes").GetUInt64();
        Assert.All(document.RootElement.GetProperty("results").EnumerateArray(), result =>
        {
            Assert.Equal("paging_init", result.GetProperty("scope").GetString());
            Assert.Equal(bytes >> PageShift(result), result.GetProperty("pagesVerified").GetUInt64());
        });
    }

    [Fact]
    public void The_older_paging_init_has_no_52_bit_addresses_in_small_pages()
    {
        SkipWithout();
        CliRun run = CliRun.Of("boot", "-m", "64M", "--cpu", "max", "--granule", "4K", "--va-bits", "52", "--scope", "paging_init");
        Assert.Equal(ExitCode.No, run.Code);
        Assert.Contains("there is no such size of virtual addresses with this granule and paging_init", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void The_older_paging_init_costs_what_the_switch_and_its_own_tables_cost()
    {
        using JsonDocument document = Boot("-m", "1G", "--cpu", "cortex-a72", "--scope", "paging_init", "--repeat", "1", "--strategy", "single-map", "--verify", "none");
        JsonElement result = document.RootElement.GetProperty("results")[0];
        JsonElement counts = result.GetProperty("counts");

        // A window for each visit, one for the root, and three times everything.
        Assert.Equal(counts.GetProperty("fixmapUnmaps").GetUInt64() + 3, counts.GetProperty("tlbi").GetUInt64());

        // By hand: 512 tables' worth of memory less the image's blocks; the image's segments PUD, PMD, PTE; the identity map PUD, PMD, PTE.
        using JsonDocument alone = Boot("-m", "1G", "--cpu", "cortex-a72", "--repeat", "1", "--strategy", "single-map", "--verify", "none");
        ulong blocks = alone.RootElement.GetProperty("imageBytes").GetUInt64() >> 21;
        ulong tables = alone.RootElement.GetProperty("results")[0].GetProperty("tables").GetUInt64();
        Assert.Equal(tables + blocks + 3 + 3, result.GetProperty("tables").GetUInt64());
    }

    [Fact]
    public void The_cases_of_the_vector_files_hold_at_EL1_all_of_them()
    {
        using JsonDocument document = Boot("-m", "64M", "--cpu", "max", "--strategy", "single-map", "--repeat", "1", "--verify", "none", "--vectors");
        JsonElement[] vectors = [.. document.RootElement.GetProperty("vectors").EnumerateArray()];
        Assert.Equal(
            ["geometry.txt", "folding.txt", "output-addresses.txt", "protections.txt", "tlbi-operands.txt", "fixmap-slots.txt"],
            vectors.Select(file => file.GetProperty("file").GetString()));
        Assert.All(vectors, file =>
        {
            string name = file.GetProperty("file").GetString()!;
            int cases = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "vectors", name)).Count(line => line.Split('#')[0].Trim().Length > 0);
            Assert.Equal((name, cases, 0, 0), (name, file.GetProperty("passed").GetInt32(), file.GetProperty("failed").GetInt32(), file.GetProperty("firstFailedLine").GetInt32()));
        });
        Assert.Equal((7, 0), (document.RootElement.GetProperty("passed").GetInt32(), document.RootElement.GetProperty("failed").GetInt32()));
    }

    [Fact]
    public void The_counts_of_16_gib_are_those_worked_out_by_hand()
    {
        using JsonDocument document = Boot("-m", "16G", "--cpu", "cortex-a72", "--repeat", "1", "--strategy", "baseline,single-map,premapped", "--verify", "none");
        JsonElement root = document.RootElement;
        Assert.Equal("0x40200000", root.GetProperty("image").GetString());

        // Memory from 1 GiB on; the image is the kernel's alias, in blocks of 2 MiB. Three ranges: below it, above it, itself.
        ulong blocks = root.GetProperty("imageBytes").GetUInt64() >> 21;
        ulong pteTables = 8192 - blocks;
        ulong tables = pteTables + 16 + 1;
        ulong visits = pteTables + (16 + 2) + 3;
        JsonElement single = Counts(root, "single-map");
        Assert.Equal(visits, single.GetProperty("tlbi").GetUInt64());
        Assert.Equal((2 * visits) + blocks + (2 * tables), single.GetProperty("dsbIshst").GetUInt64());
        Assert.Equal((2 * visits) + blocks + tables, single.GetProperty("isb").GetUInt64());

        // Before the series: a window for each new table, each run of 16 entries, each visit of an upper table; barriers for each entry.
        // A range that does not fill the 32 MiB runs of level 2 touches them in parts: the first 1 + 1, the alias's own one more.
        ulong runs = (pteTables * 32) + 512 + 2;
        ulong windows = tables + runs + 3;
        JsonElement baseline = Counts(root, "baseline");
        Assert.Equal(windows, baseline.GetProperty("tlbi").GetUInt64());
        Assert.Equal((2 * windows) + (pteTables * 512) + blocks + tables, baseline.GetProperty("dsbIshst").GetUInt64());
        Assert.Equal(1UL, Counts(root, "premapped").GetProperty("tlbi").GetUInt64());
    }

    [Fact]
    public void Constants_of_a_boot_turn_counts_into_time()
    {
        string path = Path.GetTempFileName();
        try
        {
            // As boot --json writes them; what an emulator measures on a busy computer would not be the same twice.
            File.WriteAllText(path, """{ "constants": [ { "granule": "4K", "windowMicroseconds": 2, "entryMicroseconds": 0.5, "tableMicroseconds": 10 } ] }""");
            CliRun run = CliRun.Of("map", "--memory", "1G", "--calibrate", path, "--json");
            Assert.Equal(ExitCode.Ok, run.Code);
            using JsonDocument document = JsonDocument.Parse(run.Out);
            JsonElement root = document.RootElement;
            ulong tables = root.GetProperty("tables").GetProperty("total").GetUInt64();
            ulong windows = root.GetProperty("counts").GetProperty("fixmapMaps").GetUInt64();
            Assert.Equal(((windows * 2) + (tables * 10)) / 1000.0, root.GetProperty("modelMs").GetDouble(), 3);

            run = CliRun.Of("map", "--memory", "1G", "--granule", "64K", "--va-bits", "48", "--calibrate", path);
            Assert.Equal(ExitCode.BadInput, run.Code);
            Assert.Contains("no constants for 64K", run.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_machine_that_does_not_finish_in_time_is_given_up()
    {
        SkipWithout();
        CliRun run = CliRun.Of("boot", "-m", "64G", "--cpu", "max", "--timeout", "1");
        Assert.Equal((ExitCode.No, string.Empty), (run.Code, run.Out));
        Assert.Contains("within 1 seconds", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("boot --strategy baseline:window=visit", "only the named strategies")]
    [InlineData("boot --repeat 0", "--repeat takes 1 to 64")]
    [InlineData("boot --timeout 0", "--timeout takes 1 or more")]
    [InlineData("boot --verify some", "there are full, fast, none")]
    [InlineData("boot --scope all", "There is no --scope 'all'; there are map_mem, paging_init.")]
    [InlineData("boot -m 1G@0", "without an address")]
    [InlineData("boot --granule 8K", "There is no granule '8K'")]
    public void What_cannot_be_booted_is_refused(string commandLine, string sentence)
    {
        CliRun run = CliRun.Of(commandLine.Split(' '));
        Assert.Equal((ExitCode.Usage, string.Empty), (run.Code, run.Out));
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_image_is_an_arm64_kernel_image_of_less_than_256_kib()
    {
        SkipWithoutImage();
        string path = Path.GetTempFileName();
        try
        {
            Assert.Equal(ExitCode.Ok, CliRun.Of("boot", "--image", path).Code);
            byte[] image = File.ReadAllBytes(path);
            Assert.InRange(image.Length, 4096, 256 << 10);
            Assert.Equal("ARM\x64"u8.ToArray(), image[56..60]);
            ulong size = BitConverter.ToUInt64(image, 16);
            Assert.True(size >= (ulong)image.Length && size % (2 << 20) == 0, $"image_size {size}");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Single_map_executes_at_most_a_quarter_of_the_kernels_instructions()
    {
        using JsonDocument document = Boot("-m", "64G", "--cpu", "cortex-a72", "--repeat", "1", "--strategy", "single-map", "--verify", "fast", "--instructions");
        AllPassed(document.RootElement, 1);
        ulong instructions = document.RootElement.GetProperty("results")[0].GetProperty("instructionsMin").GetUInt64();
        Assert.InRange(instructions, 1UL, LinuxInstructions / 4);
    }

    [Theory]
    [InlineData("16G", "max", "16K,64K", "full")]
    [InlineData("64G", "cortex-a72", "all", "full")]
    [InlineData("64G", "max", "all", "full")]
    [InlineData("512G", "cortex-a72", "all", "fast")]
    [InlineData("512G", "max", "all", "fast")]
    [Trait("Category", "Slow")]
    public void Large_machines_do_as_well(string memory, string cpu, string granule, string verify)
    {
        using JsonDocument document = Boot("-m", memory, "--cpu", cpu, "--granule", granule, "--repeat", "1", "--verify", verify);
        int granules = granule.Split(',').Length + (granule == "all" ? (cpu == "max" ? 2 : 1) : 0);
        AllPassed(document.RootElement, granules * 6);
        Assert.All(
            document.RootElement.GetProperty("results").EnumerateArray().Where(result => result.GetProperty("strategy").GetString() == "premapped"),
            result => Assert.InRange(result.GetProperty("counts").GetProperty("tlbi").GetUInt64(), 1UL, 39UL));
    }

    private static JsonDocument Boot(params string[] arguments)
    {
        SkipWithout();
        CliRun run = CliRun.Of(["boot", .. arguments, "--json"]);
        Assert.True(run.Code == ExitCode.Ok, run.Error + run.Out);
        return JsonDocument.Parse(run.Out);
    }

    private static void AllPassed(JsonElement root, int strategies)
    {
        Assert.Equal((strategies, 0), (root.GetProperty("passed").GetInt32(), root.GetProperty("failed").GetInt32()));
        JsonElement[] results = [.. root.GetProperty("results").EnumerateArray()];
        Assert.Equal(strategies, results.Length);
        Assert.All(results, result =>
        {
            Assert.True(result.GetProperty("countsMatchHost").GetBoolean());
            Assert.True(result.GetProperty("digestMatchesHost").GetBoolean());
        });
        Assert.All(
            results.GroupBy(result => result.GetProperty("granule").GetString()),
            granule => Assert.Single(granule.Select(result => result.GetProperty("digest").GetString()).Distinct()));
    }

    private static JsonElement Counts(JsonElement root, string strategy) =>
        root.GetProperty("results").EnumerateArray().Single(result => result.GetProperty("strategy").GetString() == strategy).GetProperty("counts");

    private static int PageShift(JsonElement result) => result.GetProperty("granule").GetString() switch
    {
        "4K" => 12,
        "16K" => 14,
        _ => 16,
    };

    private static void SkipWithout()
    {
        SkipWithoutImage();
        Assert.SkipWhen(Qemu.Find() is null, $"There is no {Qemu.Program}, and ./test could not install it.");
    }

    private static void SkipWithoutImage() => Assert.SkipUnless(
        typeof(BootCommand).Assembly.GetManifestResourceNames().Contains("ptewright-boot.img"),
        "The boot image was not built: clang, lld or llvm is missing, and ./test could not install it.");
}
