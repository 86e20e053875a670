using System.Text;
using System.Text.Json;
using Ptewright.Addressing;
using Ptewright.Cli.Commands.Compare;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Strategies;
using Ptewright.Translation;

namespace Ptewright.Cli.Tests;

/// <summary>What is said when strategies differ, which the engine never does: the comparison is made up.</summary>
public sealed class DifferentTablesTests
{
    [Fact]
    public void The_text_names_who_made_what()
    {
        string text = Written(terminal => new CompareReport(terminal, PublishedMeasurements.Embedded, [MadeUp()], Shape()).Write());

        Assert.Contains("different tables (batch-barriers: digest 0000000000000000000000000000000a, 3 tables; ", text, StringComparison.Ordinal);
        Assert.Contains("single-map, premapped: digest 0000000000000000000000000000000b, 3 tables)", text, StringComparison.Ordinal);
        Assert.DoesNotContain("identical", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_json_has_no_digest_then()
    {
        string text = Written(terminal => CompareJson.Write(terminal, PublishedMeasurements.Embedded, [MadeUp()], Shape()));
        JsonElement machine = JsonDocument.Parse(text).RootElement.GetProperty("machines")[0];

        Assert.False(machine.GetProperty("identicalTables").GetBoolean());
        Assert.Equal(JsonValueKind.Null, machine.GetProperty("digest").ValueKind);
    }

    [Fact]
    public void The_exit_code_is_no_and_a_sentence_says_so()
    {
        using MemoryStream output = new();
        using MemoryStream error = new();
        int code;
        using (Terminal terminal = new(output, error))
        {
            code = CompareCommand.Verdict(terminal, [MadeUp()]);
        }

        Assert.Equal(3, code);
        Assert.StartsWith("ptewright: Made up: the strategies made different tables", Encoding.UTF8.GetString(error.ToArray()), StringComparison.Ordinal);
    }

    // A real comparison, with digests that the engine never made.
    private static MachineComparison MadeUp()
    {
        TableChoice shape = Shape();
        PublishedMeasurements published = PublishedMeasurements.Embedded;
        MachineComparison real = new StrategyComparer(published).Compare(
            "Made up",
            MemoryLayout.OfRange(new PhysicalAddress(1UL << 30), 2 << 20),
            shape.Geometry,
            shape.WideAddresses,
            shape.Flags,
            [StrategyPresets.BatchBarriers, StrategyPresets.SingleMap, StrategyPresets.Premapped],
            published.Machines[0]);
        return real with { Outcomes = [.. real.Outcomes.Select((outcome, i) => outcome with { Digest = new TableDigest(0, i == 0 ? 10UL : 11UL) })] };
    }

    private static TableChoice Shape()
    {
        Assert.True(TableGeometry.TryCreate(GranuleSize.Size4K, 48, 48, out TableGeometry geometry));
        return new TableChoice(geometry, LinearMapPlanner.PagesOnly);
    }

    private static string Written(Action<Terminal> write)
    {
        using MemoryStream output = new();
        using MemoryStream error = new();
        using (Terminal terminal = new(output, error))
        {
            write(terminal);
        }

        return Encoding.UTF8.GetString(output.ToArray());
    }
}
