using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Translation;

namespace Ptewright.Tests.Firmware;

/// <summary>What copies of <c>/proc/iomem</c> say about memory, real ones and broken ones.</summary>
public class IomemTests
{
    private const string Small = """
        04000000-07ffffff : reserved
        09000000-09000fff : pl011@9000000
          09000000-09000fff : 9000000.pl011 pl011@9000000
        40000000-4fffffff : System RAM
          40200000-411fffff : Kernel code
          41200000-412fffff : reserved
          41300000-414fffff : Kernel data
          48000000-48000fff : reserved
          4a000000-4bffffff : Crash kernel
        50000000-5000ffff : reserved
        50010000-5fffffff : System RAM
        8000000000-ffffffffff : pcie@10000000
        """;

    private static readonly string[] SmallMemory =
        ["0x4000000-0x8000000 no-map", "0x40000000-0x50000000", "0x50000000-0x50010000 no-map", "0x50010000-0x60000000"];

    private static readonly string[] SmallReserved = ["0x40200000-0x41500000", "0x48000000-0x48001000", "0x4a000000-0x4c000000"];

    // Memory as the kernel's own dump of its memory blocks has it, in the boot log of the same run.
    [Theory]
    [InlineData(
        "efi-2g-6.12.txt", GranuleSize.Size4K, "0x4000000-0x8000000 no-map", "0x40000000-0xbc440000", "0xbc440000-0xbc730000 no-map",
        "0xbc730000-0xbfc00000", "0xbfc00000-0xbffe0000 no-map", "0xbffe0000-0xc0000000")]
    [InlineData(
        "efi-3g-6.12-16k.txt", GranuleSize.Size16K, "0x4000000-0x8000000 no-map", "0x40000000-0xfc440000", "0xfc440000-0xfc730000 no-map",
        "0xfc730000-0xffc00000", "0xffc00000-0xfffe0000 no-map", "0xfffe0000-0x100000000")]
    [InlineData(
        "efi-4g-crash-6.1.txt", GranuleSize.Size4K, "0x4000000-0x8000000 no-map", "0x40000000-0x13c440000", "0x13c440000-0x13c730000 no-map",
        "0x13c730000-0x13fc00000", "0x13fc00000-0x13ffe0000 no-map", "0x13ffe0000-0x140000000")]
    [InlineData("dt-2g-crash-6.12.txt", GranuleSize.Size4K, "0x40000000-0xc0000000")]
    public void Memory_of_a_real_machine_is_what_its_kernel_had(string file, GranuleSize granule, params string[] memory)
    {
        IomemInfo info = IomemFile.Read(FirmwareText.PathOf("iomem", file), granule);

        Assert.Equal(memory, FirmwareText.Memory(info.Layout));
        Assert.Empty(info.Remarks);
    }

    // The kernel had [_text, _end) reserved in one piece (/proc/iomem shows three), and the crash kernel.
    [Fact]
    public void Reservations_of_a_real_machine_hold_the_image_and_the_crash_kernel()
    {
        IomemInfo info = IomemFile.Read(FirmwareText.PathOf("iomem", "dt-2g-crash-6.12.txt"));

        Assert.Contains("0x40200000-0x42440000", FirmwareText.Reserved(info.Layout));
        Assert.Equal(new PhysicalAddress(0x4020_0000), info.Regions.Single(region => region.Kind == IomemRegionKind.KernelCode).Start);
        IomemRegion crash = info.Regions.Single(region => region.Kind == IomemRegionKind.CrashKernel);
        Assert.Equal((new PhysicalAddress(0xa9a0_0000), 256UL << 20, 15), (crash.Start, crash.Size, crash.Line));
    }

    [Fact]
    public void Lines_mean_what_they_mean_on_arm64()
    {
        IomemInfo info = IomemFile.Parse(Small, "small");

        Assert.Equal(SmallMemory, FirmwareText.Memory(info.Layout));
        Assert.Equal(SmallReserved, FirmwareText.Reserved(info.Layout));
        Assert.Equal(
            [
                "1 NoMapMemory 0x4000000-0x8000000", "4 Memory 0x40000000-0x50000000", "5 KernelCode 0x40200000-0x41200000",
                "6 Reserved 0x41200000-0x41300000", "7 KernelData 0x41300000-0x41500000", "8 Reserved 0x48000000-0x48001000",
                "9 CrashKernel 0x4a000000-0x4c000000", "10 NoMapMemory 0x50000000-0x50010000", "11 Memory 0x50010000-0x60000000",
            ],
            info.Regions.Select(region => $"{region.Line} {region.Kind} {region.Start}-{region.End}"));
        Assert.Equal(("small", GranuleSize.Size4K), (info.Name, info.Granule));
    }

    // What mails, chats, Windows, consoles and impatient people do to a file.
    [Theory]
    [InlineData("\r\n")]
    [InlineData("\r\r\n")]
    [InlineData("\n\n")]
    public void Line_ends_do_not_matter(string lineEnd) => AssertSmall(Small.Replace("\n", lineEnd, StringComparison.Ordinal));

    [Fact]
    public void Lost_indentation_does_not_matter() => AssertSmall(string.Join('\n', Small.Split('\n').Select(line => line.Trim())));

    [Fact]
    public void Additional_indentation_does_not_matter() => AssertSmall(string.Join('\n', Small.Split('\n').Select(line => $"\t   {line}  ")));

    [Fact]
    public void The_order_of_the_lines_does_not_matter() => AssertSmall(string.Join('\n', Small.Split('\n').Reverse()));

    [Fact]
    public void Comments_and_the_command_that_printed_it_do_not_matter() =>
        AssertSmall($"# from the lab, in May\nroot@lab:~# cat /proc/iomem\n\n{Small}\n");

    [Fact]
    public void A_file_of_a_windows_shell_is_read()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, Small, System.Text.Encoding.Unicode);
            Assert.Equal(SmallMemory, FirmwareText.Memory(IomemFile.Read(path).Layout));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Memory_that_is_reserved_as_a_whole_is_memory()
    {
        IomemInfo info = IomemFile.Parse("40000000-40ffffff : reserved\n40000000-40ffffff : System RAM\n", "whole");

        Assert.Equal(["0x40000000-0x41000000"], FirmwareText.Memory(info.Layout));
        Assert.Equal(["0x40000000-0x41000000"], FirmwareText.Reserved(info.Layout));
    }

    [Fact]
    public void Memory_of_two_nodes_that_touches_is_one_region()
    {
        IomemInfo info = IomemFile.Parse("40000000-7fffffff : System RAM\n80000000-bfffffff : System RAM\n", "nodes");

        Assert.Equal(["0x40000000-0xc0000000"], FirmwareText.Memory(info.Layout));
        Assert.Equal(2, info.Regions.Count);
    }

    [Fact]
    public void Memory_inside_the_range_of_a_device_is_memory()
    {
        IomemInfo info = IomemFile.Parse("00000000-ffffffff : bridge\n  40000000-7fffffff : System RAM\n    40000000-40000fff : reserved\n", "bridge");

        Assert.Equal(["0x40000000-0x80000000"], FirmwareText.Memory(info.Layout));
        Assert.Equal(["0x40000000-0x40001000"], FirmwareText.Reserved(info.Layout));
    }

    [Fact]
    public void Memory_that_a_driver_added_is_left_out_with_a_remark()
    {
        IomemInfo info = IomemFile.Parse(
            "40000000-7fffffff : System RAM\n100000000-1ffffffff : Soft Reserved\n"
            + "  100000000-1ffffffff : dax0.0\n    100000000-1ffffffff : System RAM (kmem)\n",
            "dax");

        Assert.Equal(["0x40000000-0x80000000"], FirmwareText.Memory(info.Layout));
        Assert.Equal(["Line 4: memory 0x100000000-0x200000000 was added by a driver after boot and is left out."], info.Remarks);
    }

    [Fact]
    public void Larger_pages_round_memory_inwards_and_no_map_memory_outwards()
    {
        const string Text = """
            40000000-400f7fff : System RAM
            400f8000-400fffff : reserved
            40101000-401fffff : System RAM
              40102000-40102fff : reserved
            50001000-50002fff : System RAM
            """;

        IomemInfo info = IomemFile.Parse(Text, "large", GranuleSize.Size64K);

        Assert.Equal(["0x40000000-0x400f0000", "0x400f0000-0x40100000 no-map", "0x40110000-0x40200000"], FirmwareText.Memory(info.Layout));
        Assert.Equal(["0x40100000-0x40110000"], FirmwareText.Reserved(info.Layout));
        Assert.Equal(
            [
                "Line 1: 0x40000000-0x400f8000 is rounded to 0x40000000-0x400f0000, whole pages of 64 KiB.",
                "Line 2: 0x400f8000-0x40100000 is rounded to 0x400f0000-0x40100000, whole pages of 64 KiB.",
                "Line 3: 0x40101000-0x40200000 is rounded to 0x40110000-0x40200000, whole pages of 64 KiB.",
                "Line 5: 0x50001000-0x50003000 holds no whole page of 64 KiB and is left out.",
            ],
            info.Remarks);
    }

    [Theory]
    [InlineData("00200000-083fffff : System RAM      <- bank", "Line 1: 'System RAM      <- bank' is read as 'System RAM'.")]
    [InlineData("00200000-083fffff : System RAM # first bank", "Line 1: 'System RAM # first bank' is read as 'System RAM'.")]
    [InlineData("00200000-083fffff : System RAM, node 0", "Line 1: 'System RAM, node 0' is read as 'System RAM'.")]
    [InlineData("00200000-083fffff : system ram", "Line 1: 'system ram' is read as 'System RAM'.")]
    [InlineData("00200000-083fffff : System  RAM\t", "Line 1: 'System  RAM' is read as 'System RAM'.")]
    [InlineData("iomem:00200000-083fffff : System RAM", "Line 1: what stands before the range, 'iomem:', does not matter; nor does it in other lines.")]
    [InlineData("/proc/iomem:7:  00200000-083fffff : System RAM", "Line 1: what stands before the range, '/proc/iomem:7:', does not matter; nor does it in other lines.")]
    [InlineData("my-lab.log-12-00200000-083fffff : System RAM", "Line 1: what stands before the range, 'my-lab.log-12-', does not matter; nor does it in other lines.")]
    [InlineData("[   12.345678] 00200000-083fffff : System RAM", "Line 1: what stands before the range, '[   12.345678]', does not matter; nor does it in other lines.")]
    [InlineData("> 00200000-083fffff : System RAM", "Line 1: what stands before the range, '>', does not matter; nor does it in other lines.")]
    [InlineData("\u001b[35miomem\u001b[m\u001b[36m:\u001b[m00200000-083fffff : \u001b[1mSystem RAM\u001b[0m",
        "Line 1: what stands before the range, 'iomem:', does not matter; nor does it in other lines.")]
    public void Memory_that_somebody_marked_is_memory_and_that_is_said(string line, string remark)
    {
        IomemInfo info = IomemFile.Parse($"{line}\r\n09400000-7fffffff : System RAM\r\n", "marked");

        Assert.Equal(["0x200000-0x8400000", "0x9400000-0x80000000"], FirmwareText.Memory(info.Layout));
        Assert.Equal([remark], info.Remarks);
    }

    [Theory]
    [InlineData("e804b000-e804bfff : ", "Line 1: its range has no name, so it is taken for a device's.")]
    [InlineData("e804b000-e804bfff :", "Line 1: its range has no name, so it is taken for a device's.")]
    [InlineData("e804b000-e804bfff : Syst", "Line 1: its name 'Syst' looks like a part of 'System RAM', but is not read as that: it is left out.")]
    [InlineData("e804b000-e804bfff : reserve", "Line 1: its name 'reserve' looks like a part of 'reserved', but is not read as that: it is left out.")]
    [InlineData("e804b000-e804bfff : bank 0: System RAM",
        "Line 1: its name 'bank 0: System RAM' speaks of 'System RAM', but is no name that arm64 kernels print: it is left out.")]
    [InlineData("e804b000-e804bfff : SystemRAM2", "Line 1: its name 'SystemRAM2' speaks of 'System RAM', but is no name that arm64 kernels print: it is left out.")]
    [InlineData("# e804b000-e804bfff : System RAM", "Line 1 is a comment, so its range is left out: '# e804b000-e804bfff : System RAM'.")]
    [InlineData("100000000-1ffffffff : System RAM (virtio_mem)", "Line 1: memory 0x100000000-0x200000000 was added by a driver after boot and is left out.")]
    public void A_line_that_is_left_out_is_said(string line, string remark)
    {
        IomemInfo info = IomemFile.Parse($"{line}\n40000000-bfffffff : System RAM\n", "left");

        Assert.Equal(["0x40000000-0xc0000000"], FirmwareText.Memory(info.Layout));
        Assert.Equal([remark], info.Remarks);
    }

    [Theory]
    [InlineData("e804b000-e804bfff : pl011@9000000 : a name : with colons")]
    [InlineData("e804b000-e804bfff : r\u00e9serv\u00e9 \u2603")]
    [InlineData("e804b000-e804bfff : reserved-memory@40000000")]
    [InlineData("e804b000-e804bfff : Kernel_code.ram")]
    [InlineData("root@lab:~# cat /proc/iomem")]
    public void A_devices_line_needs_no_word(string line) =>
        Assert.Empty(IomemFile.Parse($"{line}\n40000000-bfffffff : System RAM\n", "device").Remarks);

    [Theory]
    [InlineData("", "bad: it is empty, and not a copy of /proc/iomem with lines such as '40000000-7fffffff : System RAM'.")]
    [InlineData("\n  \n# nothing\n", "bad: it is empty, and not a copy of /proc/iomem with lines such as '40000000-7fffffff : System RAM'.")]
    [InlineData(
        "00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n",
        "bad: line 1: its addresses are all zero, as the kernel shows /proc/iomem to ordinary users: read it as root.")]
    [InlineData(
        "00000000-00000000 : reserved\n00000000-00000000 : System RAM\n00000000-00000000 : reserved\n",
        "bad: line 2: its addresses are all zero, as the kernel shows /proc/iomem to ordinary users: read it as root.")]
    [InlineData("0000-0cf7 : PCI Bus 0000:00\n", "bad: no line says System RAM, so there is no memory to map.")]
    [InlineData("40000000-3fffffff : System RAM\n", "bad: line 1: its range '40000000-3fffffff' ends before it starts.")]
    [InlineData("40000000-7ff", "bad: line 1: '40000000-7ff' is not a line of /proc/iomem such as '40000000-7fffffff : System RAM'.")]
    [InlineData(
        "40000000-7fffffff: System RAM", "bad: line 1: '40000000-7fffffff: System RAM' is not a line of /proc/iomem such as '40000000-7fffffff : System RAM'.")]
    [InlineData("-7fffffff : System RAM", "bad: line 1: '-7fffffff : System RAM' is not a line of /proc/iomem such as '40000000-7fffffff : System RAM'.")]
    [InlineData(
        "40000000-10000000000000000 : System RAM",
        "bad: line 1: '40000000-10000000000000000 : System RAM' is not a line of /proc/iomem such as '40000000-7fffffff : System RAM'.")]
    [InlineData("x40000000-7fffffff : System RAM",
        "bad: line 1: 'x40000000-7fffffff : System RAM' is not a line of /proc/iomem such as '40000000-7fffffff : System RAM'.")]
    [InlineData("0x40000000-0x7fffffff : System RAM",
        "bad: line 1: '0x40000000-0x7fffffff : System RAM' is not a line of /proc/iomem such as '40000000-7fffffff : System RAM'.")]
    [InlineData("ab\u0007cd\n", "bad: line 1: 'ab?cd' is not a line of /proc/iomem such as '40000000-7fffffff : System RAM'.")]
    [InlineData("40000000-7fffffff : System RAM\n60000000-8fffffff : System RAM\n", "bad: line 2: its range overlaps that of line 1 without lying inside it.")]
    [InlineData("40000000-7fffffff : System RAM\n7fffffff-8fffffff : device\n", "bad: line 2: its range overlaps that of line 1 without lying inside it.")]
    [InlineData("40000000-7fffffff : System RAM\n50000000-80000000 : device\n", "bad: line 2: its range overlaps that of line 1 without lying inside it.")]
    [InlineData("60000000-8fffffff : System RAM\n40000000-7fffffff : device\n", "bad: line 1: its range overlaps that of line 2 without lying inside it.")]
    [InlineData("40000000-7fffffff : System RAM\n  50000000-5fffffff : System RAM\n", "bad: line 2: it is System RAM inside the System RAM of line 1.")]
    [InlineData("40000000-7fffffff : System RAM\n40000000-7fffffff : System RAM\n", "bad: line 2: it is System RAM inside the System RAM of line 1.")]
    [InlineData("40000000-7fffffff : System RAM\n80000000-80ffffff : Kernel code\n", "bad: line 2: a part of the kernel lies outside System RAM.")]
    [InlineData("40000000-7fffffff : System RAM\n80000000-80ffffff : Crash kernel\n", "bad: line 2: a part of the kernel lies outside System RAM.")]
    [InlineData("00001000-0009fbff : System RAM\n", "bad: line 1: its memory does not begin and end at a 4 KiB page, as arm64 kernels print it.")]
    [InlineData("40000800-7fffffff : System RAM\n", "bad: line 1: its memory does not begin and end at a 4 KiB page, as arm64 kernels print it.")]
    [InlineData("40000000-10000000000fff : System RAM\n", "bad: line 1: its range reaches beyond the 52 bits of a physical address.")]
    [InlineData(
        "40000000-7fffffff : System RAM\nf000000000000000-ffffffffffffffff : reserved\n",
        "bad: line 2: its range reaches beyond the 52 bits of a physical address.")]
    public void A_broken_file_is_refused_with_line_and_reason(string text, string sentence)
    {
        InvalidInputException exception = Assert.Throws<InvalidInputException>(() => IomemFile.Parse(text, "bad"));

        Assert.Equal(sentence, exception.Message);
    }

    [Fact]
    public void What_an_ordinary_user_sees_of_a_real_machine_is_refused()
    {
        IEnumerable<string> lines = FirmwareText.Read("iomem", "efi-2g-6.12.txt").Split('\n').Where(line => line.Length != 0);
        string text = string.Join('\n', lines.Select(line => $"00000000-00000000{line[line.IndexOf(" : ", StringComparison.Ordinal)..]}"));

        InvalidInputException exception = Assert.Throws<InvalidInputException>(() => IomemFile.Parse(text, "mine.txt"));

        Assert.EndsWith("read it as root.", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(GranuleSize.Size16K, "bad: none of its memory is left, because it holds no whole page of 16 KiB.")]
    [InlineData(GranuleSize.Size64K, "bad: none of its memory is left, because it holds no whole page of 64 KiB.")]
    public void Memory_without_a_whole_page_is_refused(GranuleSize granule, string sentence)
    {
        InvalidInputException exception = Assert.Throws<InvalidInputException>(() => IomemFile.Parse("40001000-40003fff : System RAM\n", "bad", granule));

        Assert.Equal(sentence, exception.Message);
    }

    [Fact]
    public void Too_long_lines_too_many_lines_and_too_many_regions_are_refused()
    {
        Assert.Equal(
            "bad: line 1: it is 1044 characters long, more than the 1024 that such a line can have.",
            Assert.Throws<InvalidInputException>(() => IomemFile.Parse($"40000000-7fffffff : {new string('x', 1024)}", "bad")).Message);
        Assert.Equal(
            "bad: it has more than 32768 lines, the most that is read of such a file.",
            Assert.Throws<InvalidInputException>(() => IomemFile.Parse(new string('\n', 40_000), "bad")).Message);
        string many = string.Join('\n', Enumerable.Range(1, 8193).Select(i => $"{i:x}000000-{i:x}000fff : System RAM"));
        Assert.Equal(
            "bad: it has 8193 lines about memory, more than the 8192 that are read.",
            Assert.Throws<InvalidInputException>(() => IomemFile.Parse(many, "bad")).Message);
        Assert.Equal(8192, IomemFile.Parse(many.AsSpan(0, many.LastIndexOf('\n')), "good").Layout.Memory.Count);
    }

    [Fact]
    public void Files_that_are_no_text_or_too_long_are_refused()
    {
        Assert.Equal("binary: it is not a text file, because it holds zero bytes.", FileError("binary", [0x7f, 0x45, 0x4c, 0x46, 0, 0]));
        Assert.Equal("long: it is longer than 4194304 bytes, the most that is read of such a file.", FileError("long", new byte[(4 << 20) + 1]));
        Assert.Equal("broken.gz: it begins as gzip data, but cannot be unpacked.", FileError("broken.gz", [0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
    }

    private static void AssertSmall(string text)
    {
        IomemInfo info = IomemFile.Parse(text, "small");

        Assert.Equal(SmallMemory, FirmwareText.Memory(info.Layout));
        Assert.Equal(SmallReserved, FirmwareText.Reserved(info.Layout));
    }

    private static string FileError(string name, byte[] bytes)
    {
        string folder = Directory.CreateTempSubdirectory("ptewright-iomem-").FullName;
        try
        {
            string path = Path.Combine(folder, name);
            File.WriteAllBytes(path, bytes);
            string message = Assert.Throws<InvalidInputException>(() => IomemFile.Read(path)).Message;
            return message.Replace(folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
