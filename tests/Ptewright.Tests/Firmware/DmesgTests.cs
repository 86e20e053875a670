using Ptewright.Firmware;
using Ptewright.Kernels.Cpus;
using Ptewright.Translation;

namespace Ptewright.Tests.Firmware;

/// <summary>What ordinary boot logs say about memory, real ones and broken ones.</summary>
public class DmesgTests
{
    internal const string Small = """
        [    0.000000] Booting Linux on physical CPU 0x0000000000 [0x413fd0c1]
        [    0.000000] Linux version 6.1.0-18-arm64 (builder@lab) (gcc-12) #1 SMP
        [    0.000000] Machine model: Some Board
        [    0.000000] efi: UEFI not found.
        [    0.000000] Early memory node ranges
        [    0.000000]   node   0: [mem 0x0000000040000000-0x000000004fffffff]
        [    0.000000]   node   0: [mem 0x0000000050000000-0x00000000500fffff]
        [    0.000000]   node   0: [mem 0x0000000050100000-0x000000007fffffff]
        [    0.000000] Kernel command line: nokaslr rodata=on
        [    0.000000] Memory: 1000000K/1048576K available (12096K kernel code, 2022K rwdata, 7824K rodata, 4608K init, 588K bss, 48576K reserved, 0K cma-reserved)
        """;

    private const string NoEfi = "efi: UEFI not found.\n";
    private static readonly string[] _smallMemory = ["0x40000000-0x50000000", "0x50000000-0x50100000 no-map", "0x50100000-0x80000000"];

    // The machine's own /proc/iomem is the judge: it shows the same memory blocks, with their flags.
    [Theory]
    [InlineData("dt-6.1")]
    [InlineData("efi-6.1")]
    [InlineData("efi-6.12")]
    [InlineData("efi-numa-6.12")]
    [InlineData("nomap-6.1")]
    [InlineData("nomap-6.12")]
    [InlineData("numa-6.1")]
    public void The_memory_of_a_real_log_is_that_of_the_same_machines_proc_iomem(string machine)
    {
        DmesgInfo log = Real(machine);

        Assert.Equal(FirmwareText.Memory(IomemFile.Read(FirmwareText.PathOf("dmesg", machine + ".iomem")).Layout), FirmwareText.Memory(log.Layout));
    }

    [Fact]
    public void An_efi_boot_tells_flags_by_use_by_borders_and_by_what_is_usual()
    {
        DmesgInfo log = Real("efi-6.12");

        Assert.Equal(
            ["0x4000000 True Assumed", "0x40000000 False Stated", "0xbc440000 True Inferred", "0xbc730000 False Stated", "0xbfc00000 True Inferred", "0xbffe0000 False Inferred"],
            log.Ranges.Select(range => $"{range.Start} {range.NoMap} {range.Evidence}"));
        Assert.Contains(log.Remarks, remark => remark.Contains("0x4000000-0x8000000 is small and touches no other memory", StringComparison.Ordinal));
        Assert.Contains(log.Remarks, remark => remark.StartsWith("The kernel was started by EFI, and it has no EFI memory map", StringComparison.Ordinal));
    }

    // 6.4 and later print the first region of each node; the second one shows as a border alone.
    [Fact]
    public void Reservations_of_a_device_tree_are_stated_and_reserved()
    {
        DmesgInfo log = Real("nomap-6.12");

        Assert.Equal(
            ["0x40000000 False Stated", "0x50000000 True Stated", "0x50110000 False Stated", "0x60000000 True Stated", "0x60200000 False Inferred", "0x61000000 True Inferred", "0x61010000 False Stated"],
            log.Ranges.Select(range => $"{range.Start} {range.NoMap} {range.Evidence}"));
        Assert.Equal(["0x70000000-0x70100000", "0x7f000000-0x80000000"], FirmwareText.Reserved(log.Layout));
    }

    // As memblock has them: nothing of a page is lost. 6.12's /proc/iomem rounds what is no-map outwards.
    [Fact]
    public void Reservations_that_begin_within_a_page_leave_the_rest_of_it_as_memory() => Assert.Equal(
        ["0x40000000-0x50000800", "0x50000800-0x50100800 no-map", "0x50100800-0x60000400", "0x60000400-0x60000600 no-map", "0x60000600-0x80000000"],
        FirmwareText.Memory(Real("torn-6.12").Layout));

    [Fact]
    public void A_page_that_is_missing_is_said_where_the_kernel_prints_no_reservations()
    {
        string[] missing = [.. Real("torn-6.1").Remarks.Where(remark => remark.Contains("one page is missing", StringComparison.Ordinal))];

        Assert.Equal(3, missing.Length);
        Assert.Contains("at 0x50000000:", missing[0], StringComparison.Ordinal);
        Assert.DoesNotContain(Real("torn-6.12").Remarks, remark => remark.Contains("one page is missing", StringComparison.Ordinal));
    }

    [Fact]
    public void Kernel_machine_and_cpu_are_read()
    {
        DmesgInfo log = Parse(Small);

        Assert.Equal("6.1.0-18-arm64", log.Version.ToString());
        Assert.Equal("nokaslr rodata=on", log.CommandLine);
        Assert.Equal("Some Board", log.Model);
        Assert.Equal("neoverse-n1", MainIdRegister.NameOf(log.CpuId!.Value));
        Assert.False(log.HasEfi);
        Assert.False(log.HasKaslr);
        Assert.True(Parse(Small + "\nKASLR enabled").HasKaslr);
        Assert.Equal(_smallMemory, FirmwareText.Memory(log.Layout));
    }

    [Theory]
    [InlineData("<6>", "")]
    [InlineData("Nov 27 02:14:00 lab kernel: ", "\r")]
    [InlineData("\u001b[32m", "\u001b[0m")]
    [InlineData("kern  :info  : ", "  ")]
    public void What_is_put_around_lines_changes_nothing(string before, string behind)
    {
        string log = string.Join('\n', Small.Split('\n').Select(line => before + line.TrimEnd() + behind));

        Assert.Equal(_smallMemory, FirmwareText.Memory(Parse(log).Layout));
        Assert.Equal("nokaslr rodata=on", Parse(log).CommandLine);
    }

    // With earlycon everything up to the real console's first line comes twice.
    [Fact]
    public void What_a_console_repeats_counts_once()
    {
        string[] lines = Small.Split('\n');
        string replayed = string.Join('\n', [.. lines[..8], .. lines]);

        DmesgInfo log = Parse(replayed);

        Assert.Equal(_smallMemory, FirmwareText.Memory(log.Layout));
        Assert.Equal([14, 15, 16], log.Ranges.Select(range => range.Line));
    }

    [Theory]
    [InlineData("0x50000000", false)]
    [InlineData("0x50100000", true)]
    public void The_log_of_two_boots_is_refused(string second, bool hasOtherLines)
    {
        string other = Small.Replace("0x0000000050000000-", $"0x00000000{second[2..]}-", StringComparison.Ordinal);

        InvalidInputException refused = Assert.Throws<InvalidInputException>(() => Parse($"{Small}\n{(hasOtherLines ? "x\n" : "[    9.0] shutting down\n")}{other}"));

        Assert.Equal("log: line 13: a second boot begins here: give the log of one boot, as 'journalctl -k -b' prints it.", refused.Message);
    }

    [Theory]
    [InlineData("", "it has no line 'Early memory node ranges' and so does not say where memory is")]
    [InlineData("[   12.000000] usb 1-1: new device", "its beginning was overwritten or not printed (quiet)")]
    [InlineData("Early memory node ranges", "no range follows its line 'Early memory node ranges'")]
    [InlineData("node   0: [mem 0x0000000040000000-0x00000000", "is no range such as")]
    [InlineData("node   0: [mem 0x0000000040000000-0x000000007ffffff0]", "is not whole pages of 4 KiB")]
    [InlineData("node   0: [mem 0x0000000040000800-0x000000007fffffff]", "is not whole pages of 4 KiB")]
    [InlineData("node   0: [mem 0x0000000040000000-0x001fffffffffffff]", "within the 52 bits of a physical address")]
    [InlineData("node   x: [mem 0x0000000040000000-0x000000007fffffff]", "is no range such as")]
    [InlineData("node   0: [mem 0x40000000-0x7fffffff]\nnode   1: [mem 0x7ffff000-0x8fffffff]", "line 2: its range does not lie above that of line 1")]
    [InlineData("OF: reserved mem: 0x0000000050000000..0x000000005\nnode 0: [mem 0x40000000-0x7fffffff]", "is no reserved memory such as")]
    [InlineData("Linux version 6.1.0\nLinux version 6.1.0", "line 2: a second boot begins here")]
    [InlineData("node 0: [mem 0x40000000-0x7fffffff]\nMemory: 1K/2097152K available", "its ranges are 1048576 KiB of memory, but the kernel counted 2097152 KiB")]
    public void A_log_that_does_not_say_it_is_refused(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidInputException>(() => Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Without_the_kernels_count_it_is_said_that_none_was_compared() =>
        Assert.Contains("The log has no line 'Memory: ... available', so it is not checked that no range is missing.", Parse("node 0: [mem 0x40000000-0x7fffffff]").Remarks);

    [Theory]

    // The largest of a row is taken for mapped.
    [InlineData("node 0: [mem 0x40000000-0x4fffffff]\nnode 0: [mem 0x50000000-0x8fffffff]", "0x40000000-0x50000000 no-map|0x50000000-0x90000000")]

    // Other nodes, and memory that can be taken out, have borders of their own.
    [InlineData("node 0: [mem 0x40000000-0x4fffffff]\nnode 1: [mem 0x50000000-0x8fffffff]", "0x40000000-0x90000000")]
    [InlineData("ACPI: SRAT: Node 0 PXM 0 [mem 0x40000000-0x4fffffff] hotplug\nnode 0: [mem 0x40000000-0x4fffffff]\nnode 0: [mem 0x50000000-0x8fffffff]", "0x40000000-0x90000000")]
    [InlineData("ACPI: SRAT: Node 0 PXM 0 [mem 0x40000000-0x4fffffff]\nnode 0: [mem 0x40000000-0x4fffffff]\nnode 0: [mem 0x50000000-0x8fffffff]", "0x40000000-0x50000000 no-map|0x50000000-0x90000000")]
    [InlineData("efi: Memory: 1024M/2048M mirrored memory\nnode 0: [mem 0x40000000-0x4fffffff]\nnode 0: [mem 0x50000000-0x8fffffff]", "0x40000000-0x90000000")]

    // What the kernel uses is mapped, however small.
    [InlineData("NODE_DATA(0) allocated [mem 0x4ffff000-0x4fffffff]\nnode 0: [mem 0x40000000-0x4fffffff]\nnode 0: [mem 0x50000000-0x8fffffff]", "0x40000000-0x50000000|0x50000000-0x90000000 no-map")]
    [InlineData("software IO TLB: mapped [mem 0x4e000000-0x4effffff] (16MB)\nnode 0: [mem 0x40000000-0x4fffffff]\nnode 0: [mem 0x50000000-0x8fffffff]", "0x40000000-0x50000000|0x50000000-0x90000000 no-map")]
    [InlineData("cma: Reserved 64 MiB at 0x0000000048000000\nnode 0: [mem 0x40000000-0x4fffffff]\nnode 0: [mem 0x50000000-0x8fffffff]", "0x40000000-0x50000000|0x50000000-0x90000000 no-map")]
    [InlineData("crashkernel reserved: 0x0000000048000000 - 0x000000004c000000 (64 MB)\nnode 0: [mem 0x40000000-0x4fffffff]\nnode 0: [mem 0x50000000-0x8fffffff]", "0x40000000-0x50000000|0x50000000-0x90000000 no-map")]

    // More than the kernel lacks cannot be missing from it; where that holds on both sides of a border, it is of another flag.
    [InlineData("node 0: [mem 0x40000000-0x4fffffff]\nnode 0: [mem 0x50000000-0x5fffffff]\nnode 0: [mem 0x60000000-0x600fffff]\nMemory: 262144K/525312K available (1K kernel code, 262144K reserved, 0K cma-reserved)", "0x40000000-0x50000000|0x50000000-0x60000000 no-map|0x60000000-0x60100000")]
    [InlineData("node 0: [mem 0x40000000-0x4fffffff]\nnode 0: [mem 0x50000000-0x8fffffff]\nMemory: 1048576K/1310720K available (1K kernel code, 262143K reserved, 0K cma-reserved)", "0x40000000-0x90000000")]

    // In an EFI boot small memory that stands apart is the firmware's.
    [InlineData("efi: EFI v2.7 by EDK II\nnode 0: [mem 0x04000000-0x07ffffff]\nnode 0: [mem 0x50000000-0x8fffffff]", "0x4000000-0x8000000 no-map|0x50000000-0x90000000")]
    [InlineData("efi: EFI v2.7 by EDK II\nnode 0: [mem 0x04000000-0x08ffffff]\nnode 0: [mem 0x50000000-0x8fffffff]", "0x4000000-0x9000000|0x50000000-0x90000000")]
    [InlineData("node 0: [mem 0x04000000-0x07ffffff]\nnode 0: [mem 0x50000000-0x8fffffff]", "0x4000000-0x8000000 no-map|0x50000000-0x90000000")]
    [InlineData(NoEfi + "node 0: [mem 0x04000000-0x07ffffff]\nnode 0: [mem 0x50000000-0x8fffffff]", "0x4000000-0x8000000|0x50000000-0x90000000")]

    // A reservation that the kernel could not make leaves the range whole.
    [InlineData(NoEfi + "OF: reserved mem: 0x0000000050000000..0x00000000500fffff (1024 KiB) nomap non-reusable fw\nnode 0: [mem 0x40000000-0x8fffffff]", "0x40000000-0x90000000")]
    [InlineData(NoEfi + "OF: reserved mem: 0x0000000050000000..0x00000000500fffff ( 1024 KB ) nomap non-reusable fw\nnode 0: [mem 0x40000000-0x4fffffff]\nnode 0: [mem 0x50000000-0x500fffff]\nnode 0: [mem 0x50100000-0x503fffff]", "0x40000000-0x50000000|0x50000000-0x50100000 no-map|0x50100000-0x50400000")]
    public void Which_ranges_are_no_map_is_told_by_what_the_log_has(string log, string memory) => Assert.Equal(memory.Split('|'), FirmwareText.Memory(Parse(log).Layout));

    [Fact]
    public void An_efi_memory_map_in_the_log_says_exactly_what_is_no_map_and_reserved()
    {
        const string ranges = """

            [    0.2] Early memory node ranges
            [    0.2]   node   0: [mem 0x0000000004000000-0x0000000007ffffff]
            [    0.2]   node   0: [mem 0x0000000040000000-0x000000004800ffff]
            [    0.2]   node   0: [mem 0x0000000048010000-0x000000004801ffff]
            [    0.2]   node   0: [mem 0x0000000048020000-0x000000004fffffff]
            """;

        DmesgInfo log = Parse(EfiMapTests.Small + ranges);

        Assert.Equal(["0x4000000-0x8000000 no-map", "0x40000000-0x48010000", "0x48010000-0x48020000 no-map", "0x48020000-0x50000000"], FirmwareText.Memory(log.Layout));
        Assert.All(log.Ranges, range => Assert.Equal(DmesgEvidence.Stated, range.Evidence));
        Assert.Equal(["0x48000000-0x48010000"], FirmwareText.Reserved(log.Layout));
        Assert.DoesNotContain(log.Remarks, remark => remark.Contains("no EFI memory map", StringComparison.Ordinal));
    }

    [Fact]
    public void Larger_pages_round_memory_inwards_and_no_map_memory_outwards()
    {
        DmesgInfo log = DmesgFile.Parse(NoEfi + "node 0: [mem 0x40001000-0x4fffffff]\nnode 0: [mem 0x50000000-0x50000fff]\nnode 0: [mem 0x50001000-0x8fffffff]", "log", GranuleSize.Size64K);

        Assert.Equal(["0x40010000-0x50000000", "0x50000000-0x50010000 no-map", "0x50010000-0x90000000"], FirmwareText.Memory(log.Layout));
        Assert.Contains("Line 2: 0x40001000-0x50000000 is rounded to 0x40010000-0x50000000, whole pages of 64 KiB.", log.Remarks);
    }

    [Fact]
    public void A_command_line_that_fills_the_line_may_be_cut()
    {
        string line = "Kernel command line: " + new string('x', 990) + "\nnode 0: [mem 0x40000000-0x7fffffff]";

        Assert.Contains("Line 1: the command line is as long as a line of the log can be, so its end may be missing.", Parse(line).Remarks);
    }

    private static DmesgInfo Parse(string text) => DmesgFile.Parse(text, "log");

    private static DmesgInfo Real(string machine) => DmesgFile.Read(FirmwareText.PathOf("dmesg", machine + ".log"));
}
