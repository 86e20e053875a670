using System.Buffers.Binary;

namespace Ptewright.Cli.Tests;

/// <summary>A dump says in its note which kernel it is of, and is listed as that kernel, or the nearest, would list it.</summary>
public sealed class CoreReleaseTests : IDisposable
{
    private const int PageSize = 4096;
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(
        "6.1.0-56-arm64",
        "linux-6.1",
        "Linux 6.1.0-56-arm64 does not say which stable update it is made of, so it is taken for the newest of linux-6.1; before 6.1.189 the fixmap had a page less for each boot-time ioremap slot.")]
    [InlineData("6.6.52", "linux-6.1", "Linux 6.6.52 has no profile of its own and is taken for linux-6.1, the nearest.")]
    [InlineData("6.12.118+deb13-arm64", "linux-6.12", null)]
    [InlineData("6.10.3", "linux-6.12", "Linux 6.10.3 has no profile of its own and is taken for linux-6.12, the nearest.")]
    [InlineData("7.4.1", "linux-7.3", "Linux 7.4.1 has no profile of its own and is taken for linux-7.3, the nearest; it is later than what was read.")]
    [InlineData("mainline", "linux-6.12", null)]
    public void A_dump_is_listed_as_the_kernel_of_its_note_lists(string release, string profile, string? note)
    {
        Write(release);
        CliRun found = CliRun.Of("list", _path, "--format", "kernel");
        Dictionary<string, CliRun> named = new[] { "linux-6.1", "linux-6.12", "linux-7.3" }.ToDictionary(name => name, name => CliRun.Of("list", _path, "--format", "kernel", "--profile", name));

        string registers = $"ptewright: note: TTBR1, TCR from the VMCOREINFO note{(release == "mainline" ? string.Empty : "; MAIR as usual")}.\n";
        Assert.Equal((0, note is null ? registers : $"{registers}ptewright: note: {note}\n"), (found.Code, found.Error.ReplaceLineEndings("\n")));
        Assert.All(named, run => Assert.Equal(
            (0, registers + (release == "mainline" || release.StartsWith($"{run.Key[6..]}.", StringComparison.Ordinal) ? string.Empty
                : $"ptewright: note: The kernel in '{_path}' is Linux {release}, and the kernel is taken for {run.Key}: that counts wherever versions differ.\n")),
            (run.Value.Code, run.Value.Error.ReplaceLineEndings("\n"))));
        Assert.Equal(3, named.Values.Select(run => run.Out).Distinct().Count());
        Assert.Equal(named[profile].Out, found.Out);
    }

    [Fact]
    public void A_dump_of_a_kernel_before_all_profiles_is_refused_until_one_is_named()
    {
        Write("4.19.0-27-arm64");
        CliRun run = CliRun.Of("list", _path, "--format", "kernel");

        Assert.Equal(
            (2, "ptewright: note: TTBR1, TCR from the VMCOREINFO note.\nptewright: There is no kernel profile for Linux 4.19.0-27-arm64 or near it; there are linux-5.10, linux-5.15-azure, linux-6.1, linux-6.12, linux-6.16, linux-6.17, linux-6.18, linux-6.19, linux-7.0, linux-7.1, linux-7.2, linux-7.3.\n"),
            (run.Code, run.Error.ReplaceLineEndings("\n")));
        Assert.Equal(0, CliRun.Of("list", _path, "--format", "kernel", "--profile", "linux-6.1").Code);
    }

    // The note and two tables at 1 GiB: the root, and one below it with a block that is not valid but still meant, in the way of 6.12, and a valid one, which maps the root as the note says.
    private void Write(string release)
    {
        // The root's entry 256 is the first behind the linear map. nG and the Access flag without a type: kernels differ in whether that is a block, and 6.1 sees nothing in it.
        byte[] tables = new byte[2 * PageSize];
        BinaryPrimitives.WriteInt64LittleEndian(tables.AsSpan(256 * 8), 0x4000_1003);
        BinaryPrimitives.WriteInt64LittleEndian(tables.AsSpan(PageSize + 8), 0xc00);
        BinaryPrimitives.WriteInt64LittleEndian(tables.AsSpan(PageSize + (3 * 8)), 0x0060_0000_4000_0701);
        CoreFile.Write(
            _path,
            $"OSRELEASE={release}\nPAGESIZE={PageSize}\nNUMBER(VA_BITS)=48\nNUMBER(TCR_EL1_T1SZ)=0x10\nSYMBOL(swapper_pg_dir)=ffff8000c0000000\nNUMBER(kimage_voffset)=0xffff800080000000\n",
            0x4000_0000,
            tables);
    }
}
