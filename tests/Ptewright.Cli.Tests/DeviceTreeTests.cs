using System.Text.Json;

namespace Ptewright.Cli.Tests;

public sealed class DeviceTreeTests
{
    [Fact]
    public void The_memory_of_a_blob_is_compared()
    {
        CliRun run = CliRun.Of("compare", "--dtb", CliRun.Data("dtb", "virt-2g.dtb"), "--strategy", "batch-barriers,single-map", "--json");
        JsonElement machine = JsonDocument.Parse(run.Out).RootElement.GetProperty("machines")[0];

        Assert.Equal(0, run.Code);
        Assert.Equal("custom", machine.GetProperty("id").GetString());
        Assert.Equal("Memory of virt-2g.dtb", machine.GetProperty("name").GetString());
        Assert.Equal(2UL << 30, machine.GetProperty("memoryBytes").GetUInt64());
        Assert.Equal(1027UL, machine.GetProperty("strategies")[1].GetProperty("tlbi").GetUInt64());
    }

    [Fact]
    public void Memory_that_must_not_be_mapped_is_left_out()
    {
        CliRun run = CliRun.Of("compare", "--dtb", CliRun.Data("dtb", "board-reserved.dtb"), "--strategy", "single-map", "--json");
        JsonElement machine = JsonDocument.Parse(run.Out).RootElement.GetProperty("machines")[0];
        ulong bytes = machine.GetProperty("memoryBytes").GetUInt64();

        Assert.Equal(0, run.Code);
        Assert.Equal(2063863UL, machine.GetProperty("strategies")[0].GetProperty("ptes").GetUInt64());
        Assert.True(bytes < 8UL << 30);
    }

    [Fact]
    public void A_truncated_blob_gets_one_sentence_with_the_offset()
    {
        string path = Path.GetTempFileName();
        try
        {
            byte[] whole = File.ReadAllBytes(CliRun.Data("dtb", "virt-2g.dtb"));
            File.WriteAllBytes(path, whole[..5000]);
            CliRun run = CliRun.Of("compare", "--dtb", path);

            Assert.Equal(2, run.Code);
            Assert.Equal(string.Empty, run.Out);
            Assert.Equal($"ptewright: {path}: at offset 0x1388: the data ends here, but the total size is {whole.Length}.", Assert.Single(Lines(run.Error)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_file_of_another_kind_is_refused()
    {
        CliRun run = CliRun.Of("compare", "--dtb", CliRun.Data("dtb", "board-reserved.dts"));

        Assert.Equal(2, run.Code);
        Assert.Contains("at offset 0x0", Assert.Single(Lines(run.Error)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        CliRun run = CliRun.Of("compare", "--dtb", "no-such-board.dtb");

        Assert.Equal(2, run.Code);
        Assert.Contains("no-such-board.dtb", Assert.Single(Lines(run.Error)), StringComparison.Ordinal);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
