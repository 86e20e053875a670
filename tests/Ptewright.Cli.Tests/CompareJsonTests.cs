using System.Text.Json;

namespace Ptewright.Cli.Tests;

public sealed class CompareJsonTests
{
    private const string M2 = "apple-m2-vm-16g";

    private static readonly string[] _machineMembers =
        ["id", "name", "memoryBytes", "granule", "vaBits", "costsOf", "identicalTables", "digest", "strategies"];

    private static readonly string[] _strategyMembers =
    [
        "name", "tables", "fixmaps", "tlbi", "dsbIshst", "dsbIsh", "isb", "ptes", "blocks", "contiguous", "temporaryTables",
        "modelMs", "publishedMs", "publishedSeries", "kind", "changePercent", "modelChangePercent", "buildMs",
    ];

    private static readonly Lazy<JsonElement> _smallest = new(() => Machine("compare", "--machine", M2, "--json"));

    [Fact]
    public void The_document_has_exactly_the_promised_members()
    {
        JsonElement machine = _smallest.Value;

        Assert.Equal(_machineMembers, machine.EnumerateObject().Select(member => member.Name));
        Assert.All(machine.GetProperty("strategies").EnumerateArray(), strategy =>
            Assert.Equal(_strategyMembers, strategy.EnumerateObject().Select(member => member.Name)));
    }

    [Fact]
    public void The_machine_is_described()
    {
        JsonElement machine = _smallest.Value;

        Assert.Equal(M2, machine.GetProperty("id").GetString());
        Assert.Equal("Apple M2 VM, 16G", machine.GetProperty("name").GetString());
        Assert.Equal(16UL << 30, machine.GetProperty("memoryBytes").GetUInt64());
        Assert.Equal("4K", machine.GetProperty("granule").GetString());
        Assert.Equal(48, machine.GetProperty("vaBits").GetInt32());
        Assert.Equal(M2, machine.GetProperty("costsOf").GetString());
        Assert.True(machine.GetProperty("identicalTables").GetBoolean());
        Assert.Matches("^[0-9a-f]{32}$", machine.GetProperty("digest").GetString());
    }

    [Theory]
    [InlineData("baseline", 270866, 270866, 4744245, 270866, 4744245, 0)]
    [InlineData("map-once", 16418, 16418, 4235349, 16418, 4235349, 0)]
    [InlineData("batch-barriers", 16418, 16418, 41045, 16418, 41045, 0)]
    [InlineData("single-map", 8209, 8209, 32836, 8209, 24627, 0)]
    [InlineData("lazy-unmap", 8209, 529, 33348, 529, 25139, 0)]
    [InlineData("premapped", 0, 1, 24630, 1, 16421, 2)]
    public void The_counts_are_exact(string strategy, ulong fixmaps, ulong tlbi, ulong dsbIshst, ulong dsbIsh, ulong isb, ulong temporary)
    {
        JsonElement outcome = Strategy(_smallest.Value, strategy);

        Assert.Equal(8209UL, outcome.GetProperty("tables").GetUInt64());
        Assert.Equal(4194304UL, outcome.GetProperty("ptes").GetUInt64());
        Assert.Equal(0UL, outcome.GetProperty("blocks").GetUInt64());
        Assert.Equal(0UL, outcome.GetProperty("contiguous").GetUInt64());
        Assert.Equal(fixmaps, outcome.GetProperty("fixmaps").GetUInt64());
        Assert.Equal(tlbi, outcome.GetProperty("tlbi").GetUInt64());
        Assert.Equal(dsbIshst, outcome.GetProperty("dsbIshst").GetUInt64());
        Assert.Equal(dsbIsh, outcome.GetProperty("dsbIsh").GetUInt64());
        Assert.Equal(isb, outcome.GetProperty("isb").GetUInt64());
        Assert.Equal(temporary, outcome.GetProperty("temporaryTables").GetUInt64());
    }

    [Theory]
    [InlineData("baseline", 168, "v3", "calibration", 0, null)]
    [InlineData("map-once", 78, "v3", "calibration", -53, -53.6)]
    [InlineData("batch-barriers", 11, "v3", "calibration", -86, -85.9)]
    [InlineData("single-map", 10, "v3", "prediction", -11, -26.4)]
    [InlineData("lazy-unmap", 6, "v2", "prediction", -46, -18.6)]
    [InlineData("premapped", null, null, "prediction", null, -34.2)]
    public void Published_and_computed_times_stand_side_by_side(
        string strategy, int? published, string? series, string kind, int? change, double? modelChange)
    {
        JsonElement outcome = Strategy(_smallest.Value, strategy);

        Assert.Equal(published, outcome.GetProperty("publishedMs").Deserialize<double?>());
        Assert.Equal(series, outcome.GetProperty("publishedSeries").GetString());
        Assert.Equal(kind, outcome.GetProperty("kind").GetString());
        Assert.Equal(change, outcome.GetProperty("changePercent").Deserialize<int?>());
        Assert.Equal(modelChange, outcome.GetProperty("modelChangePercent").Deserialize<double?>());
        Assert.True(outcome.GetProperty("buildMs").GetDouble() > 0);
        if (kind == "calibration")
        {
            Assert.Equal(published!.Value, outcome.GetProperty("modelMs").GetDouble(), 0.001);
        }
    }

    [Fact]
    public void The_seeds_column_of_the_64G_machine_is_predicted_within_its_published_figure()
    {
        JsonElement machine = Machine("compare", "--machine", "ampere-altra-vm-64g", "--strategy", "single-map", "--json");

        JsonElement outcome = Assert.Single(machine.GetProperty("strategies").EnumerateArray());
        Assert.Equal(104.1, outcome.GetProperty("modelMs").GetDouble(), 0.05);
        Assert.Equal(-35, outcome.GetProperty("changePercent").GetInt32());
        Assert.Equal(JsonValueKind.Null, outcome.GetProperty("modelChangePercent").ValueKind);
        Assert.Equal(32833UL, outcome.GetProperty("tlbi").GetUInt64());
    }

    [Fact]
    public void Memory_of_ones_own_is_a_custom_machine_without_published_figures()
    {
        JsonElement machine = Machine("compare", "--memory", "1G@0x80000000", "--strategy", "batch-barriers,single-map", "--costs", M2, "--json");

        Assert.Equal("custom", machine.GetProperty("id").GetString());
        Assert.Equal(M2, machine.GetProperty("costsOf").GetString());
        Assert.Equal(1UL << 30, machine.GetProperty("memoryBytes").GetUInt64());
        Assert.All(machine.GetProperty("strategies").EnumerateArray(), outcome =>
        {
            Assert.Equal(JsonValueKind.Null, outcome.GetProperty("publishedMs").ValueKind);
            Assert.Equal(JsonValueKind.Null, outcome.GetProperty("publishedSeries").ValueKind);
            Assert.Equal(JsonValueKind.Null, outcome.GetProperty("changePercent").ValueKind);
            Assert.Equal("prediction", outcome.GetProperty("kind").GetString());
        });
        Assert.Equal(514UL, Strategy(machine, "single-map").GetProperty("tlbi").GetUInt64());
    }

    [Fact]
    public void A_machine_with_other_pages_than_measured_has_no_published_figures()
    {
        JsonElement machine = Machine("compare", "--machine", M2, "--granule", "16k", "--strategy", "baseline,single-map", "--json");

        Assert.Equal("16K", machine.GetProperty("granule").GetString());
        Assert.All(machine.GetProperty("strategies").EnumerateArray(), outcome =>
            Assert.Equal(JsonValueKind.Null, outcome.GetProperty("publishedMs").ValueKind));
    }

    [Fact]
    public void Blocks_and_contiguous_entries_are_counted()
    {
        // 1 GiB and 2 MiB and 64 KiB: a level-1 block, a level-2 block, sixteen contiguous pages.
        JsonElement machine = Machine("compare", "--memory", "1050688K", "--blocks", "--strategy", "single-map", "--json");
        JsonElement outcome = Strategy(machine, "single-map");

        Assert.Equal(2UL, outcome.GetProperty("blocks").GetUInt64());
        Assert.Equal(16UL, outcome.GetProperty("ptes").GetUInt64());
        Assert.Equal(16UL, outcome.GetProperty("contiguous").GetUInt64());
    }

    [Fact]
    public void Wide_addresses_come_with_five_levels()
    {
        JsonElement machine = Machine("compare", "--memory", "2M@0x8000000000000", "--va-bits", "52", "--strategy", "single-map", "--json");

        Assert.Equal(52, machine.GetProperty("vaBits").GetInt32());
        Assert.Equal(4UL, Strategy(machine, "single-map").GetProperty("tables").GetUInt64());
    }

    private static JsonElement Strategy(JsonElement machine, string name) =>
        machine.GetProperty("strategies").EnumerateArray().Single(strategy => strategy.GetProperty("name").GetString() == name);

    private static JsonElement Machine(params string[] args)
    {
        CliRun run = CliRun.Of(args);
        Assert.Equal(string.Empty, run.Error);
        Assert.Equal(0, run.Code);
        JsonElement document = JsonDocument.Parse(run.Out).RootElement;
        Assert.Equal("machines", Assert.Single(document.EnumerateObject()).Name);
        return Assert.Single(document.GetProperty("machines").EnumerateArray());
    }
}
