using System.Buffers.Binary;
using System.Text.Json;
using Ptewright.Cli.Output;

namespace Ptewright.Cli.Tests;

/// <summary>A few KiB of tables that lead to one another map more than anybody can hold: all of it is read, the first is shown, the rest is counted.</summary>
public sealed class EndlessTablesTests : IDisposable
{
    // 39-bit addresses, 4K pages: a root with 4 entries, and below it two tables that every entry leads to. So 4 * 512 * 512 pages, each a range of its own.
    private const ulong Base = 0x4000_0000;
    private const ulong Page = Base + 0x3000;
    private const int RootEntries = 4;
    private static readonly string[] _registers = ["--ttbr1", "0x40000000", "--tcr", "0x580190000"];
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Find_shows_the_first_and_counts_the_rest()
    {
        CliRun run = CliRun.Of(["find", Tables("same", 0), "0x40003000", .. _registers]);
        string[] lines = run.Out.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');

        Assert.Equal((ExitCode.Ok, string.Empty), (run.Code, run.Error));
        Assert.Equal(("0x40003000", 100_002, "  ... and 948,576 more."), (lines[0], lines.Length, lines[^1]));
        Assert.StartsWith("  0xffffff801869f000  level 3, page: ", lines[^2], StringComparison.Ordinal);
    }

    [Fact]
    public void Find_counts_what_it_does_not_show_in_json_too()
    {
        CliRun run = CliRun.Of(["find", Tables("same", 0), "0x40003000", "0x1000", .. _registers, "--json"]);
        using JsonDocument document = JsonDocument.Parse(run.Out);
        JsonElement[] found = [.. document.RootElement.EnumerateArray()];

        Assert.Equal(ExitCode.No, run.Code);
        Assert.Equal((100_000, 948_576), (found[0].GetProperty("mappings").GetArrayLength(), found[0].GetProperty("more").GetInt32()));
        Assert.Equal((0, 0), (found[1].GetProperty("mappings").GetArrayLength(), found[1].GetProperty("more").GetInt32()));
    }

    [Fact]
    public void Diff_compares_all_of_it()
    {
        CliRun run = CliRun.Of(["diff", Tables("same", 0), Tables("forbidden", 1UL << 54), .. _registers, "--json"]);
        using JsonDocument document = JsonDocument.Parse(run.Out);
        JsonElement found = document.RootElement;

        Assert.Equal((ExitCode.No, string.Empty), (run.Code, run.Error));
        Assert.Equal((100_000, 948_576), (found.GetProperty("changes").GetArrayLength(), found.GetProperty("moreChanges").GetInt32()));

        // The table of pages is changed, once for each entry that leads there.
        Assert.Equal((RootEntries * 512, 0), (found.GetProperty("tables").GetArrayLength(), found.GetProperty("moreTables").GetInt32()));

        string text = CliRun.Of(["diff", Tables("same", 0), Tables("forbidden", 1UL << 54), .. _registers]).Out;
        Assert.Contains("1,048,576 changes of what is mapped:", text, StringComparison.Ordinal);
        Assert.Contains("\n  ... and 948,576 more.", text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("Tables: 0 added, 0 removed, 0 moved, 2,048 changed; 1,048,576 entries differ.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Diff_of_the_same_is_the_same() =>
        Assert.Equal((ExitCode.Ok, "TTBR1\nBoth map the same.\n"), Of(CliRun.Of(["diff", Tables("same", 0), Tables("again", 0), .. _registers])));

    [Fact]
    public void Tables_that_are_entered_without_end_are_not_compared()
    {
        // A level more: 512 * 4 * 512 * 512 pages through 2^20 tables is still read; a root of 512 entries twice over is not.
        CliRun run = CliRun.Of(["diff", Endless(), Endless(), "--ttbr1", "0x40000000", "--tcr", "0x580100000", "--meaning"]);

        Assert.Equal(ExitCode.BadInput, run.Code);
        Assert.Contains("its tables are entered more than 16,777,216 times, which is more than is compared.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_refuses_what_no_kernel_has()
    {
        CliRun run = CliRun.Of(
            ["verify", Tables("same", 0, 16), .. _registers, "--memory", "1G", "--va-bits", "39", "--kernel", "linux-6.12", "--symbols", CliRun.Data("symbols", "System.map-6.12-cloud"), "--image-base", "0x40200000"]);

        Assert.Equal((ExitCode.BadInput, string.Empty), (run.Code, run.Out));
        Assert.Contains("its linear map has 4,194,304 ranges through 8,208 tables; with more than 1,048,576 ranges or ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_capture_holds_each_table_once()
    {
        CliRun run = CliRun.Of(["capture", Tables("same", 0), .. _registers, "-o", Path.Combine(_folder, "capture")]);
        Assert.StartsWith("12 KiB of tables in ", run.Out, StringComparison.Ordinal);
    }

    private static (int Code, string Out) Of(CliRun run) => (run.Code, run.Out.ReplaceLineEndings("\n"));

    private string Tables(string name, ulong bits, int rootEntries = RootEntries)
    {
        byte[] memory = new byte[0x4000];
        Fill(memory, 0, rootEntries, (Base + 0x1000) | 3);
        Fill(memory, 0x1000, 512, (Base + 0x2000) | 3);
        Fill(memory, 0x2000, 512, Page | 0x703 | bits);
        return Write(name, memory);
    }

    private string Endless()
    {
        byte[] memory = new byte[0x5000];
        for (int level = 0; level < 3; level++)
        {
            Fill(memory, level * 0x1000, 512, (Base + ((ulong)(level + 1) * 0x1000)) | 3);
        }

        return Write("endless", memory);
    }

    private string Write(string name, byte[] memory)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, memory);
        return $"{path}@0x40000000";
    }

    private static void Fill(byte[] memory, int table, int entries, ulong entry)
    {
        for (int i = 0; i < entries; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(memory.AsSpan(table + (i * 8)), entry);
        }
    }
}
