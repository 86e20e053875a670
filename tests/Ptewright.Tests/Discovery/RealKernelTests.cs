using System.Globalization;
using System.Text.RegularExpressions;
using Ptewright.Addressing;
using Ptewright.Discovery;
using Ptewright.Images;
using Ptewright.Live;
using Ptewright.Running;
using Ptewright.Tests.Live;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Discovery;

/// <summary>Debian's kernels, moved by KASLR, stopped and dumped by QEMU: each method alone finds what QEMU's registers say, and its tables lead where QEMU says.</summary>
public sealed partial class RealKernelTests
{
    private const int Addresses = 500;

    [Theory]
    [InlineData("6.1.0-56-cloud-arm64", "256M", "cortex-a72", "")]
    [InlineData("6.1.0-56-cloud-arm64", "2048M", "max", "rodata=on")]
    [InlineData("6.12.117+deb12-cloud-arm64", "256M", "cortex-a72", "")]
    [InlineData("6.12.117+deb12-cloud-arm64", "512M", "max", "")]
    [InlineData("6.12.117+deb12-cloud-arm64", "1024M", "max", "rodata=off nokaslr")]
    [InlineData("6.12.117+deb12-arm64-16k", "512M", "max", "")]
    [InlineData("6.12.117+deb12-arm64-16k", "1024M", "cortex-a76", "rodata=on")]
    [Trait("Category", "Slow")]
    public void Each_method_alone_finds_what_the_registers_say(string version, string memory, string cpu, string commandLine)
    {
        string file = Path.Combine(Environment.GetEnvironmentVariable("PTEWRIGHT_KERNELS") ?? string.Empty, $"vmlinuz-{version}");
        Assert.SkipUnless(File.Exists(file), $"PTEWRIGHT_KERNELS names no folder with vmlinuz-{version}, of Debian's package linux-image-{version}.");
        Assert.SkipWhen(Qemu.Find() is null, $"There is no {Qemu.Program} here.");
        string folder = Directory.CreateTempSubdirectory().FullName;
        string socket = Path.Combine(folder, "qmp");
        LiveMachine machine = new(file, ulong.Parse(memory[..^1], CultureInfo.InvariantCulture) << 20, cpu, commandLine);
        try
        {
            using QemuProcess process = QemuProcess.Start(Qemu.Find()!.Path, [.. machine.Arguments(LiveMachine.PrivateMemory), "-qmp", $"unix:{socket},server=on,wait=off", "-qmp", $"unix:{socket}2,server=on,wait=off"]);
            while (process.Console.ReadLine() is { } line && !line.Contains("Unable to mount root fs", StringComparison.Ordinal))
            {
            }

            using QmpConnectionProbe qemu = new(socket + "2");
            _ = qemu.Command("stop");
            ImageRegisters registers;
            using (QmpImage live = QmpImage.Connect(socket))
            {
                registers = live.Registers;
            }

            string raw = Path.Combine(folder, "raw");
            string elf = Path.Combine(folder, "elf");
            _ = qemu.Command("pmemsave", $"\"val\":{1 << 30},\"size\":{machine.MemoryBytes},\"filename\":\"{raw}\"");
            _ = qemu.Command("dump-guest-memory", $"\"paging\":false,\"protocol\":\"file:{elf}\"");
            using RawImage rawImage = new((raw, new PhysicalAddress(1 << 30)));
            using ElfCore elfImage = new(elf);
            FoundKernel tables = Check(rawImage, DiscoveryMethods.Tables, registers, version);
            FoundKernel text = Check(elfImage, DiscoveryMethods.Text, registers, version);
            _ = Check(elfImage, DiscoveryMethods.Tables, registers, version);
            FoundKernel symbols = Check(elfImage, DiscoveryMethods.Symbols, registers, version);
            Assert.Equal((text.PhysicalOffset!.Value, text.BuiltBits!.Value), (symbols.PhysicalOffset!.Value, symbols.BuiltBits!.Value));

            // What VMCOREINFO says outright the tables show too.
            Assert.Equal(KnownBy.Text, text.PhysicalOffset!.By);
            Assert.Equal(text.PhysicalOffset.Value, tables.PhysicalOffset!.Value);
            Assert.Equal((KnownBy.Text, text.KaslrOffset!.Value), (text.KaslrOffset.By, tables.KaslrOffset!.Value));
            Assert.Equal(text.BuildId!.Value, tables.BuildId!.Value);
            Assert.Equal(text.BuiltBits!.Value, tables.BuiltBits!.Value);
            Assert.Equal(text.ImageOffset!.Value, tables.ImageOffset!.Value);
            CheckAddresses(rawImage, tables, qemu);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static FoundKernel Check(MemoryImage image, DiscoveryMethods methods, ImageRegisters registers, string version)
    {
        DiscoveryResult result = KernelDiscovery.Find(image, methods);
        Assert.True(result.Kernels.Count == 1 && result.Kernel is not null, string.Join('\n', result.Tried));
        FoundKernel found = result.Kernel;
        TranslationRoot wanted = TranslationRoot.Of(registers, AddressHalf.Upper);
        TranslationRoot seen = TranslationRoot.Of(found.Registers, AddressHalf.Upper);
        Assert.Equal((wanted.Table, wanted.Shape.Granule, wanted.InputBits, wanted.Format.IsLpa2), (seen.Table, seen.Shape.Granule, seen.InputBits, seen.Format.IsLpa2));
        Assert.Equal(version, found.Release!.Value);
        Assert.Equal([RootKind.Kernel, RootKind.Empty, RootKind.Trampoline, RootKind.Identity], found.Roots.Take(4).Select(root => root.Kind));

        // Between programs the lower half's root is the empty one.
        PhysicalAddress lower = TranslationRoot.Of(registers, AddressHalf.Lower).Table;
        Assert.Contains(found.Roots, root => root.Table == lower);
        return found;
    }

    // QEMU walks the tables itself.
    private static void CheckAddresses(MemoryImage image, FoundKernel found, QmpConnectionProbe qemu)
    {
        using TableWalker walker = new(image, TranslationRoot.Of(found.Registers, AddressHalf.Upper));
        Random random = new(23);
        int mapped = 0;
        for (int i = 0; i < Addresses; i++)
        {
            ulong address = i % 2 == 0 ? found.LinearStart!.Value.Value + (ulong)random.NextInt64((long)image.Segments[0].Size) : found.ImageAddress!.Value.Value + (ulong)random.NextInt64((long)found.ImageSize!.Value);
            string answer = qemu.Command("human-monitor-command", $"\"command-line\":\"gva2gpa 0x{address:x}\"");
            Match match = Physical().Match(answer);
            WalkResult walk = walker.Walk(new VirtualAddress(address));
            mapped += walk.IsMapped ? 1 : 0;
            Assert.True(walk.IsMapped == match.Success && (!match.Success || walk.Physical.Value == ulong.Parse(match.Groups[1].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)), $"0x{address:x}: {walk.Physical}, QEMU: {answer}");
        }

        Assert.InRange(mapped, Addresses / 2, Addresses);
    }

    [GeneratedRegex("gpa: 0x([0-9a-f]+)")]
    private static partial Regex Physical();
}
