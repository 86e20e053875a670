using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Discovery;
using Ptewright.Images;
using Ptewright.Live;
using Ptewright.Running;
using Ptewright.Tests.Live;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Discovery;

/// <summary>Debian's kernels with programs, and two of them in one memory.</summary>
[Trait("Category", "Slow")]
public sealed class RealProgramsTests : IDisposable
{
    private const ulong Start = 1 << 30;
    private const ulong Size = 256 << 20;
    private const ulong InitAt = 0x700_0000;

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // With 48 bits a root is a page, with 52 a part of one; 6.1 and 6.12 differ in how a kernel built for 52 bits falls back.
    [Theory]
    [InlineData("6.1.0-56-cloud-arm64", "max")]
    [InlineData("6.12.117+deb12-cloud-arm64", "cortex-a72")]
    [InlineData("6.12.117+deb12-cloud-arm64", "max")]
    [InlineData("6.12.117+deb12-arm64-16k", "max")]
    public void The_roots_of_all_programs_are_found_and_no_others(string version, string cpu)
    {
        string raw = Path.Combine(_folder, "raw");
        (ImageRegisters registers, _) = Run(version, cpu, Start, raw);
        using RawImage image = new((raw, new PhysicalAddress(Start)));
        DiscoveryResult result = KernelDiscovery.Find(image);
        FoundRoot[] used = [.. result.Programs.Where(program => program.Evidence.EndsWith("so it is in use", StringComparison.Ordinal))];
        Assert.True(used.Length == TinyInit.Programs, string.Join('\n', result.Programs));

        Assert.All(used, program => Assert.True(Reaches(image, result.Kernel!, program.Table)));
        PhysicalAddress lower = TranslationRoot.Of(registers, AddressHalf.Lower).Table;
        Assert.Contains(lower, used.Select(program => program.Table).Concat(result.Kernel!.Roots.Select(root => root.Table)));
    }

    [Fact]
    public void Two_kernels_in_one_memory_are_both_told()
    {
        string low = Path.Combine(_folder, "low");
        string high = Path.Combine(_folder, "high");
        (ImageRegisters first, string firstRelease) = Run("6.1.0-56-cloud-arm64", "max", Start, low);
        (ImageRegisters second, string secondRelease) = Run("6.12.117+deb12-cloud-arm64", "max", Start + Size, high);
        using RawImage image = new((low, new PhysicalAddress(Start)), (high, new PhysicalAddress(Start + Size)));
        DiscoveryResult result = KernelDiscovery.Find(image);
        Assert.Equal(
            new[] { (firstRelease, Root(first)), (secondRelease, Root(second)) }.Order(),
            result.Kernels.Select(kernel => (kernel.Release!.Value, Root(kernel.Registers))).Order());
        Assert.All(result.Kernels, kernel => Assert.True(kernel.IsProven));

        static ulong Root(ImageRegisters registers) => TranslationRoot.Of(registers, AddressHalf.Upper).Table.Value;
    }

    // The program's first page, where its file says.
    private static bool Reaches(MemoryImage image, FoundKernel kernel, PhysicalAddress root)
    {
        TranslationRoot lower = TranslationRoot.Of(
            new ImageRegisters(Ttbr0: TranslationTableBase.Encode(root), Tcr: default(TranslationControl).WithHalf(AddressHalf.Lower, kernel.Granule.Value, kernel.InputBits.Value).WithOutput(TranslationControl.AddressSize52, kernel.IsLpa2.Value).Value),
            AddressHalf.Lower);
        using TableWalker walker = new(image, lower);
        byte[] word = new byte[4];
        return walker.Walk(new VirtualAddress(0x40_0000)) is { IsMapped: true } walk && image.TryRead(walk.Physical, word) && word.AsSpan().SequenceEqual("\u007fELF"u8);
    }

    // Boots a kernel in 256 MiB from an address on, until its programs sleep, and saves its memory.
    private (ImageRegisters Registers, string Release) Run(string version, string cpu, ulong start, string raw)
    {
        string file = Path.Combine(Environment.GetEnvironmentVariable("PTEWRIGHT_KERNELS") ?? string.Empty, $"vmlinuz-{version}");
        Assert.SkipUnless(File.Exists(file), $"PTEWRIGHT_KERNELS names no folder with vmlinuz-{version}, of Debian's package linux-image-{version}.");
        Assert.SkipWhen(Qemu.Find() is null, $"There is no {Qemu.Program} here.");
        string initrd = Path.Combine(_folder, "initrd");
        string socket = Path.Combine(_folder, Path.GetRandomFileName());
        TinyInit.Write(initrd);
        LiveMachine machine = new(file, start - Start + Size, cpu, string.Create(CultureInfo.InvariantCulture, $"panic=-1{(start == Start ? string.Empty : $" initrd=0x{start + InitAt:x},{new FileInfo(initrd).Length}")}"));
        string[] arguments = [.. machine.Arguments(LiveMachine.PrivateMemory)];
        arguments = start == Start ? [.. arguments, "-initrd", initrd] : Elsewhere(arguments, file, start);

        using QemuProcess process = QemuProcess.Start(Qemu.Find()!.Path, [.. arguments, "-qmp", $"unix:{socket},server=on,wait=off", "-qmp", $"unix:{socket}2,server=on,wait=off"]);
        List<string> said = [];
        while (!said.Contains("READY"))
        {
            said.Add(process.Console.ReadLine() ?? throw new InvalidOperationException($"QEMU ended: {process.Complaints.ReadToEnd()} {string.Join('\n', said.TakeLast(8))}"));
        }

        using QmpConnectionProbe qemu = new(socket + "2");
        _ = qemu.Command("stop");
        using QmpImage live = QmpImage.Connect(socket);
        _ = qemu.Command("pmemsave", $"\"val\":{start},\"size\":{Size},\"filename\":\"{raw}\"");
        Assert.Contains(said, line => line.Contains($"Linux version {version} ", StringComparison.Ordinal));
        return (live.Registers, version);
    }

    // The kernel, its program and its device tree are put where a boot loader would put them, and the tree says that memory begins there.
    private string[] Elsewhere(string[] arguments, string kernel, ulong start)
    {
        const ulong KernelAt = 2 << 20;
        const ulong TreeAt = 0x600_0000;
        const ulong StubAt = 0x7f0_0000;
        string tree = Path.Combine(_folder, "tree");
        string stub = Path.Combine(_folder, "stub");
        int machine = Array.IndexOf(arguments, "-M") + 1;
        string[] dumping = (string[])arguments.Clone();
        dumping[machine] += $",dumpdtb={tree}";
        using (QemuProcess process = QemuProcess.Start(Qemu.Find()!.Path, dumping))
        {
            _ = process.Console.ReadToEnd();
        }

        byte[] blob = File.ReadAllBytes(tree);
        Replace(blob, [.. Big(Start), .. Big(start - Start + Size)], [.. Big(start), .. Big(Size)]);
        File.WriteAllBytes(tree, blob);

        // ldr x0, tree; mov x1 to x3, xzr; ldr x4, kernel; br x4.
        uint[] code = [0x580000c0, 0xaa1f03e1, 0xaa1f03e2, 0xaa1f03e3, 0x58000084, 0xd61f0080];
        File.WriteAllBytes(stub, [.. code.SelectMany(BitConverter.GetBytes), .. BitConverter.GetBytes(start + TreeAt), .. BitConverter.GetBytes(start + KernelAt)]);
        string[] kept = [.. arguments.Where((_, i) => i < Array.IndexOf(arguments, "-kernel"))];
        return
        [
            .. kept,
            "-device", $"loader,file={kernel},addr=0x{start + KernelAt:x},force-raw=on",
            "-device", $"loader,file={tree},addr=0x{start + TreeAt:x},force-raw=on",
            "-device", $"loader,file={Path.Combine(_folder, "initrd")},addr=0x{start + InitAt:x},force-raw=on",
            "-device", $"loader,file={stub},addr=0x{start + StubAt:x},force-raw=on",
            "-device", $"loader,addr=0x{start + StubAt:x},cpu-num=0",
        ];

        static byte[] Big(ulong value) => [.. BitConverter.GetBytes(value).Reverse()];
    }

    private static void Replace(byte[] blob, byte[] old, byte[] with)
    {
        Assert.Equal(old.Length, with.Length);
        int at = blob.AsSpan().IndexOf(old);
        Assert.True(at >= 0, "The device tree has no such value.");
        with.CopyTo(blob, at);
    }
}
