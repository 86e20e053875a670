using System.Buffers.Binary;
using Ptewright.Cli.Output;

namespace Ptewright.Cli.Tests;

/// <summary>Tables that nobody would make, and files that change while they are read: a sentence or a list, never silence.</summary>
public sealed class HostileTablesTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData(4096, 0xff0, 0x5_8021_0021, 30, "a contiguous run has 16 entries there, and the root table only 2")]
    [InlineData(16384, 0x3fe0, 0x5_4030_0030, 14, "a contiguous run has 128 entries there, and the root table only 4")]
    [InlineData(65536, 0xfff0, 0x5_c02f_002f, 16, "a contiguous run has 32 entries there, and the root table only 2")]
    public void A_run_that_its_root_has_no_room_for_is_said(int length, int root, ulong tcr, int shift, string reason)
    {
        byte[] memory = new byte[length];
        for (int at = root; at < length; at += 8)
        {
            Put(memory, at, ((ulong)(at - root) / 8 << shift) | 0x0010_0000_0000_0700 | (shift == 30 ? 1UL : 3UL));
        }

        File.WriteAllBytes(_file, memory);
        CliRun run = CliRun.Of("list", $"{_file}@0", "--ttbr1", $"0x{root:x}", "--tcr", $"0x{tcr:x}", "--half", "ttbr1");
        Assert.Equal(0, run.Code);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0x200")]
    [InlineData("0x10200")]
    public void A_kernels_root_that_does_not_lie_where_it_must_is_refused_in_one_line(string ttbr1)
    {
        File.WriteAllBytes(_file, new byte[0x20000]);
        CliRun run = CliRun.Of("list", $"{_file}@0", "--ttbr1", ttbr1, "--tcr", "0x5c0100010", "--format", "kernel", "--va-bits", "52");
        Assert.Equal((2, string.Empty), (run.Code, run.Out));
        Assert.StartsWith("ptewright: TTBR1_EL1 points 512 bytes into a page, to ", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Error.Count(letter => letter == '\n'));

        CliRun without = CliRun.Of("list", $"{_file}@0", "--ttbr1", ttbr1, "--tcr", "0x5c0100010", "--format", "kernel");
        Assert.Equal(ExitCode.No, without.Code); // Nothing is mapped.
        Assert.StartsWith("---[ Linear Mapping start ]---\n", without.Out, StringComparison.Ordinal);
    }

    private static void Put(byte[] memory, int at, ulong entry) => BinaryPrimitives.WriteUInt64LittleEndian(memory.AsSpan(at), entry);
}
