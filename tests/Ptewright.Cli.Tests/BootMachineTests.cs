using System.Diagnostics;
using Ptewright.Cli.Commands.Boot;
using Ptewright.Cli.Output;
using Ptewright.Cli.Parts;
using Ptewright.Running;

namespace Ptewright.Cli.Tests;

/// <summary>The boot image on machines that <c>boot</c> does not make: other boards, device trees and exception levels.</summary>
public sealed class BootMachineTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    [Fact]
    public void Memory_that_must_not_be_mapped_is_left_out_by_every_strategy()
    {
        string[] lines = Run("-M", "virt", "-cpu", "max", "-m", "1G", "-dtb", CliRun.Data("dtb", "boot-reserved.dtb"), "-append", "granule=all");
        AgreesWithTheHost(lines, 18);
        Assert.Contains("@memory start=0x50000000 end=0x50123000 nomap=1", lines);
        Assert.Contains("@reserved start=0x60000000 end=0x60200000", lines);
    }

    [Fact]
    public void A_hypervisors_level_is_left_for_EL1()
    {
        string[] lines = Run("-M", "virt,virtualization=on", "-cpu", "max", "-m", "512M", "-append", "granule=16k strategies=single-map");
        AgreesWithTheHost(lines, 1);
        Assert.Contains(" el=2 ", Assert.Single(lines, line => line.StartsWith("@machine", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    // Memory at 0, EL2, a 16550 behind a bus and an alias, and no PSCI: the machine has to be switched off from outside.
    [Fact]
    public void Another_board_with_another_console_does_as_well()
    {
        string[] lines = Run(
            "-M", "raspi3b", "-serial", "null", "-dtb", CliRun.Data("dtb", "mini-uart.dtb"), "-append", "strategies=single-map,premapped");
        AgreesWithTheHost(lines, 2);
        Assert.Contains(lines, line => line.StartsWith("@memory start=0x0 ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("boot-broken.dtb", "strategies=all", "The device tree is broken.")]
    [InlineData("boot-reserved.dtb", "va=7", "not understood: va=7")]
    public void What_is_wrong_gets_a_sentence_and_the_machine_goes_off(string tree, string arguments, string sentence)
    {
        string[] lines = Run("-M", "virt", "-cpu", "cortex-a72", "-m", "1G", "-dtb", CliRun.Data("dtb", tree), "-append", arguments);
        Assert.Contains($"ptewright-boot: {sentence}", lines);
        Assert.Equal("0 passed, 1 failed", lines[^1]);
    }

    private static void AgreesWithTheHost(string[] lines, int strategies)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(path, lines);
            CliRun run = CliRun.Of("boot", "--log", path);
            Assert.True(run.Code == ExitCode.Ok, run.Error + run.Out);
            Assert.Contains($"\n{strategies} passed, 0 failed", run.Out.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // Up to the image's last line; a machine that does not go off by then is stopped.
    private static string[] Run(params string[] machine)
    {
        Assert.SkipUnless(
            typeof(BootCommand).Assembly.GetManifestResourceNames().Contains("ptewright-boot.img"),
            "The boot image was not built: clang, lld or llvm is missing, and ./test could not install it.");
        Assert.SkipWhen(Qemu.Find() is null, $"There is no {Qemu.Program}, and ./test could not install it.");
        using BootImage image = BootImage.Unpack();
        using Process qemu = Process.Start(new ProcessStartInfo(
            Qemu.Program, [.. machine, "-serial", "stdio", "-display", "none", "-monitor", "none", "-nic", "none", "-no-reboot", "-kernel", image.Path])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        using CancellationTokenSource limit = new(_patience);
        using CancellationTokenRegistration stop = limit.Token.Register(qemu.Kill);
        List<string> lines = [];
        while (qemu.StandardOutput.ReadLine() is { } line)
        {
            lines.Add(line.TrimEnd('\r'));
            if (line.Contains(" passed, ", StringComparison.Ordinal))
            {
                break;
            }
        }

        qemu.Kill();
        qemu.WaitForExit();
        return [.. lines];
    }
}
