using System.Text.Json;
using Ptewright.Cli.Output;

namespace Ptewright.Cli.Tests;

/// <summary><c>bench build</c>: what it measured is named, and what was built is exact; times are not judged.</summary>
public sealed class BenchTests
{
    /// <summary>So few tables that no clock sees them filled: ratios stay numbers.</summary>
    [Fact]
    public void A_map_of_blocks_is_measured_too()
    {
        CliRun run = CliRun.Of("bench", "build", "--memory", "1G", "--blocks", "--repeat", "2", "--json");
        Assert.Equal((ExitCode.Ok, string.Empty), (run.Code, run.Error));
        Assert.True(double.IsFinite(JsonDocument.Parse(run.Out).RootElement.GetProperty("ratio").GetDouble()));
    }

    [Fact]
    public void The_json_names_every_figure_and_counts_exactly()
    {
        CliRun run = CliRun.Of("bench", "build", "--memory", "1G", "--repeat", "2", "--json");
        Assert.Equal(ExitCode.Ok, run.Code);
        using JsonDocument document = JsonDocument.Parse(run.Out);
        JsonElement root = document.RootElement;
        Assert.Equal((514UL, 262_144UL, 514UL * 4096, 2), (Number("tables"), Number("ptes"), Number("tableBytes"), (int)Number("rounds")));
        Assert.All(["buildMs", "silentMs", "fillMs", "ratio"], name => Assert.True(root.GetProperty(name).GetDouble() > 0, name));
        Assert.Empty(root.GetProperty("scaling").EnumerateArray());

        ulong Number(string name) => root.GetProperty(name).GetUInt64();
    }

    [Theory]
    [InlineData("4K", 262_144UL, 515UL * 4096)]
    [InlineData("64K", 16_384UL, 4UL * 65536)]
    public void Reading_is_measured_with_exact_counts_and_nothing_allocated_per_entry(string granule, ulong pages, ulong bytes)
    {
        CliRun run = CliRun.Of("bench", "walk", "--memory", "1G", "--random-memory", "256M", "--addresses", "10000", "--granule", granule, "--repeat", "2", "--json");
        Assert.Equal(ExitCode.Ok, run.Code);
        using JsonDocument document = JsonDocument.Parse(run.Out);
        JsonElement root = document.RootElement;
        Assert.Equal((pages, bytes, 1UL), (root.GetProperty("pages").GetUInt64(), root.GetProperty("tableBytes").GetUInt64(), root.GetProperty("ranges").GetUInt64()));
        Assert.InRange(root.GetProperty("allocatedBytes").GetInt64(), 0, 2000);
        Assert.All(["listMs", "sumMs", "ratio", "walksPerSecond", "batchedPerSecond"], name => Assert.True(root.GetProperty(name).GetDouble() > 0, name));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1001")]
    public void Rounds_that_cannot_be_measured_are_refused(string rounds)
    {
        CliRun run = CliRun.Of("bench", "build", "--memory", "1G", "--repeat", rounds);
        Assert.Equal((ExitCode.Usage, string.Empty), (run.Code, run.Out));
        Assert.Contains("--repeat takes 1 to 1000", run.Error, StringComparison.Ordinal);
    }
}
