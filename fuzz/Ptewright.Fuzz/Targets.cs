using System.Text;
using Ptewright.Addressing;
using Ptewright.Booting;
using Ptewright.Explaining;
using Ptewright.Firmware;
using Ptewright.Images;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Symbols;
using Ptewright.Listing;
using Ptewright.Memory;
using Ptewright.Translation;
using Ptewright.Walking;
using static Ptewright.Fuzz.FuzzTarget;

namespace Ptewright.Fuzz;

/// <summary>What can be fuzzed, by name.</summary>
internal static class Targets
{
    private const string Name = "input";

    /// <summary>The targets.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("dtb", DeviceTrees(), Guarded(input => Check(DeviceTreeFile.Parse(input, Name).Layout))),
        Texts("iomem", Samples.Texts("iomem", "*.txt"), ["System RAM", "reserved", "Kernel code", "Crash kernel", " : ", "-", "0", "ff", "\n", "\n  ", "40000000-7fffffff"],
            text => Check(IomemFile.Parse(text, Name).Layout)),
        Texts("efi-map", Samples.Texts("efi", "*.log"), ["efi: ", "0x", "|WB|", "|UC]", "[Conventional", "[Runtime Data", "range=[", "mem00: ", "Processing EFI memory map:", "\n"],
            text => Check(EfiMapFile.Parse(text, Name).Layout)),
        Texts("dmesg", Samples.Texts("dmesg", "*.log"), ["node   0: [mem 0x0000000040000000-0x000000007fffffff]", "Early memory node ranges\n", "OF: reserved mem: 0x", "nomap ", "Memory: ", "K/", "[mem ", "hotplug", "\n"],
            text => Check(DmesgFile.Parse(text, Name).Layout)),
        Texts("ptdump", Samples.Texts("golden", "ptdump-*.txt"), ["0xffff000000000000-", "0xffff000000200000", "---[ ", " PTE", " PMD", " PGD", " RW", " ro", " NX", " BLK", " MEM/NORMAL", " F", "2M", "4K", "\n"],
            text => Check(PtdumpFile.Parse(text, Name))),
        Texts("system-map", Samples.Texts("symbols", "System.map*"), ["ffff800080000000", " T ", " t ", "_text", "_end", "swapper_pg_dir", "\t[ext4]", " ", "\n"],
            text => Check(SystemMap.Parse(text, Name).ImageAt(new PhysicalAddress(1 << 30)))),
        Texts("config", Samples.Texts("config", "config-*"), ["CONFIG_", "=y", "=m", "=n", "=\"", "\\\"", "# ", " is not set", "=0x", "=-", "\n", "ARM64_VA_BITS=48"],
            text => Check(KernelConfig.Parse(text, Name))),
        Texts("cmdline", ["crashkernel=256M mem=2G nokaslr rodata=full quiet", "crashkernel=1G-4G:192M,4G-:256M arm64.nolva efi=noruntime -- init"],
            ["crashkernel=", ",high", ",low", "mem=", "0x", "K", "@", "-", ":", ",", "\"", " -- ", " ", "rodata=", "18446744073709551616"],
            text => Check(KernelCommandLine.Parse(text))),
        Texts("memory", ["64G", "64G@0x80000000", "2G@0x40000000,6G@0x880000000,!1M@0x50000000"], ["1G", "@", "0x", ",", "!", "K", "T", "@0x40000000", ",!4K@0x40000000"],
            text => Check(MemorySpec.Parse(text))),
        Texts("filter", ["w&x", "user & !ro | pa=0x40000000-0x7fffffff", "(w|x)&(contig|block)&level=2"], [.. RangeFilter.Words.Select(word => word.Name), "&", "|", "!", "(", ")", "pa=", "level=", "-"],
            text => _ = RangeFilter.Parse(text).Matches(new MappedRange(default, 4096, default, 3, default))),
        Texts("oops", Samples.Texts("oopses", "*.txt"),
            [
                "Unable to handle kernel paging request at virtual address ffff80000a2d5010\n", "Internal error: Oops: ", "ESR = 0x", "[ffff80000a2d5010] pgd=", ", p4d=", ", pte=0068000044f21703", "swapper pgtable: 4k pages, 48-bit VAs, pgdp=",
                "user pgtable: 64k pages, ", "39-bit VAs", "CPU: 0 PID: ", " Comm: ", " Tainted: ", " #1 ", "x29: ", "]: unhandled ", "Task stack: [0x", "..0x", "Kernel panic - not syncing: ", "dead000000000100", "FAR: 0x", "\n",
            ],
            Explain),
        Texts("vmcoreinfo", [Samples.Note], ["NUMBER(VA_BITS)=", "PAGESIZE=", "NUMBER(TCR_EL1_T1SZ)=", "SYMBOL(swapper_pg_dir)=", "65536", "16384", "=", "\0"],
            text => Check(TranslationRoot.Of(VmCoreInfo.Parse(text).ToRegisters(), AddressHalf.Upper))),
        Texts("transcript", [Samples.Transcript], ["@", "@plan", "@result", "@memory start=", " end=0x", "granule=64K", "vaBits=", "passed, ", "digest=", "@failure code="],
            text => _ = BootTranscript.Parse(text.Split('\n'), Name).Regimes),
        new("kernel-file", new ByteMutator(Samples.KernelFile).Damage, Guarded(input => Check(KernelFile.Parse(input.ToArray(), Name)))),
        new("kallsyms", KallsymsImage.Make, KallsymsImage.Check),
        new("functions-only", FunctionsOnlyImage.Make, FunctionsOnlyImage.Check),
        new("vmlinux", VmlinuxFile.Make, VmlinuxFile.Check),
        new("packed-kernel", PackedKernels.Make, PackedKernels.Check),
        new("tables", TableMutator.Make, input => TableImage.With(input, TableReaders.Check)),
        new("discovery", DiscoveryMemory.Make, DiscoveryMemory.Check),
        new("machine", MachineMemoryInput.Make, MachineMemoryInput.Check),
        new("core", CoreFile.Make, CoreFile.Check),
        new("kdump", KdumpFiles.Make, KdumpFiles.Check),
        new("flattened", KdumpFiles.MakeFlat, KdumpFiles.CheckFlat),
        new("lzo", KdumpFiles.MakeLzo, KdumpFiles.CheckLzo),
        new("lime", DumpFiles.MakeLime, DumpFiles.CheckLime),
        new("avml", DumpFiles.MakeAvml, DumpFiles.CheckAvml),
        Texts("ramdump-list", ["1 0x0000000080000000 0000004096 DDR CS0 memory DDRCS0_0.BIN\n2 0x14680000 0000004096 (imem) OCIMEM.BIN\n", "# by hand\nDDRCS0_0.BIN 80000000\nOCIMEM.BIN 0x14680000 0x1000\n", "if OS.FILE(DDRCS0_0.BIN)\n(\n  d.load.binary DDRCS0_0.BIN 0x80000000 /noclear\n)\n"],
            ["0x", "80000000", "4096", "DDRCS0_0.BIN", "OCIMEM.BIN", "\n", " ", "../", "ffffffffffffffff", "#"], DumpFiles.CheckList),
        Texts("raw-name", ["ram.img@0x40000000", "a+0x10@0x40000000:0x100,a+200@80000000", "DDRCS0_0.BIN@0x80000000,DDRCS1_0.BIN@0x800000000"], ["@", "+", ":", ",", "0x", "40000000", "a", "ffffffffffffffff"],
            DumpFiles.CheckName),
        new("capture", FolderFiles.MakeCaptured, FolderFiles.Check),
        new("table-folder", FolderFiles.MakeBuilt, FolderFiles.Check),
        new("gdb", GdbAnswers.Make, GdbAnswers.Check),
        new("qmp", QmpAnswers.Make, QmpAnswers.Check),
    ];

    /// <summary>A target by its name; null where there is none.</summary>
    public static FuzzTarget? Find(string name) => All.FirstOrDefault(target => target.Name == name);

    private static FuzzTarget Texts(string name, string[] samples, string[] tokens, Action<string> read)
    {
        TextMutator mutator = new(samples, tokens);
        return new FuzzTarget(name, random => Encoding.UTF8.GetBytes(mutator.Damage(random)), input => read(Encoding.UTF8.GetString(input)));
    }

    private static Func<Random, byte[]> DeviceTrees()
    {
        Lazy<DeviceTreeMutator> mutator = new(() => new DeviceTreeMutator(Samples.Files("dtb", "*.dtb")));
        return random => mutator.Value.Damage(random);
    }

    // In memory that ends with the input.
    private static Reader Guarded(Reader read) => input =>
    {
        using NativeBlock block = NativeBlock.Take((ulong)Math.Max(1, input.Length), 1);
        Span<byte> copy = block.Span(0, input.Length);
        input.CopyTo(copy);
        read(copy);
    };

    private static void Check(MemoryLayout layout)
    {
        ulong end = 0;
        foreach (MemoryRegion region in layout.Memory)
        {
            Require(region.Start.Value >= end && region.End > region.Start && region.End.Value <= 1UL << 52, "memory is out of order or of bounds");
            end = region.End.Value;
        }

        Require(layout.TotalBytes != 0, "there is no memory");
    }

    private static void Explain(string text)
    {
        foreach (Oops oops in OopsFile.Parse(text, Name))
        {
            Explanation explanation = FaultExplainer.Explain(oops);
            Require(explanation.Causes.Count > 0, "nothing is behind it");
            Require(explanation.Walk is not { } walk || walk.Walked.All(step => step.Level is >= -1 and <= 3), "an entry is at an impossible level");
            string[] words =
            [
                ExplanationText.Title(explanation), .. ExplanationText.Summary(explanation), .. ExplanationText.Entries(explanation), .. ExplanationText.Others(explanation), .. ExplanationText.Open(explanation),
                ExplanationText.Tried(explanation) ?? "-", ExplanationText.Syndrome(explanation) ?? "-", ExplanationText.Place(explanation) ?? "-", ExplanationText.Tables(explanation) ?? "-",
                ExplanationText.Verdict(explanation) ?? "-",
            ];
            Require(words.All(word => word.Length is > 0 and < 1000), "a sentence is empty or without an end");
            Require(words.All(word => !word.Any(char.IsControl)), "a sentence would be obeyed by a terminal");
        }
    }

    private static void Check(PtdumpMap map)
    {
        ulong last = map.Start.Value - 1;
        foreach (PtdumpRange range in map.Ranges)
        {
            Require(range.Start.Value > last && range.Last >= range.Start && range.Level is >= -1 and <= 3, "a line is out of order or of bounds");
            last = range.Last.Value;
        }
    }

    private static void Check(KernelImage image) =>
        Require(image.Size is > 0 and <= KernelImage.MaxSize && image.Physical(image.SwapperTable) <= image.PhysicalEnd, "a part lies outside the image");

    private static void Check(KernelConfig config) => Require(config.VaBits is >= 36 and <= 52 && config.PaBits is 48 or 52, "a size is unknown");

    private static void Check(KernelCommandLine line) =>
        Require(line.FindCrashKernel(1UL << 32) is not { Size: 0 or >= 1UL << 32 }, "the crash kernel has an impossible size");

    private static void Check(TranslationRoot root) => Require(root.RootEntries is >= 2 and <= 8192 && root.InputBits is >= 16 and <= 52, "the root has an impossible size");

    private static void Check(KernelFile file)
    {
        VirtualAddress text = new(0xffff_8000_8000_0000);
        _ = file.LoadAddress(new PhysicalAddress(1 << 30));
        Require(file.FindCalls(text, text, text, new VirtualAddress(ulong.MaxValue)).Count < 1 << 20, "there are too many calls");
    }
}
