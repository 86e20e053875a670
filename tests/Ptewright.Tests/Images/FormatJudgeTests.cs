using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Discovery;
using Ptewright.Fuzz;
using Ptewright.Images;
using Ptewright.Kernels.Versions;
using Ptewright.Listing;
using Ptewright.Live;
using Ptewright.Running;
using Ptewright.Tests.Live;
using Ptewright.Translation;
using Ptewright.Walking;
using static Ptewright.Images.PagePacking;

namespace Ptewright.Tests.Images;

/// <summary>Debian's kernels, moved by KASLR, stopped once and written in every format: all list the same, byte for byte; QEMU, and drgn where it can read, translate as this library does.</summary>
[Trait("Category", "Slow")]
public sealed partial class FormatJudgeTests : IDisposable
{
    private const ulong Start = 1UL << 30;
    private const int Page = 4096;
    private const int Piece = 16 << 20;
    private const int Addresses = 5000;

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("6.1.0-56-cloud-arm64", "cortex-a72")]
    [InlineData("6.12.117+deb12-cloud-arm64", "max")]
    [InlineData("6.12.117+deb12-arm64-16k", "max")]
    public void One_guest_in_every_format_lists_the_same(string version, string cpu)
    {
        string kernel = Path.Combine(Environment.GetEnvironmentVariable("PTEWRIGHT_KERNELS") ?? string.Empty, $"vmlinuz-{version}");
        Assert.SkipUnless(File.Exists(kernel), $"PTEWRIGHT_KERNELS names no folder with vmlinuz-{version}, of Debian's package linux-image-{version}.");
        Assert.SkipWhen(Qemu.Find() is null, $"There is no {Qemu.Program} here.");
        string socket = At("qmp");
        LiveMachine machine = new(kernel, 256UL << 20, cpu, string.Empty);
        using QemuProcess process = QemuProcess.Start(Qemu.Find()!.Path, [.. machine.Arguments(LiveMachine.PrivateMemory), "-qmp", $"unix:{socket},server=on,wait=off"]);
        while (process.Console.ReadLine() is { } line && !line.Contains("Unable to mount root fs", StringComparison.Ordinal))
        {
        }

        using QmpConnectionProbe qemu = new(socket);
        _ = qemu.Command("stop");
        _ = qemu.Command("pmemsave", $"\"val\":{Start},\"size\":{machine.MemoryBytes},\"filename\":\"{At("raw")}\"");
        _ = qemu.Command("dump-guest-memory", $"\"paging\":false,\"protocol\":\"file:{At("elf")}\"");
        _ = qemu.Command("dump-guest-memory", $"\"paging\":false,\"protocol\":\"file:{At("kdump-flat")}\",\"format\":\"kdump-zlib\"");

        using RawImage raw = new((At("raw"), new PhysicalAddress(Start)));
        FoundKernel found = KernelDiscovery.Find(raw, DiscoveryMethods.Text).Kernel!;
        Assert.Equal(version, found.Release!.Value);
        string note = NoteOf(raw);
        string whole = Listed(raw, found);
        Assert.True(whole.Split('\n').Length > 100);
        byte[] memory = File.ReadAllBytes(At("raw"));
        int formats = 0;
        foreach ((string name, string source) in Formats(memory, note))
        {
            using MemoryImage image = MemorySource.Open(source);
            Assert.Equal((name, whole), (name, Listed(image, found)));
            formats++;
        }

        Assert.True(formats >= 18, $"only {formats} formats");
        MakeDumpFile(memory, note, found, whole);
        CheckAddresses(qemu, found);
        AskDrgn(found);
    }

    // Each format, and the source that it is; written one after the other, so that they need not all have room at once.
    private IEnumerable<(string Name, string Source)> Formats(byte[] memory, string note)
    {
        yield return ("QEMU's ELF core", At("elf"));
        yield return ("QEMU's kdump, flattened", At("kdump-flat"));
        yield return ("the same, rearranged", Write("kdump", Rearranged(At("kdump-flat"))));
        yield return ("ELF core, flattened", Write("elf-flat", FlatWriter.Write(File.ReadAllBytes(At("elf")))));

        // Parts of a ramdump, cut inside tables as well as between them.
        int[] cuts = [0, 0x123_4000, 0x900_0000, memory.Length];
        string[] parts = [.. Enumerable.Range(0, 3).Select(i => Write($"part{i}.bin", memory[cuts[i]..cuts[i + 1]]))];
        yield return ("parts by name", string.Join(',', parts.Select((part, i) => $"{part}@0x{Start + (ulong)cuts[i]:x}")));
        yield return ("parts by list", Write("list", Encoding.ASCII.GetBytes(string.Concat(parts.Select((part, i) => $"1 0x{Start + (ulong)cuts[i]:x} {cuts[i + 1] - cuts[i]} DDR part{i}.bin\n")))));
        yield return ("parts by script", Write("load.cmm", Encoding.ASCII.GetBytes(string.Concat(parts.Select((_, i) => $"if OS.FILE(part{i}.bin)\n(\n  d.load.binary part{i}.bin 0x{Start + (ulong)cuts[i]:x} /noclear\n)\n")))));
        yield return ("parts of one file", string.Join(',', Enumerable.Range(0, 3).Select(i => $"{At("raw")}+0x{cuts[i]:x}@0x{Start + (ulong)cuts[i]:x}:0x{cuts[i + 1] - cuts[i]:x}")));

        byte[] lime = DumpFiles.Lime((Start, memory));
        yield return ("LiME", Write("lime", lime));
        yield return ("LiME, packed", Write("lime.z", DumpFiles.Packed(lime)));

        // AVML cuts memory into pieces, and leaves out those of zeros.
        (ulong Start, byte[] Bytes)[] pieces = [.. Enumerable.Range(0, memory.Length / Piece).Select(i => (Start + (ulong)(i * Piece), memory[(i * Piece)..((i + 1) * Piece)])).Where(piece => piece.Item2.AsSpan().ContainsAnyExcept((byte)0))];
        yield return ("AVML, not packed", Write("avml1", DumpFiles.Lime(pieces)));
        yield return ("AVML", Write("avml2", DumpFiles.Avml(pieces)));

        SortedDictionary<ulong, byte[]> pages = [];
        List<ulong> zeros = [];
        for (int at = 0; at < memory.Length; at += Page)
        {
            byte[] page = memory[at..(at + Page)];
            pages.Add((Start + (ulong)at) / Page, page);
        }

        KdumpWriter writer = new() { Stored = pages, Pages = (Start + (ulong)memory.Length) / Page, Note = note, DumpLevel = 0 };
        foreach (PagePacking packing in new[] { None, Zlib, Lzo, Snappy, Zstd })
        {
            yield return ($"kdump, {packing}", Write("kdump-own", (writer with { Packings = [packing] }).Build()));
        }

        yield return ("kdump, mixed, version 3", Write("kdump-own", (writer with { Packings = [Lzo, None, Zstd, Zlib, Snappy], Version = 3 }).Build()));
        ulong third = (Start / Page) + (ulong)(memory.Length / Page / 3);
        string[] split =
        [
            Write("split1", (writer with { Packings = [Snappy], Part = (0, third) }).Build()),
            Write("split2", (writer with { Packings = [Snappy], Part = (third, third + 5000) }).Build()),
            Write("split3", (writer with { Packings = [Snappy], Part = (third + 5000, writer.Pages) }).Build()),
        ];
        yield return ("kdump, split", string.Join(',', split.Reverse()));
    }

    private static byte[] Rearranged(string path)
    {
        using FileBytes file = FileBytes.Open(path);
        return file.Copy(0, checked((int)file.Length));
    }

    // The kernel's own dump tool, of the machine's kind, run by QEMU: PTEWRIGHT_MAKEDUMPFILE names a folder with it and what it needs.
    private void MakeDumpFile(byte[] memory, string note, FoundKernel found, string whole)
    {
        string? root = Environment.GetEnvironmentVariable("PTEWRIGHT_MAKEDUMPFILE");
        if (root is null || !File.Exists(Path.Combine(root, "usr/bin/makedumpfile")))
        {
            TestContext.Current.AddWarning("PTEWRIGHT_MAKEDUMPFILE names no folder with usr/bin/makedumpfile of arm64: its formats are not tried.");
            return;
        }

        // What it takes: a note, and where the linear map has memory.
        ulong linear = found.LinearStart!.Value.Value - (found.LinearPhysical!.Value.Value - Start);
        Write("vmcore", CoreFile.Build(note, linear, (Start, memory)));
        foreach (string[] options in (string[][])[["-c", "-d", "0"], ["-l", "-d", "0"], ["-c", "-d", "31"], ["-E", "-d", "31"], ["-F", "-l", "-d", "31"], ["-F", "-E", "-d", "0"], ["--split", "-c", "-d", "31"]])
        {
            bool isFlat = options[0] == "-F";
            string[] targets = options[0] == "--split" ? ["made1", "made2", "made3"] : isFlat ? [] : ["made"];
            foreach (string target in targets)
            {
                File.Delete(At(target));
            }

            if (Run(root, isFlat ? At("made") : null, [.. options, At("vmcore"), .. targets.Select(At)]) is { } refusal)
            {
                // Pages of 4K and 16K with 52 bits came late.
                Assert.Contains("VA Bits 52 not supported", refusal, StringComparison.Ordinal);
                TestContext.Current.AddWarning($"This makedumpfile does not know the kernel's addresses: {refusal.Trim()}");
                return;
            }

            using MemoryImage image = MemorySource.Open(isFlat ? At("made") : string.Join(',', targets.Select(At)));
            string name = $"makedumpfile {string.Join(' ', options)}";
            Assert.Equal((name, whole), (name, Listed(image, found)));
            Assert.Equal(found.Release!.Value, image.CoreInfo!.Release);
            if (options.Contains("31"))
            {
                Assert.Contains(image.FindMissing(CancellationToken.None), missing => missing.Kind == MissingKind.LeftOut);
            }
        }
    }

    private static string? Run(string root, string? output, string[] arguments)
    {
        ProcessStartInfo start = new("qemu-aarch64-static", ["-L", root, Path.Combine(root, "usr/bin/makedumpfile"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        using (Stream to = output is null ? Stream.Null : File.Create(output))
        {
            process.StandardOutput.BaseStream.CopyTo(to);
        }

        process.WaitForExit();
        return process.ExitCode == 0 ? null : error.GetAwaiter().GetResult();
    }

    // Everywhere: inside of what is mapped, at its ends, behind them, between, far away.
    private void CheckAddresses(QmpConnectionProbe qemu, FoundKernel found)
    {
        using KdumpImage dump = new(At("kdump-flat"));
        TranslationRoot root = TranslationRoot.Of(found.Registers, AddressHalf.Upper);
        Sink all = new();
        _ = TableScanner.Scan(dump, root, all);
        using TableWalker walker = new(dump, root);
        Random random = new(41);
        int mapped = 0;
        HashSet<ulong> regions = [];
        for (int i = 0; i < Addresses; i++)
        {
            // Ranges of all sizes count alike, so vmalloc, modules, fixmap and the page array come as often as the linear map.
            MappedRange range = all.Ranges[random.Next(all.Ranges.Count)];
            ulong address = (i % 8) switch
            {
                0 => range.Start.Value - 1,
                1 => range.Last.Value + 1,
                2 => root.Start.Value + (ulong)random.NextInt64(1L << (root.InputBits - 1)),
                3 => range.Last.Value,
                _ => range.Start.Value + (ulong)random.NextInt64((long)range.Size),
            };
            if (address < root.Start.Value)
            {
                continue;
            }

            string answer = qemu.Command("human-monitor-command", $"\"command-line\":\"gva2gpa 0x{address:x}\"");
            Match match = Physical().Match(answer);
            WalkResult walk = walker.Walk(new VirtualAddress(address));
            Assert.True(
                walk.IsMapped == match.Success && (!match.Success || walk.Physical.Value == ulong.Parse(match.Groups[1].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)),
                $"0x{address:x}: {walk.Physical}, QEMU: {answer}");
            mapped += walk.IsMapped ? 1 : 0;
            _ = regions.Add(address >> 36);
        }

        Assert.InRange(mapped, Addresses / 2, Addresses - 500);
        Assert.True(regions.Count > 8);
    }

    // drgn reads an ELF core with VMCOREINFO through the page tables.
    private void AskDrgn(FoundKernel found)
    {
        using KdumpImage dump = new(At("kdump-own"));
        TranslationRoot root = TranslationRoot.Of(found.Registers, AddressHalf.Upper);
        Sink all = new();
        _ = TableScanner.Scan(dump, root, all);
        using MemoryReader reader = dump.OpenReader();
        Random random = new(43);
        List<(ulong Address, string Bytes)> asked = [];
        byte[] word = new byte[8];
        while (asked.Count < 500)
        {
            MappedRange range = all.Ranges[random.Next(all.Ranges.Count)];
            ulong offset = (ulong)random.NextInt64((long)range.Size) & ~7UL;
            if (reader.TryRead(range.Physical + offset, word))
            {
                asked.Add((range.Start.Value + offset, Convert.ToHexStringLower(word)));
            }
        }

        const string Script =
            """
            import sys, drgn
            program = drgn.Program()
            program.set_core_dump(sys.argv[1])
            for line in sys.stdin:
                try:
                    print(program.read(int(line, 16), 8).hex())
                except Exception as problem:
                    print(type(problem).__name__, problem)
            """;
        string core = At("vmcore-drgn");
        File.WriteAllBytes(core, AsVmcore(NoteOf(dump), File.ReadAllBytes(At("raw")), found));
        ProcessStartInfo start = new("/usr/bin/python3", ["-c", Script, core]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            foreach ((ulong address, _) in asked)
            {
                process.StandardInput.WriteLine($"{address:x}");
            }

            process.StandardInput.Close();
            process.WaitForExit();
            string complaint = error.GetAwaiter().GetResult();
            if (complaint.Contains("No module named 'drgn'", StringComparison.Ordinal))
            {
                TestContext.Current.AddWarning("There is no python3-drgn here: it is not asked.");
                return;
            }

            Assert.True(process.ExitCode == 0, complaint);
            Assert.Equal(asked.Select(item => item.Bytes), output.GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
        catch (Win32Exception)
        {
            TestContext.Current.AddWarning("There is no python3 here: drgn is not asked.");
        }
    }

    // As /proc/vmcore is: memory with its addresses in the linear map, and the image once more with its own.
    private static byte[] AsVmcore(string note, byte[] memory, FoundKernel found)
    {
        const int ImageHeader = 64 + (2 * 56);
        ulong linear = found.LinearStart!.Value.Value - (found.LinearPhysical!.Value.Value - Start);
        ulong image = found.ImageStart!.Value.Value;
        byte[] core = CoreFile.Build(note, linear, (Start, memory), (image, memory[(int)(image - Start)..(int)(image - Start + found.ImageSize!.Value)]));
        BinaryPrimitives.WriteUInt64LittleEndian(core.AsSpan(ImageHeader + 16), found.ImageAddress!.Value.Value);
        return core;
    }

    // Every range with its attributes, and the kernel's own form.
    private static string Listed(MemoryImage image, FoundKernel found)
    {
        TranslationRoot root = TranslationRoot.Of(found.Registers, AddressHalf.Upper);
        Sink sink = new();
        TableScanner scan = TableScanner.Scan(image, root, sink);
        Assert.Equal(0, scan.Problems);
        using StringWriter text = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        foreach (MappedRange range in sink.Ranges)
        {
            text.WriteLine($"{range.Start} {range.Size} {range.Physical} {range.Level} {range.Attributes.Bits:x} {range.Attributes.Inherited:x}");
        }

        ImageLister.List(text, image, root, found.Profile!.Profile, found.BuiltBits?.Value);
        return text.ToString();
    }

    private static string NoteOf(MemoryImage image)
    {
        SweepFindings swept = MemorySweep.Run(image, new MemoryRanges(image.Segments), default);
        return swept.CoreInfos[0].Text;
    }

    private string At(string name) => Path.Combine(_folder, name);

    private string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(At(name), bytes);
        return At(name);
    }

    private sealed class Sink : IRangeSink
    {
        public List<MappedRange> Ranges { get; } = [];

        public void OnRange(in MappedRange range) => Ranges.Add(range);

        public void OnProblem(TableProblem problem)
        {
        }
    }

    [GeneratedRegex("gpa: 0x([0-9a-f]+)")]
    private static partial Regex Physical();
}
