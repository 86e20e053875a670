using System.Text.Json;
using Ptewright.Cli.Output;

namespace Ptewright.Cli.Tests;

public sealed class CheckRacesTests
{
    [Fact]
    public void The_backports_race_reads_as_recorded()
    {
        string expected = File.ReadAllText(CliRun.Data("golden", "races-linux-5.15-azure.txt")).ReplaceLineEndings("\n");
        CliRun run = CliRun.Of("check", "races", "--kernel", "linux-5.15-azure");

        Assert.Equal(expected, run.Out.ReplaceLineEndings("\n"));
        Assert.Equal(string.Empty, run.Error);
        Assert.Equal(3, run.Code);
    }

    [Theory]
    [InlineData(0, "check", "races", "--kernel", "linux-5.15-azure", "--lock", "whole-walk")]
    [InlineData(0, "check", "races")]
    [InlineData(0, "check", "races", "--kernel", "linux-6.1")]
    [InlineData(0, "check", "races", "--kernel", "linux-6.12")]
    [InlineData(0, "check", "races", "--kernel", "linux-6.18")]
    [InlineData(0, "check", "races", "--kernel", "linux-5.15-azure", "--lock", "pud-window", "--scenario", "2")]
    [InlineData(0, "check", "races", "--granule", "64K", "--va-bits", "48", "--strategy", "baseline")]
    [InlineData(3, "check", "races", "--kernel", "linux-5.15-azure", "--lock", "pud-window")]
    [InlineData(3, "check", "races", "--lock", "none", "--cpu", "max")]
    public void The_exit_code_is_the_verdict(int code, params string[] args)
    {
        CliRun run = CliRun.Of(args);

        Assert.Equal(code, run.Code);
        Assert.Equal(string.Empty, run.Error);
        Assert.Contains(code == 0 ? "\nSafe: " : "\nUnsafe: ", run.Out.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Equal(code == 0, JsonDocument.Parse(CliRun.Of([.. args, "--json"]).Out).RootElement.GetProperty("safe").GetBoolean());
    }

    [Theory]
    [InlineData(1, "There is no kernel profile 'linux-2.6'; there are linux-5.10, linux-5.15-azure, linux-6.1, linux-6.12, linux-6.16, linux-6.17, linux-6.18, linux-6.19, linux-7.0, linux-7.1, linux-7.2, linux-7.3.", "--kernel", "linux-2.6")]
    [InlineData(1, "There is no place for the lock 'big'; there are whole-walk, pud-window, pud-entries, none.", "--lock", "big")]
    [InlineData(1, "There is no CPU 'cray'; there are cortex-a35, cortex-a53, cortex-a55, cortex-a57, cortex-a72, cortex-a76, cortex-a77, cortex-a78, cortex-a78ae, cortex-a710, "
        + "cortex-a715, cortex-a720, cortex-x4, neoverse-n1, neoverse-v1, neoverse-n2, neoverse-v2, neoverse-n3, neoverse-v3, apple-m1, apple-m2, ampere-1, thunderx2, a64fx, max; "
        + "and by other names altra, ampere-altra, ampere1, ampereone, graviton2, graviton3, graviton4, grace.", "--cpu", "cray")]
    [InlineData(1, "There is no scenario 19; there are 18.", "--scenario", "19")]
    [InlineData(1, "There is no scenario 0; there are 18.", "--scenario", "0")]
    [InlineData(1, "'two' is no number for --scenario.\nTry 'ptewright check races --help'.", "--scenario", "two")]
    [InlineData(1, "Strategy 'premapped' uses no fixmap slots, so there is nothing to lock.", "--strategy", "premapped")]
    [InlineData(1, "There is no granule '8K'; there are 4K, 16K, 64K.", "--granule", "8K")]
    [InlineData(2, "linux-5.15-azure has no 52-bit virtual addresses with pages of 4K.", "--kernel", "linux-5.15-azure", "--va-bits", "52")]
    [InlineData(2, "CPU cortex-a72 has no 16K pages, so a kernel with 16K pages does not start on it.", "--granule", "16K", "--va-bits", "47")]
    public void What_cannot_be_checked_is_refused_with_the_reason(int code, string sentence, params string[] args)
    {
        CliRun run = CliRun.Of(["check", "races", .. args]);

        Assert.Equal($"ptewright: {sentence}\n", run.Error.ReplaceLineEndings("\n"));
        Assert.Equal(string.Empty, run.Out);
        Assert.Equal(code, run.Code);
    }

    [Fact]
    public void On_a_narrow_terminal_each_step_has_its_writers_letter()
    {
        CliRun run = CliRun.On((output, error) => new Terminal(output, error) { Width = 80 }, "check", "races", "--kernel", "linux-5.15-azure");
        string[] lines = run.Out.Split('\n');

        Assert.Contains("  3   B  load   PGD[1] = 0x0000000000000000  nothing", lines);
        Assert.Contains("      B  alloc  PUD table 0x400d8000", lines);
        Assert.Contains("  5!  A  clear  PUD table 0x400d0000", lines);
    }

    [Fact]
    public void A_read_through_a_slot_that_was_taken_over_shows_what_is_read()
    {
        // The other PUD table, made for memory that was added before, has a PMD table in its first entry.
        string text = CliRun.Of("check", "races", "--kernel", "linux-5.15-azure", "--scenario", "14").Out;

        Assert.Contains("  6!  load   PUD[0] = 0x1800000040001003  -> PMD table 0x40001000\n", text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_read_through_a_slot_that_was_unmapped_faults()
    {
        string text = CliRun.Of("check", "races", "--kernel", "linux-5.15-azure", "--scenario", "13").Out;

        Assert.Contains(" 19!  ", text, StringComparison.Ordinal);
        Assert.Contains("load   PUD[0]  faults\n", text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_JSON_has_every_scenario_and_every_way_to_go_wrong()
    {
        JsonElement root = JsonDocument.Parse(CliRun.Of("check", "races", "--kernel", "linux-5.15-azure", "--json").Out).RootElement;
        JsonElement[] scenarios = [.. root.GetProperty("scenarios").EnumerateArray()];

        Assert.Equal("pud-entries", root.GetProperty("lock").GetString());
        Assert.Equal("pud-entries", root.GetProperty("kernelLock").GetString());
        Assert.Equal(1, root.GetProperty("worst").GetInt32());
        Assert.Equal(Enumerable.Range(1, 18), scenarios.Select(scenario => scenario.GetProperty("number").GetInt32()));
        Assert.Equal(root.GetProperty("states").GetInt32(), scenarios.Sum(scenario => scenario.GetProperty("states").GetInt32()));

        JsonElement finding = scenarios[0].GetProperty("findings")[0];
        Assert.Equal("slotMapsAnother", finding.GetProperty("kind").GetString());
        Assert.Equal("FIX_PUD", finding.GetProperty("slot").GetString());
        Assert.Equal(
            ["A load", "A store", "B load", "B store", "A clear"],
            finding.GetProperty("steps").EnumerateArray().Select(step => $"{step.GetProperty("writer").GetString()} {step.GetProperty("kind").GetString()}"));
        Assert.Equal(["dsb ishst", "isb", "map    FIX_PUD -> PUD table 0x400d0000"],
            finding.GetProperty("steps")[1].GetProperty("after").EnumerateArray().Select(line => line.GetString()));
    }

    [Fact]
    public void The_JSON_of_one_scenario_keeps_its_number()
    {
        JsonElement root = JsonDocument.Parse(CliRun.Of("check", "races", "--kernel", "linux-5.15-azure", "--scenario", "14", "--json").Out).RootElement;

        Assert.Equal(14, root.GetProperty("worst").GetInt32());
        Assert.Equal(14, Assert.Single(root.GetProperty("scenarios").EnumerateArray()).GetProperty("number").GetInt32());
    }
}
