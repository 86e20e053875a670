using System.Text.Json;

namespace Ptewright.Cli.Tests;

/// <summary>Kernels and CPUs by the names that people have for them, and why a kernel maps as it does.</summary>
public sealed class KernelNamesTests
{
    [Fact]
    public void A_version_is_the_nearest_profile_and_that_is_said()
    {
        CliRun run = CliRun.Of("map", "--memory", "64M", "--kernel", "v6.6.52", "--json");

        Assert.Equal(0, run.Code);
        Assert.Equal(
            "ptewright: note: Linux 6.6.52 has no profile of its own and is taken for linux-6.1, the nearest.\n", run.Error.ReplaceLineEndings("\n"));
        Assert.Equal("linux-6.1", JsonDocument.Parse(run.Out).RootElement.GetProperty("profile").GetString());
        CliRun races = CliRun.Of("check", "races", "--kernel", "6.12", "--cpu", "graviton3", "--scenario", "1");
        Assert.Equal((0, string.Empty), (races.Code, races.Error));
        Assert.Equal(string.Empty, CliRun.Of("list", CliRun.Data("captures", "6.12-cloud"), "--format", "kernel", "--profile", "6.12", "--config", CliRun.Data("config", "config-6.12-cloud")).Error);
    }

    // Each command that reckons with a kernel says once that what is given is another's.
    [Theory]
    [InlineData("map", "--memory", "64M")]
    [InlineData("verify", "captures/6.1-cloud", "--memory", "512M", "--symbols", "symbols/System.map-6.1-cloud")]
    [InlineData("list", "captures/6.1-cloud", "--format", "kernel")]
    public void What_is_given_of_another_version_is_said(params string[] command)
    {
        string config = CliRun.Data("config", "config-6.1-cloud");
        string[] arguments = [.. command.Select(word => word.Contains('/', StringComparison.Ordinal) ? CliRun.Data(word.Split('/')) : word), "--config", config, "--profile"];
        const string said = "is that of Linux 6.1.192, and the kernel is taken for ";
        Assert.Equal(0, Count("6.1"));
        Assert.Equal(0, Count("6.1.192"));
        Assert.Equal(1, Count("6.12"));
        Assert.Equal(1, Count("6.1.170"));
        Assert.Equal(1, Count("linux-6.12"));

        int Count(string kernel) => CliRun.Of([.. arguments, kernel]).Error.Split(said).Length - 1;
    }

    [Fact]
    public void Symbols_of_another_version_are_said()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            File.WriteAllText(path, File.ReadAllText(CliRun.Data("symbols", "System.map-6.1-cloud")) + "\nffff800008010000 T setup_cpu_features\n");
            string[] map = ["map", "--memory", "64M", "--symbols", path, "--image-base", "40200000"];
            string said = $"ptewright: note: The symbols in '{path}' are those of a Linux before 6.12, which has setup_cpu_features, and the kernel is taken for linux-6.12: that counts wherever versions differ.\n";
            Assert.Contains(said, CliRun.Of([.. map, "--kernel", "linux-6.12"]).Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
            Assert.DoesNotContain("are those of", CliRun.Of([.. map, "--kernel", "linux-6.1"]).Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // Without KFENCE only rodata= can forbid blocks, and 6.18 has no option for it in the configuration.
    [Theory]
    [InlineData("linux-6.18", false)]
    [InlineData("linux-6.12", true)]
    public void A_configuration_without_KFENCE_and_rodata_allows_blocks_only_where_the_version_asks_it(string kernel, bool allowed)
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            File.WriteAllText(path, "CONFIG_ARM64=y\nCONFIG_ARM64_4K_PAGES=y\nCONFIG_ARM64_VA_BITS=48\nCONFIG_ARM64_PA_BITS=48\n");
            CliRun run = CliRun.Of("map", "--memory", "1G", "--kernel", kernel, "--config", path, "--json");

            Assert.Equal(0, run.Code);
            JsonElement map = JsonDocument.Parse(run.Out).RootElement;
            Assert.Equal(allowed, map.GetProperty("blocks").GetProperty("allowed").GetBoolean());
            Assert.Equal(allowed ? 0 : 1 << 18, map.GetProperty("leaves").GetProperty("pages").GetInt64());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("on cortex-a76+bbml2", "map", "--memory", "64M")]
    [InlineData("\"cpu\": \"cortex-a76+bbml2\"", "check", "races", "--scenario", "1", "--json")]
    public void A_CPU_with_features_added_is_taken_wherever_a_CPU_is(string said, params string[] command)
    {
        CliRun run = CliRun.Of([.. command, "--cpu", "cortex-a76+bbml2"]);

        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        Assert.Contains(said, run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("linux-6.12 on cortex-a55, memory 64M", "a55")]
    [InlineData("linux-6.12 on neoverse-v1, memory 64M", "graviton3")]
    [InlineData("linux-6.12 on ampere-1+lva, memory 64M", "AmpereOne+lva")]
    public void A_CPU_goes_by_the_name_of_its_core(string heading, string name) =>
        Assert.StartsWith(heading, CliRun.Of("map", "--memory", "64M", "--cpu", name).Out, StringComparison.Ordinal);

    [Theory]
    [InlineData("apple-m1", "apple-m1")]
    [InlineData("graviton4", "neoverse-v2")]
    [InlineData("cortex-a76+bbml2", "cortex-a76+bbml2")]
    public void What_QEMU_cannot_be_is_refused_before_anything_is_booted(string cpu, string name)
    {
        string symbols = CliRun.Data("symbols", "System.map-6.12-cloud");
        CliRun run = CliRun.Of("verify", "--kernel-image", symbols, "--symbols", symbols, "--cpu", cpu);

        Assert.Equal((1, string.Empty), (run.Code, run.Out));
        Assert.StartsWith($"ptewright: QEMU cannot be a '{name}'; it can be cortex-a35, cortex-a53,", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Map_says_why_blocks_are_forbidden_and_what_the_tables_take()
    {
        string[] arguments = ["map", "--memory", "2G", "--cmdline", "nokaslr", "--kernel", "linux-6.1"];
        JsonElement map = JsonDocument.Parse(CliRun.Of([.. arguments, "--json"]).Out).RootElement;
        string text = CliRun.Of(arguments).Out.ReplaceLineEndings("\n");

        Assert.Equal(1027 * 4096, map.GetProperty("tableBytes").GetInt64());
        Assert.Equal(
            """{"allowed":false,"reasons":["rodata=full is the default of the configuration (CONFIG_RODATA_FULL_DEFAULT_ENABLED)"]}""",
            JsonSerializer.Serialize(map.GetProperty("blocks")));
        Assert.Contains(
            "Blocks and runs in banks of memory are forbidden:\n  rodata=full is the default of the configuration (CONFIG_RODATA_FULL_DEFAULT_ENABLED)\n",
            text,
            StringComparison.Ordinal);
        Assert.Contains("The tables take 4.01 MiB; roots are not counted.\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Map_says_why_blocks_are_allowed()
    {
        JsonElement blocks = JsonDocument.Parse(
            CliRun.Of("map", "--memory", "2G", "--cmdline", "nokaslr rodata=on", "--kernel", "linux-6.1", "--json").Out).RootElement.GetProperty("blocks");

        Assert.True(blocks.GetProperty("allowed").GetBoolean());
        Assert.Equal(
            ["rodata=on is on the command line", "there is no debug_pagealloc (no CONFIG_DEBUG_PAGEALLOC)", "there is no KFENCE (no CONFIG_KFENCE)"],
            blocks.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString()));
    }
}
