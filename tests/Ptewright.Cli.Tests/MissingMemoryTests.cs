using System.Text.Json;
using Ptewright.Addressing;
using Ptewright.Cli.Output;
using Ptewright.Tests;
using Ptewright.Tests.Discovery;
using Ptewright.Translation;

namespace Ptewright.Cli.Tests;

/// <summary>What commands say of memory that a packed source has not, and of a table that lay there.</summary>
public sealed class MissingMemoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;
    private readonly SyntheticKernel _kernel = new(Shapes.Make(GranuleSize.Size4K, 48, 48), size: 16 << 20, hasCoreInfo: true);

    public void Dispose()
    {
        _kernel.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Inspect_says_in_eighty_columns_what_was_left_out_and_what_is_lost()
    {
        string dump = SyntheticDumps.Kdump(_folder, _kernel, 31, excluded: [0x4060_0000, 0x4060_2000, 0x4060_4000, 0x4060_6000, 0x4060_8000], lost: [_kernel.Image.Value]);
        CliRun run = CliRun.On((output, error) => new Terminal(output, error) { Width = 80 }, "inspect", dump);
        Assert.Equal(ExitCode.Ok, run.Code);
        string[] lines = run.Out.TrimEnd('\n').Split('\n');
        Assert.All(lines[1..], line => Assert.InRange(line.Length, 0, 80));
        int leftOut = Array.FindIndex(lines, line => line.StartsWith("  left out ", StringComparison.Ordinal));
        Assert.Contains("dump level 31", string.Join(' ', lines[leftOut..(leftOut + 4)]), StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("                   and ", StringComparison.Ordinal) && line.EndsWith(" more (--json has all)", StringComparison.Ordinal));
        int lost = Array.IndexOf(lines, "  lost             4 KiB in 1 range  (not in the file, though it should be)");
        Assert.Equal($"                   {_kernel.Image}..{_kernel.Image + 4096}  4 KiB", lines[lost + 1]);

        JsonElement missing = JsonDocument.Parse(CliRun.Of("inspect", dump, "--json").Out).RootElement.GetProperty("missing");
        Assert.Equal(["leftOut", "lost"], missing.EnumerateArray().Select(kind => kind.GetProperty("kind").GetString()));
        Assert.Equal(4096, missing[1].GetProperty("bytes").GetInt64());
        Assert.Equal(_kernel.Image.ToString(), missing[1].GetProperty("ranges")[0].GetProperty("start").GetString());
        JsonElement[] ranges = [.. missing[0].GetProperty("ranges").EnumerateArray()];
        Assert.Equal(missing[0].GetProperty("count").GetInt32(), ranges.Length);
        Assert.Equal(missing[0].GetProperty("bytes").GetInt64(), ranges.Sum(range => range.GetProperty("size").GetInt64()));
    }

    public static TheoryData<string, int, string, string> Kinds => new()
    {
        { "excluded", 30, "excludedMemory", "was left out of the source" },
        { "excluded", 31, "excludedMemory", "was left out of the source, as pages of zeros are: an empty table" },
        { "lost", 31, "lostMemory", "is in the source but cannot be read" },
        { "missing", 31, "missingMemory", "the source has no memory" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_command_says_which_kind_a_table_is_that_is_not_there_and_what_leads_to_it(string kind, int level, string word, string sentence)
    {
        (PhysicalAddress table, VirtualAddress start) = SyntheticDumps.LeafTables(_kernel)[2];
        ulong[] victim = [table.Value];
        string dump = SyntheticDumps.Kdump(
            _folder, _kernel, level, excluded: kind == "excluded" ? victim : null, lost: kind == "lost" ? victim : null, missing: kind == "missing" ? victim : null);

        CliRun walk = CliRun.Of("walk", dump, start.ToString());
        Assert.Contains($"table at {table}", walk.Out, StringComparison.Ordinal);
        Assert.Contains("where the level 3 table should be", walk.Out, StringComparison.Ordinal);
        JsonElement walked = JsonDocument.Parse(CliRun.Of("walk", dump, start.ToString(), "--json").Out).RootElement[0];
        Assert.Equal((word, 3, 3), (walked.GetProperty("fault").GetProperty("kind").GetString(), walked.GetProperty("fault").GetProperty("level").GetInt32(), walked.GetProperty("steps").GetArrayLength()));
        Assert.Equal(level == 31 && kind == "excluded", walked.GetProperty("fault").TryGetProperty("inferred", out JsonElement inferred) && inferred.GetString() == "translation");

        CliRun list = CliRun.Of("list", dump);
        Assert.Contains($"{table}, where a table should be", list.Error, StringComparison.Ordinal);
        Assert.Contains(sentence, list.Error, StringComparison.Ordinal);
        Assert.Contains("(by way of level 0 [", list.Error, StringComparison.Ordinal);
        JsonElement problem = Assert.Single(JsonDocument.Parse(CliRun.Of("list", dump, "--format", "json").Out).RootElement.GetProperty("problems").EnumerateArray());
        Assert.Equal((word, 3), (problem.GetProperty("kind").GetString(), problem.GetProperty("path").GetArrayLength()));
        Assert.Equal(level == 31 && kind == "excluded", problem.TryGetProperty("inferred", out _));

        // A kernel with one table less is proven only where that may be an empty one; the table is named all the same.
        CliRun inspect = CliRun.Of("inspect", dump);
        Assert.Equal(level == 31 && kind == "excluded" ? ExitCode.Ok : ExitCode.No, inspect.Code);
        string words = string.Join(' ', inspect.Out.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(kind == "missing" ? $"{sentence} at {table}" : sentence, words, StringComparison.Ordinal);
        Assert.Contains("(by way of level 0 [", words, StringComparison.Ordinal);
    }
}
