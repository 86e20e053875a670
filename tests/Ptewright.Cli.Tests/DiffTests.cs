using System.Text.Json;

namespace Ptewright.Cli.Tests;

public sealed class DiffTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    // Both halves alike: 39-bit addresses, 4K pages. A level-1 root at 0x1000, level 2 at 0x2000, level 3 at 0x3000 and 0x4000.
    private static readonly string[] _registers = ["--ttbr1", "0x1000", "--tcr", "0x280190019", "--mair", "0xff00"];

    private const ulong Block = 0x0060_0000_0000_0705;

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public void Tables_are_the_same_as_themselves_and_as_their_capture()
    {
        Directory.CreateDirectory(_folder);
        string tables = Path.Combine(_folder, "tables");
        Assert.Equal(0, CliRun.Of("map", "--memory", "2G", "--cmdline", "nokaslr", "-o", tables).Code);
        Assert.Equal(0, CliRun.Of("capture", tables, "-o", Path.Combine(_folder, "capture")).Code);
        CliRun run = CliRun.Of("diff", tables, Path.Combine(_folder, "capture"), "--json");
        Assert.Equal((0, true), (run.Code, JsonDocument.Parse(run.Out).RootElement.GetProperty("same").GetBoolean()));
        Assert.Equal("TTBR1\nBoth map the same.\n", CliRun.Of("diff", tables, tables).Out.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData(0x0000_0000_8000_0000 | Block, "moved", 0xffff_ff80_0020_0000, 1)]
    [InlineData(0x4020_0000 | Block | 0x80, "permission", 0xffff_ff80_0020_0000, 1)]
    [InlineData(0x4020_0000 | (Block & ~(1UL << 53)), "permission", 0xffff_ff80_0020_0000, 1)]
    [InlineData((0x4020_0000 | Block) & ~4UL, "memory", 0xffff_ff80_0020_0000, 1)]
    [InlineData(0x4020_0000 | (Block & ~0x300UL), "memory", 0xffff_ff80_0020_0000, 1)]
    [InlineData((0x4020_0000 | Block) & ~0x400UL, "flags", 0xffff_ff80_0020_0000, 1)]
    [InlineData(0, "removed", 0xffff_ff80_0020_0000, 1)]
    [InlineData(0x8000_0000 | Block | 0x80, "moved permission", 0xffff_ff80_0020_0000, 1)]
    public void A_changed_block_is_named(ulong entry, string kinds, ulong start, int entries)
    {
        (CliRun run, JsonElement diff) = Diff(_ => { }, image => image[0x2008 / 8] = entry);
        JsonElement change = Assert.Single(diff.GetProperty("changes").EnumerateArray());
        Assert.Equal(3, run.Code);
        Assert.Equal(["half", "kinds", "start", "end", "before", "after"], change.EnumerateObject().Select(member => member.Name));
        Assert.Equal(kinds, string.Join(' ', change.GetProperty("kinds").EnumerateArray().Select(kind => kind.GetString())));
        Assert.Equal(($"0x{start:x}", $"0x{start + 0x20_0000:x}"), (change.GetProperty("start").GetString(), change.GetProperty("end").GetString()));
        JsonElement table = Assert.Single(diff.GetProperty("tables").EnumerateArray());
        Assert.Equal(("changed", 2, "0x2000", entries), (table.GetProperty("kind").GetString(), table.GetProperty("level").GetInt32(), table.GetProperty("after").GetString(), table.GetProperty("entries").GetInt32()));
    }

    [Fact]
    public void A_block_that_became_a_table_of_pages_is_split_and_the_table_is_added()
    {
        (_, JsonElement diff) = Diff(_ => { }, Split);
        Assert.Equal("split", Kinds(Assert.Single(diff.GetProperty("changes").EnumerateArray())));
        Assert.Equal(["changed 2 1", "added 3 512"], diff.GetProperty("tables").EnumerateArray().Select(Table));

        (_, JsonElement back) = Diff(Split, _ => { });
        Assert.Equal("merged", Kinds(Assert.Single(back.GetProperty("changes").EnumerateArray())));
        Assert.Equal(["changed 2 1", "removed 3 512"], back.GetProperty("tables").EnumerateArray().Select(Table));

        static void Split(ulong[] image)
        {
            image[0x2008 / 8] = 0x3003;
            for (ulong i = 0; i < 512; i++)
            {
                image[(0x3000 / 8) + i] = (0x4020_0000 + (i << 12)) | Block | 2;
            }
        }
    }

    [Fact]
    public void The_contiguous_bit_merges()
    {
        (_, JsonElement diff) = Diff(Run(0), Run(1UL << 52));
        Assert.Equal("merged", Kinds(Assert.Single(diff.GetProperty("changes").EnumerateArray())));
        Assert.Equal(["changed 2 16"], diff.GetProperty("tables").EnumerateArray().Select(Table));

        static Action<ulong[]> Run(ulong bits) => image =>
        {
            for (ulong i = 0; i < 16; i++)
            {
                image[(0x2000 / 8) + i] = (0x4000_0000 + (i << 21)) | Block | bits;
            }
        };
    }

    [Fact]
    public void A_table_that_lies_elsewhere_is_a_difference_of_structure_alone()
    {
        (CliRun run, JsonElement diff) = Diff(_ => { }, Move);
        Assert.Equal(3, run.Code);
        Assert.Empty(diff.GetProperty("changes").EnumerateArray());
        Assert.Equal(["moved 2 0"], diff.GetProperty("tables").EnumerateArray().Select(Table));
        Assert.Equal(0, Diff(_ => { }, Move, "--meaning").Run.Code);

        static void Move(ulong[] image)
        {
            image.AsSpan(0x2000 / 8, 512).CopyTo(image.AsSpan(0x4000 / 8));
            image[0x1000 / 8] = 0x4003;
        }
    }

    [Fact]
    public void Neighbours_that_changed_alike_are_one_change_and_added_memory_is_one()
    {
        (_, JsonElement diff) = Diff(_ => { }, image =>
        {
            image[0x2010 / 8] |= 0x80;
            image[0x2018 / 8] |= 0x80;
            image[0x2020 / 8] = 0x5000_0000 | Block;
            image[0x1ff8 / 8] = 0x4000_0000 | Block;
        });
        Assert.Equal(
            ["permission 0xffffff8000400000 0xffffff8000800000", "added 0xffffff8000800000 0xffffff8000a00000", "added 0xffffffffc0000000 0x10000000000000000"],
            diff.GetProperty("changes").EnumerateArray().Select(change => $"{Kinds(change)} {change.GetProperty("start").GetString()} {change.GetProperty("end").GetString()}"));
    }

    [Fact]
    public void Tables_of_other_pages_are_compared_by_meaning_alone()
    {
        string[] folders = [Path.Combine(_folder, "4k"), Path.Combine(_folder, "16k")];
        Assert.Equal(0, CliRun.Of("map", "--memory", "2G", "--granule", "4K", "--va-bits", "48", "--cmdline", "nokaslr", "-o", folders[0]).Code);
        Assert.Equal(0, CliRun.Of("map", "--memory", "2G", "--granule", "16K", "--va-bits", "48", "--cpu", "max", "--cmdline", "nokaslr", "-o", folders[1]).Code);
        CliRun run = CliRun.Of("diff", folders[0], folders[1]);
        Assert.Equal((3, "TTBR1\nBoth map the same.\nGranule or address size differ, so tables are not compared one by one.\n"), (run.Code, run.Out.ReplaceLineEndings("\n")));
        Assert.Equal(0, CliRun.Of("diff", folders[0], folders[1], "--meaning").Code);
    }

    private (CliRun Run, JsonElement Json) Diff(Action<ulong[]> before, Action<ulong[]> after, params string[] more)
    {
        _ = Directory.CreateDirectory(_folder);
        string[] files = [.. new[] { before, after }.Select((change, index) =>
        {
            ulong[] image = new ulong[0x5000 / 8];
            image[0x1000 / 8] = 0x2003;
            for (ulong i = 0; i < 4; i++)
            {
                image[(0x2000 / 8) + i] = (0x4000_0000 + (i << 21)) | Block;
            }

            change(image);
            string path = Path.Combine(_folder, $"{index}.img");
            File.WriteAllBytes(path, [.. image.SelectMany(BitConverter.GetBytes)]);
            return $"{path}@0x0";
        })];
        CliRun run = CliRun.Of(["diff", files[0], files[1], "--json", .. _registers, .. more]);
        Assert.Equal(string.Empty, run.Error);
        return (run, JsonDocument.Parse(run.Out).RootElement);
    }

    private static string Kinds(JsonElement change) => string.Join(' ', change.GetProperty("kinds").EnumerateArray().Select(kind => kind.GetString()));

    private static string Table(JsonElement table) => $"{table.GetProperty("kind").GetString()} {table.GetProperty("level").GetInt32()} {table.GetProperty("entries").GetInt32()}";
}
