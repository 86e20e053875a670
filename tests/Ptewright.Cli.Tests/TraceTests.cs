using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Ptewright.Cli.Tests;

public sealed partial class TraceTests
{
    private static readonly JsonSerializerOptions _readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void The_birth_of_three_tables_reads_as_recorded()
    {
        string expected = File.ReadAllText(CliRun.Data("golden", "trace-single-map-2m.txt")).ReplaceLineEndings("\n");
        CliRun run = CliRun.Of("trace", "--memory", "2M", "--strategy", "single-map");

        Assert.Equal(expected, run.Out.ReplaceLineEndings("\n"));
        Assert.Equal(string.Empty, run.Error);
        Assert.Equal(0, run.Code);
    }

    [Fact]
    public void The_defaults_are_2M_and_the_merged_strategy() =>
        Assert.Equal(
            CliRun.Of("trace", "--memory", "2M@0x40000000", "--strategy", "single-map", "--granule", "4K", "--va-bits", "48").Out,
            CliRun.Of("trace").Out);

    [Theory]
    [InlineData("baseline")]
    [InlineData("map-once")]
    [InlineData("batch-barriers")]
    [InlineData("single-map")]
    [InlineData("lazy-unmap")]
    [InlineData("premapped")]
    [InlineData("sync=entry:close=lazy")]
    public void What_is_listed_is_what_compare_counts(string strategy)
    {
        // Large enough for the second, larger recording.
        string[] memory = ["--memory", "40M", "--strategy", strategy, "--json"];
        JsonElement counted = JsonDocument.Parse(CliRun.Of(["compare", .. memory]).Out).RootElement.GetProperty("machines")[0].GetProperty("strategies")[0];
        JsonElement trace = JsonDocument.Parse(CliRun.Of(["trace", .. memory]).Out).RootElement;
        JsonElement listed = trace.GetProperty("counts");

        foreach (string member in (string[])["tables", "temporaryTables", "ptes", "blocks", "fixmaps", "tlbi", "dsbIshst", "dsbIsh", "isb"])
        {
            Assert.Equal(counted.GetProperty(member).GetUInt64(), listed.GetProperty(member).GetUInt64());
        }

        Assert.Equal(listed.GetProperty("fixmaps").GetUInt64(), listed.GetProperty("unmaps").GetUInt64());
        Assert.Equal(2 * listed.GetProperty("fixmaps").GetUInt64(), listed.GetProperty("fixmapEntriesWritten").GetUInt64());
        Assert.Equal(listed.GetProperty("events").GetInt32(), trace.GetProperty("events").GetArrayLength());
        Assert.Equal(
            trace.GetProperty("events").EnumerateArray().Count(item => item.GetProperty("kind").GetString() == "isb"),
            listed.GetProperty("isb").GetInt32());
    }

    [Fact]
    public void Before_the_series_each_entry_is_followed_by_its_barriers()
    {
        string[] lines = Operations(CliRun.Of("trace", "--memory", "64K", "--strategy", "baseline").Out);
        int entry = Array.FindIndex(lines, line => line.StartsWith("store  PTE[1] = 0x00e8000040001707  page -> 0x40001000, RW NX ", StringComparison.Ordinal));

        Assert.Equal(["dsb ishst", "isb"], lines[(entry + 1)..(entry + 3)]);
    }

    [Fact]
    public void A_lazy_flush_forgets_sixteen_pages_at_once() => Assert.Contains(
        "tlbi rvaale1is 0xffffffffff410000  16 pages",
        Operations(CliRun.Of("trace", "--strategy", "lazy-unmap").Out));

    [Fact]
    public void The_temporary_map_is_told_apart_from_the_final_tables()
    {
        string[] lines = Operations(CliRun.Of("trace", "--strategy", "premapped", "--blocks").Out);
        int installed = Array.FindIndex(lines, line => line.EndsWith("  the temporary map", StringComparison.Ordinal));

        Assert.True(installed > 0);
        Assert.All(
            lines[..installed].Where(line => line.StartsWith("store", StringComparison.Ordinal)),
            line => Assert.StartsWith("store  temporary ", line, StringComparison.Ordinal));
        Assert.All(lines[installed..], line => Assert.DoesNotContain("temporary P", line, StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("FIX_", StringComparison.Ordinal) || line.Contains("bm_pte", StringComparison.Ordinal));
        Assert.Contains("tlbi vmalle1is  everything", lines);
    }

    [Theory]
    [InlineData("4K", "39", "PGD PMD PTE")]
    [InlineData("4K", "48", "PGD PUD PMD PTE")]
    [InlineData("4K", "52", "PGD P4D PUD PMD PTE")]
    [InlineData("16K", "36", "PGD PTE")]
    [InlineData("64K", "42", "PGD PTE")]
    public void The_root_is_the_PGD_whichever_level_it_is(string granule, string bits, string names)
    {
        string[] lines = Operations(CliRun.Of("trace", "--memory", "16M", "--granule", granule, "--va-bits", bits).Out);

        Assert.Equal(
            names.Split(' '),
            lines.Select(line => StoreTo().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value).Distinct());
    }

    [Fact]
    public void Blocks_and_contiguous_pages_are_named()
    {
        string[] lines = Operations(CliRun.Of("trace", "--memory", "2112K", "--blocks").Out);

        Assert.Contains("store  PMD[0] = 0x00e8000040000705  block -> 0x40000000, RW NX SHD AF UXN MEM/NORMAL-TAGGED", lines);
        Assert.Contains("store  PTE[0..15] = 0x00f8000040200707 step 0x1000  16 pages -> 0x40200000-0x4020ffff, RW NX SHD AF CON UXN MEM/NORMAL-TAGGED", lines);
    }

    [Fact]
    public void With_LPA2_the_shareability_bits_are_address()
    {
        string[] lines = Operations(CliRun.Of("trace", "--memory", "4M@0xc000000000000", "--va-bits", "52", "--blocks").Out);

        Assert.Contains("store  PMD[0] = 0x00e8000000000705  block -> 0xc000000000000, RW NX AF UXN MEM/NORMAL-TAGGED", lines);
    }

    [Fact]
    public void An_event_has_the_members_of_its_kind()
    {
        JsonElement[] events = [.. JsonDocument.Parse(CliRun.Of("trace", "--json").Out).RootElement.GetProperty("events").EnumerateArray()];

        Assert.Equal(
            """{"number":1,"kind":"fixmapStore","slot":"pud","level":3,"table":"0x3fff7000","index":42,"count":1"""
                + ""","value":"0x00e80000401ff703","text":"store  bm_pte[42] = 0x00e80000401ff703  fixmap entry of FIX_PUD"}""",
            Compact(events[0]));
        Assert.Equal("""{"number":2,"kind":"dsbIshst","text":"dsb ishst"}""", Compact(events[1]));
        Assert.Equal(
            """{"number":4,"kind":"mapped","slot":"pud","level":1"""
                + ""","table":"0x401ff000","address":"0xffffffffff42a000","text":"map    FIX_PUD  0xffffffffff42a000 -> table 0x401ff000  (level 1, PUD)"}""",
            Compact(events[3]));
        Assert.Equal(
            """{"number":32,"kind":"tlbiVaale1is","address":"0xffffffffff42c000","text":"tlbi vaale1is 0xffffffffff42c000"}""",
            Compact(events[31]));
    }

    private static string Compact(JsonElement element) => JsonSerializer.Serialize(element, _readable);

    // Without numbers, and without the summary behind the blank line.
    private static string[] Operations(string text) =>
        [.. text.Split('\n').TakeWhile(line => line.Length > 0).Select(line => Number().Replace(line, string.Empty))];

    [GeneratedRegex(@"^ *\d+  ")]
    private static partial Regex Number();

    [GeneratedRegex(@"^store  (P[A-Z4]+)\[")]
    private static partial Regex StoreTo();
}
