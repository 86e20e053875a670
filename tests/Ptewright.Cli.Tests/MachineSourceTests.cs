using Ptewright.Cli.Output;

namespace Ptewright.Cli.Tests;

/// <summary>What people have of a machine is enough to describe it: a boot log, /proc/iomem, a seed; for every command that builds.</summary>
public sealed class MachineSourceTests
{
    // The log says version, CPU, memory and command line; symbols and configuration it does not have.
    [Theory]
    [InlineData("6.1", "6.1-cloud", "cortex-a72", "nokaslr rodata=on")]
    [InlineData("6.12", "6.12-cloud", "max", "nokaslr")]
    public void A_boot_log_describes_the_machine_as_well_as_options_do(string log, string kernel, string cpu, string commandLine)
    {
        string[] files = ["--symbols", CliRun.Data("symbols", $"System.map-{kernel}"), "--config", CliRun.Data("config", $"config-{kernel}")];

        CliRun byLog = CliRun.Of(["verify", CliRun.Data("captures", kernel), "--dmesg", CliRun.Data("dmesg", $"capture-{log}.log"), .. files]);
        CliRun byOptions = CliRun.Of(
            ["verify", CliRun.Data("captures", kernel), "--kernel", $"linux-{log}", "--cpu", cpu, "--memory", "512M", "--cmdline", commandLine, .. files]);

        Assert.Equal(ExitCode.Ok, byLog.Code);
        Assert.Equal(byOptions.Out, byLog.Out);
        Assert.Contains($"note: The CPU is that of the log, {cpu} (MIDR 0x", byLog.Error, StringComparison.Ordinal);
        Assert.Contains($"note: The command line is that of the log: '{commandLine} panic=-1'.", byLog.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_take_the_place_of_what_a_log_says()
    {
        CliRun run = CliRun.Of("map", "--dmesg", CliRun.Data("dmesg", "capture-6.1.log"), "--kernel", "linux-6.12", "--cpu", "neoverse-n1", "--cmdline", "nokaslr");

        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.StartsWith("linux-6.12 on neoverse-n1, memory capture-6.1.log", run.Out, StringComparison.Ordinal);
        Assert.Contains("command line: nokaslr\n", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("of the log", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Linux version 6.6.30-generic x\n", "Linux 6.6.30-generic has no profile of its own and is taken for linux-6.1, the nearest.")]
    [InlineData("Linux version 6.11.0 x\n", "Linux 6.11.0 has no profile of its own and is taken for linux-6.12, the nearest.")]
    [InlineData("Linux version 6.15.0 x\n", "Linux 6.15.0 has no profile of its own and is taken for linux-6.16, the nearest;")]
    [InlineData("", "The log does not say which kernel it is of: linux-6.12 is taken for it.")]
    [InlineData("Linux version 6.12.0-64k x\n", "The kernel's name '6.12.0-64k' says 64K pages, and 4K are reckoned with: give --config, or --granule and --va-bits.")]
    [InlineData("KASLR enabled\n", "The log says that KASLR was in effect, but not its random number")]
    [InlineData("Booting Linux on physical CPU 0x0000000000 [0x481fd010]\n", "The log's CPU, one that is not known here (MIDR 0x481fd010), is none of those that --cpu has")]
    public void What_a_log_leaves_open_is_said(string lines, string note)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, lines + "node 0: [mem 0x40000000-0x4fffffff]\n");

            CliRun run = CliRun.Of("map", "--dmesg", path);

            Assert.Equal(ExitCode.Ok, run.Code);
            Assert.Contains($"ptewright: note: {note}", run.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // 0x40200000-0x41a80000: the alias that the symbols of the same kernel give.
    [Fact]
    public void Proc_iomem_alone_gives_the_image_alias()
    {
        CliRun run = CliRun.Of("map", "--iomem", CliRun.Data("iomem", "dt-2g-crash-6.12.txt"), "--cmdline", "nokaslr", "--list");

        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains("0xffff000000200000-0xffff000001a00000          24M PMD       RW NX SHD AF        BLK UXN    MEM/NORMAL\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("0xffff000001a00000-0xffff000001a80000         512K PTE       RW NX SHD AF            UXN    MEM/NORMAL\n", run.Out, StringComparison.Ordinal);
    }

    // 6.1 moves the linear map's start down by the low 16 bits: half of the 114,688 GiB that 44-bit addresses leave. 6.12 would, and 6.18 does not. All set nG, for want of FEAT_E0PD.
    [Theory]
    [InlineData("linux-6.1", "0x8000", "memstart 0xffffc80040000000")]
    [InlineData("linux-6.12", "0x1234567800000000", "memstart 0xfff1000040000000")]
    [InlineData("linux-6.18", "0x8000", "memstart 0xfff1000040000000")]
    public void A_seed_without_a_tree_is_used(string kernel, string seed, string memoryStart)
    {
        string[] arguments = ["map", "--memory", "1G", "--kernel", kernel, "--kaslr-seed"];
        CliRun with = CliRun.Of([.. arguments, seed]);
        CliRun without = CliRun.Of([.. arguments, "0"]);

        Assert.Equal((ExitCode.Ok, ExitCode.Ok), (with.Code, without.Code));
        Assert.Contains("0x00e8000000000f07", with.Out, StringComparison.Ordinal);
        Assert.Contains("0x00e8000000000707", without.Out, StringComparison.Ordinal);
        Assert.Contains(memoryStart, with.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_seed_takes_the_place_of_a_trees()
    {
        CliRun tree = CliRun.Of("map", "--dtb", CliRun.Data("dtb", "virt-2g.dtb"), "--kernel", "linux-6.1");
        CliRun run = CliRun.Of("map", "--dtb", CliRun.Data("dtb", "virt-2g.dtb"), "--kernel", "linux-6.1", "--kaslr-seed", "0");

        Assert.Contains("The KASLR seed is that of the device tree", tree.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("KASLR seed", run.Error, StringComparison.Ordinal);
        Assert.Contains("0x00e8000000000707", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--iomem", "iomem/efi-2g-6.12.txt")]
    [InlineData("--efi-map", "efi/efi-2g-6.12.log")]
    [InlineData("--dmesg", "dmesg/efi-6.12.log")]
    public void Compare_takes_the_same_sources(string option, string file)
    {
        string path = CliRun.Data(file.Split('/'));

        CliRun run = CliRun.Of("compare", option, path, "--strategy", "single-map");

        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains($"Memory of {Path.GetFileName(path)}", run.Out, StringComparison.Ordinal);
        Assert.Contains("522,544 pages in 1,026 tables", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_sources_of_memory_are_refused()
    {
        CliRun run = CliRun.Of("compare", "--memory", "1G", "--dmesg", "x");

        Assert.Equal((ExitCode.Usage, "ptewright: Options --memory and --dmesg both say which memory: give one of them.\n"), (run.Code, run.Error));
    }
}
