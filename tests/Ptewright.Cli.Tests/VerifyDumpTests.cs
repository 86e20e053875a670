using System.Globalization;
using System.Text.Json;
using Ptewright.Cli.Output;
using Ptewright.Firmware;
using Ptewright.Live;
using Ptewright.Running;
using Ptewright.Tests.Discovery;
using Ptewright.Tests.Live;

namespace Ptewright.Cli.Tests;

/// <summary><c>verify DUMP</c> and nothing else: Debian's kernels, moved by KASLR, stopped and dumped by QEMU, are as predicted, and what was found is what QEMU was given.</summary>
public sealed class VerifyDumpTests
{
    [Theory]
    [InlineData("6.12.117+deb12-cloud-arm64", "256M", "cortex-a57", "", "")]
    [InlineData("6.12.117+deb12-cloud-arm64", "512M", "neoverse-n1", "rodata=off", "vmcoreinfo")]
    [InlineData("6.12.117+deb12-cloud-arm64", "2048M", "max", "kfence.sample_interval=0", "vmcoreinfo")]
    [InlineData("6.12.117+deb12-cloud-arm64", "512M", "max", "crashkernel=64M", "")]
    [InlineData("6.12.117+deb12-cloud-arm64", "512M", "cortex-a72", "mem=300M", "")]
    [InlineData("6.12.117+deb12-cloud-arm64", "512M", "cortex-a72", "hugepages=16", "vmcoreinfo")]
    [InlineData("6.12.117+deb12-cloud-arm64", "512M", "max", "nokaslr kfence.sample_interval=100", "")]
    [InlineData("6.12.117+deb12-arm64-16k", "512M", "neoverse-n1", "", "")]
    [InlineData("6.12.117+deb12-arm64-16k", "2048M", "max", "rodata=off", "vmcoreinfo")]
    [InlineData("6.1.0-56-cloud-arm64", "256M", "cortex-a72", "", "")]
    [InlineData("6.1.0-56-cloud-arm64", "512M", "max", "rodata=on crashkernel=64M", "vmcoreinfo")]
    [Trait("Category", "Slow")]
    public void A_dump_alone_is_verified(string version, string memory, string cpu, string commandLine, string device)
    {
        string file = Path.Combine(Environment.GetEnvironmentVariable("PTEWRIGHT_KERNELS") ?? string.Empty, $"vmlinuz-{version}");
        Assert.SkipUnless(File.Exists(file), $"PTEWRIGHT_KERNELS names no folder with vmlinuz-{version}, of Debian's package linux-image-{version}.");
        Assert.SkipWhen(Qemu.Find() is null, $"There is no {Qemu.Program} here.");
        string folder = Directory.CreateTempSubdirectory().FullName;
        string socket = Path.Combine(folder, "qmp");
        LiveMachine machine = new(file, ulong.Parse(memory[..^1], CultureInfo.InvariantCulture) << 20, cpu, commandLine);
        try
        {
            string[] extra = device.Length == 0 ? [] : ["-device", device];
            string elf = Path.Combine(folder, "elf");
            string kdump = Path.Combine(folder, "kdump");
            string raw = Path.Combine(folder, "raw");
            using (QemuProcess process = QemuProcess.Start(Qemu.Find()!.Path, [.. machine.Arguments(LiveMachine.PrivateMemory), .. extra, "-qmp", $"unix:{socket},server=on,wait=off"]))
            {
                while (process.Console.ReadLine() is { } line && !line.Contains("Unable to mount root fs", StringComparison.Ordinal))
                {
                }

                using QmpConnectionProbe qemu = new(socket);
                _ = qemu.Command("stop");
                _ = qemu.Command("dump-guest-memory", $"\"paging\":false,\"protocol\":\"file:{elf}\"");
                _ = qemu.Command("dump-guest-memory", $"\"paging\":false,\"protocol\":\"file:{kdump}\",\"format\":\"kdump-zlib\"");
                _ = qemu.Command("pmemsave", $"\"val\":{1 << 30},\"size\":{machine.MemoryBytes},\"filename\":\"{raw}\"");
            }

            foreach (string source in (string[])[elf, kdump, $"{raw}@0x40000000"])
            {
                Check(CliRun.Of("verify", source, "--json"), machine);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Before 6.5 the kernel has to be asked for it. With blocks in the map, it refuses: then nothing is missing.
    [Theory]
    [InlineData("6.1.0-56-cloud-arm64", "secretmem.enable=1", true)]
    [InlineData("6.12.117+deb12-cloud-arm64", "", true)]
    [InlineData("6.12.117+deb12-arm64-16k", "", true)]
    [InlineData("6.12.117+deb12-cloud-arm64", "rodata=off kfence.sample_interval=100", false)]
    [Trait("Category", "Slow")]
    public void Memory_that_programs_keep_from_the_kernel_is_explained(string version, string commandLine, bool isKept)
    {
        string file = Path.Combine(Environment.GetEnvironmentVariable("PTEWRIGHT_KERNELS") ?? string.Empty, $"vmlinuz-{version}");
        Assert.SkipUnless(File.Exists(file), $"PTEWRIGHT_KERNELS names no folder with vmlinuz-{version}, of Debian's package linux-image-{version}.");
        Assert.SkipWhen(Qemu.Find() is null, $"There is no {Qemu.Program} here.");
        string folder = Directory.CreateTempSubdirectory().FullName;
        string socket = Path.Combine(folder, "qmp");
        string initrd = Path.Combine(folder, "initrd");
        string raw = Path.Combine(folder, "raw");
        TinyInit.Write(initrd, keepsSecret: true);
        LiveMachine machine = new(file, 256 << 20, "max", commandLine);
        try
        {
            using (QemuProcess process = QemuProcess.Start(Qemu.Find()!.Path, [.. machine.Arguments(LiveMachine.PrivateMemory), "-initrd", initrd, "-qmp", $"unix:{socket},server=on,wait=off"]))
            {
                while (process.Console.ReadLine() is { } line && line != "READY")
                {
                }

                using QmpConnectionProbe qemu = new(socket);
                _ = qemu.Command("stop");
                _ = qemu.Command("pmemsave", $"\"val\":{1 << 30},\"size\":{machine.MemoryBytes},\"filename\":\"{raw}\"");
            }

            CliRun run = CliRun.Of("verify", $"{raw}@0x40000000", "--json");
            Assert.True(run.Code == ExitCode.Ok, run.Error);
            JsonElement[] kept = [.. JsonDocument.Parse(run.Out).RootElement.GetProperty("differences").EnumerateArray()
                .Where(difference => difference.GetProperty("explained").GetString()!.StartsWith("secretmem (memfd_secret) clears the valid bit: a program has", StringComparison.Ordinal))];
            Assert.Equal(isKept ? 1 : 0, kept.Length);
            Assert.All(kept, difference => Assert.Equal("missing", difference.GetProperty("kind").GetString()));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Check(CliRun run, LiveMachine machine)
    {
        Assert.True(run.Code == ExitCode.Ok, run.Error);
        JsonElement all = JsonDocument.Parse(run.Out).RootElement;
        Assert.Equal(0, all.GetProperty("unexplained").GetInt32());
        Assert.Equal(all.GetProperty("tablePagesPredicted").GetInt32(), all.GetProperty("tablePagesAtPredictedAddress").GetInt32());
        JsonElement found = all.GetProperty("machine");
        Assert.Equal(machine.Append, found.GetProperty("commandLine").GetProperty("value").GetString());
        Assert.Equal(machine.Cpu, found.GetProperty("cpu").GetProperty("value").GetString());
        Assert.Equal(machine.CommandLine.Contains("nokaslr", StringComparison.Ordinal) ? "false" : "true", found.GetProperty("randomized").GetProperty("value").GetString());
        Assert.Empty(found.GetProperty("remarks").EnumerateArray());
        JsonElement range = Assert.Single(found.GetProperty("memory").GetProperty("ranges").EnumerateArray());
        Assert.Equal((Start(machine), machine.MemoryBytes), (range.GetProperty("start").GetString(), range.GetProperty("size").GetUInt64()));
        Assert.Equal("deviceTree", found.GetProperty("memory").GetProperty("by").GetString());

        // Nothing but what was taken from where, a line each.
        string[] notes = run.Error.TrimEnd().Split('\n');
        string[] functions = [.. notes.Where(note => note.StartsWith("ptewright: note: The kernel's own table has only functions; ", StringComparison.Ordinal))];
        Assert.Equal(machine.KernelImage.Contains("vmlinuz-6.1.", StringComparison.Ordinal) ? 1 : 0, functions.Length);
        Assert.All(notes.Except(functions), note => Assert.Matches("^ptewright: note: (TTBR1, TCR|kernel's symbols|command line) from ", note));
        Assert.All(notes.Except(functions).TakeLast(2), note => Assert.InRange(note.Length, 0, 80));
    }

    // As QEMU writes it into the tree that its kernel gets.
    private static string Start(LiveMachine machine)
    {
        string tree = Path.GetTempFileName();
        try
        {
            using QemuProcess process = QemuProcess.Start(Qemu.Find()!.Path, machine.Arguments(LiveMachine.PrivateMemory, $",dumpdtb={tree}"));
            while (process.Console.ReadLine() is not null)
            {
            }

            return Assert.Single(DeviceTreeFile.Read(tree).Memory.Memory).Start.ToString();
        }
        finally
        {
            File.Delete(tree);
        }
    }
}
