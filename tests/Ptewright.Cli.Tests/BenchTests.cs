using System.Text.Json;

namespace Ptewright.Cli.Tests;

/// <summary><c>bench build</c>: what it measured is named, and what was built is exact; times are not judged.</summary>
public sealed class BenchTests
{
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
    [InlineData("0")]
    [InlineData("1001")]
    public void Rounds_that_cannot_be_measured_are_refused(string rounds)
    {
        CliRun run = CliRun.Of("bench", "build", "--memory", "1G", "--repeat", rounds);
        Assert.Equal((ExitCode.Usage, string.Empty), (run.Code, run.Out));
        Assert.Contains("--repeat takes 1 to 1000", run.Error, StringComparison.Ordinal);
    }
}
