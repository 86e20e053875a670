using System.Globalization;
using System.Text.RegularExpressions;
using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Translation;

namespace Ptewright.Tests.Firmware;

/// <summary>What boot logs say about the UEFI memory map, real ones and broken ones.</summary>
public partial class EfiMapTests
{
    internal const string Small = """
        [    0.000000] Booting Linux on physical CPU 0x0000000000 [0x411fd070]
        [    0.000000] efi:   MemMap Address       : 0x000000004800e9c0
        [    0.000000] efi:   MemMap Size          : 0x0000000000000600
        [    0.000000] efi: EFI v2.7 by EDK II
        [    0.000000] efi: Processing EFI memory map:
        [    0.000000] efi:   0x000040000000-0x000047ffffff [Conventional|   |  |  |  |  |  |  |  |  |  |   |WB|WT|WC|UC]
        [    0.000000] efi:   0x000048000000-0x00004800ffff [ACPI Reclaim|   |  |  |  |  |  |  |  |  |  |   |WB|WT|WC|UC]
        [    0.000000] efi:   0x000048010000-0x00004801ffff [Runtime Data|RUN|  |  |  |  |  |XP|  |  |  |   |WB|WT|WC|UC]
        [    0.000000] efi:   0x000048020000-0x00004fffffff [Boot Data   |   |  |  |  |  |  |  |  |  |  |   |WB|WT|WC|UC]
        [    0.000000] efi:   0x000100000000-0x00017fffffff [Conventional|   |  |  |  |SP|  |  |  |  |  |   |WB|WT|WC|UC]
        [    0.000000] efi:   0x000009010000-0x000009010fff [MMIO        |RUN|  |  |  |  |  |  |  |  |  |   |  |  |  |UC]
        [    0.000000] efi:   0x000004000000-0x000007ffffff [MMIO        |RUN|  |  |  |  |  |  |  |  |  |   |  |  |WC|  ]
        [    0.190000] efi: memattr: Processing EFI Memory Attributes table:
        [    0.190001] efi: memattr:  0x000048010000-0x00004801ffff [Runtime Data|RUN|  |  |  |  |  |XP|  |  |  |   |  |  |  |  ]
        [    1.000000] 0x000000000000-0x000000040000 : "boot loader"
        """;

    internal const string OtherForm = """
        10:00:00 lab kernel: efi: mem00: [Conventional Memory|   |  |  |  |  |  |  |  |   |WB|WT|WC|UC] range=[0x0000000040000000-0x000000004007ffff] (0MB)
        10:00:00 lab kernel: efi: mem01: [Loader Data        |   |  |  |  |  |  |  |  |   |WB|WT|WC|UC] range=[0x0000000040080000-0x0000000040ffffff] (15MB)
        10:00:00 lab kernel: efi: mem02: [type=1879048192|attr=0x800000000000000f] range=[0x0000000041000000-0x00000000410fffff] (1MB)
        10:00:00 lab kernel: efi: mem03: [Persistent Memory  |   |  |NV|  |  |  |  |  |   |WB|  |  |UC] range=[0x0000000042000000-0x00000000420fffff] (1MB)
        10:00:00 lab kernel: efi: mem04: [Reserved           |   |  |  |  |  |  |  |  |   |  |  |  |UC] range=[0x0000000043000000-0x00000000430fffff] (1MB)
        """;

    private static readonly string[] SmallMemory =
        ["0x4000000-0x8000000 no-map", "0x40000000-0x48010000", "0x48010000-0x48020000 no-map", "0x48020000-0x50000000"];

    // The kernel printed what it made of the map: all memory blocks at the end, and what it reserved while it read the map.
    [Theory]
    [InlineData("efi-2g-6.12.log", GranuleSize.Size4K)]
    [InlineData("efi-3g-6.12-16k.log", GranuleSize.Size16K)]
    [InlineData("efi-4g-crash-6.1.log", GranuleSize.Size4K)]
    public void The_map_of_a_real_boot_becomes_what_its_kernel_made_of_it(string file, GranuleSize granule)
    {
        string log = FirmwareText.Read("efi", file);

        EfiMapInfo info = EfiMapFile.Read(FirmwareText.PathOf("efi", file), granule);

        string[] memory =
        [
            .. KernelMemory().Matches(log).Select(match =>
                $"0x{Hex(match.Groups[1]):x}-0x{Hex(match.Groups[2]) + 1:x}{((Hex(match.Groups[3]) & 4) != 0 ? " no-map" : "")}"),
        ];
        Assert.True(memory.Length > 3);
        Assert.Equal(memory, FirmwareText.Memory(info.Layout));
        Assert.Equal(
            Merge(KernelReservations().Matches(log).Select(match => (Hex(match.Groups[1]), Hex(match.Groups[2]) + 1))),
            FirmwareText.Reserved(info.Layout));
        Assert.Empty(info.Remarks);
    }

    // With memory blocks debugged the kernel also prints each range as it rounded it.
    [Theory]
    [InlineData("efi-2g-6.12.log", 4096)]
    [InlineData("efi-3g-6.12-16k.log", 16384)]
    [InlineData("efi-4g-crash-6.1.log", 4096)]
    public void Each_entry_of_a_real_boot_is_read(string file, ulong pageSize)
    {
        string log = FirmwareText.Read("efi", file);

        EfiMapInfo info = EfiMapFile.Parse(log, file);

        Assert.Equal(
            KernelAdditions().Matches(log).Select(match => $"0x{Hex(match.Groups[1]):x}-0x{Hex(match.Groups[2]) + 1:x}"),
            info.Descriptors.Where(descriptor => descriptor.IsMemory)
                .Select(descriptor => $"{descriptor.Start.AlignDown(pageSize)}-{descriptor.End.AlignUp(pageSize)}"));
        Assert.Equal(log.Split('\n').Count(line => line.Contains("efi:   0x", StringComparison.Ordinal)), info.Descriptors.Count);
    }

    // What dmesg, journals, consoles and loggers put around each line.
    [Theory]
    [InlineData("[    0.000000] ", "\u001b[32m[    0.000000] \u001b[0m\u001b[33m")]
    [InlineData("efi: ", "\u001b[33mefi: \u001b[0m")]
    [InlineData("[    0.000000] ", "[    0.000000][    T0] ")]
    [InlineData("[    0.000000] ", "\u001b[32m[    0.000000] \u001b[0m[\u001b[1mT0\u001b[m] ")]
    [InlineData("[    0.000000] ", "<6>[    0.000000] ")]
    [InlineData("[    0.000000] ", "May  1 10:00:00 lab kernel: [    0.000000] ")]
    [InlineData("[    0.000000] ", "2026-05-01T10:00:00,000000+02:00 ")]
    [InlineData("[    0.000000] ", "^[[32m[    0.000000] ^[[0m")]
    [InlineData("[    0.000000] ", "May  1 lab kernel: #033[32m[    0.000000] #033[0m")]
    [InlineData("[    0.000000] ", "\u001b[2J\u001b[H\u001b(B\u0007~x[    0.000000] ")]
    [InlineData("\n", "\u001b[0m\r\n")]
    public void What_stands_around_lines_does_not_matter(string plain, string decorated)
    {
        EfiMapInfo info = EfiMapFile.Parse(Small.Replace(plain, decorated, StringComparison.Ordinal), "small");

        Assert.Equal(SmallMemory, FirmwareText.Memory(info.Layout));
        Assert.Equal(["0x48000000-0x48010000"], FirmwareText.Reserved(info.Layout));
        Assert.Equal(["Line 10: special-purpose memory 0x100000000-0x180000000 is set aside for drivers and left out."], info.Remarks);
    }

    // Old kernels print entries without "efi:".
    [Theory]
    [InlineData("[    0.000000]   ")]
    [InlineData("[    0.000000][    T0]   ")]
    [InlineData("May  1 10:00:00 lab kernel: [    0.000000]   ")]
    [InlineData("May  1 10:00:00 lab kernel:   ")]
    [InlineData("<6>[    0.000000]   ")]
    [InlineData("<6>   ")]
    public void Entries_without_a_label_are_read_behind_any_prefix(string prefix)
    {
        EfiMapInfo info = EfiMapFile.Parse(Small.Replace("[    0.000000] efi:   0x", $"{prefix}0x", StringComparison.Ordinal), "old");

        Assert.Equal(SmallMemory, FirmwareText.Memory(info.Layout));
        Assert.Equal(7, info.Descriptors.Count);
    }

    [Fact]
    public void An_entry_whose_beginning_is_damaged_is_left_out_and_said()
    {
        string one = Small.Replace("efi:   0x000048010000", "ef   0x000048010000", StringComparison.Ordinal);
        string two = one.Replace("efi:   0x000009010000", "efi: #  0x000009010000", StringComparison.Ordinal);

        Assert.Contains("Line 8 looks like an entry of the map whose beginning is damaged, and is left out.", EfiMapFile.Parse(one, "noise").Remarks);
        Assert.Contains("Line 8 and 1 more look like an entry of the map whose beginning is damaged, and are left out.", EfiMapFile.Parse(two, "noise").Remarks);
        Assert.Equal(6, EfiMapFile.Parse(one, "noise").Descriptors.Count);
    }

    [Fact]
    public void Types_and_attributes_decide_what_is_mapped()
    {
        EfiMapInfo info = EfiMapFile.Parse(Small, "small");

        Assert.Equal(SmallMemory, FirmwareText.Memory(info.Layout));
        Assert.Equal(["0x48000000-0x48010000"], FirmwareText.Reserved(info.Layout));
        Assert.Equal(["Line 10: special-purpose memory 0x100000000-0x180000000 is set aside for drivers and left out."], info.Remarks);
        Assert.Equal(7, info.Descriptors.Count);
        Assert.Equal(
            new EfiMemoryDescriptor
            {
                Type = EfiMemoryType.RuntimeServicesData,
                Attributes = EfiMemoryAttributes.Runtime | EfiMemoryAttributes.ExecuteProtected | EfiMemoryAttributes.WriteBack
                    | EfiMemoryAttributes.WriteThrough | EfiMemoryAttributes.WriteCombining | EfiMemoryAttributes.Uncacheable,
                Start = new PhysicalAddress(0x4801_0000),
                Size = 0x1_0000,
                Line = 8,
            },
            info.Descriptors[2]);
    }

    [Fact]
    public void Special_purpose_memory_is_mapped_by_a_kernel_that_does_not_set_it_aside()
    {
        EfiMapInfo info = EfiMapFile.Parse(Small, "small", softReserve: false);

        Assert.Equal([.. SmallMemory, "0x100000000-0x180000000"], FirmwareText.Memory(info.Layout));
        Assert.Empty(info.Remarks);
    }

    [Fact]
    public void The_form_with_numbers_and_the_long_names_are_read()
    {
        EfiMapInfo info = EfiMapFile.Parse(OtherForm, "other");

        Assert.Equal(["0x40000000-0x41000000", "0x41000000-0x41100000 no-map", "0x42000000-0x42100000"], FirmwareText.Memory(info.Layout));
        Assert.Equal((EfiMemoryType)0x7000_0000, info.Descriptors[2].Type);
        Assert.Equal(EfiMemoryAttributes.Runtime | (EfiMemoryAttributes)15, info.Descriptors[2].Attributes);
        Assert.Equal(
            [
                "The line 'Processing EFI memory map:' is missing, so the beginning of the map may be missing too.",
                "The log does not say where the map itself lies (MemMap Address, MemMap Size), so that memory is not reserved.",
            ],
            info.Remarks);
    }

    [Fact]
    public void A_range_that_ends_with_a_round_bracket_names_the_byte_behind()
    {
        EfiMapInfo info = EfiMapFile.Parse(
            "efi: mem37: [Loader Data        |   |  |  |  |   |WB|WT|WC|UC] range=[0x000000006a0c7000-0x000000006a0ca000) (0MB)", "old");

        Assert.Equal(["0x6a0c7000-0x6a0ca000"], FirmwareText.Memory(info.Layout));
    }

    // Linux 3.18 printed no "efi:" before an entry, and a star behind a reserved one.
    [Theory]
    [InlineData("[    0.000000]   0x000000001000-0x000000001fff [Loader Data        |   |  |  |  |   |WB|WT|WC|UC]*")]
    [InlineData("[    0.000000][    T0] efi:   0x000000001000-0x000000001fff [Loader Data |   |  |  |  |  |  |  |  |   |WB|  |  |  ]\r")]
    [InlineData("<6>[    0.000000] efi:   0x1000-0x1fff [Loader Data|WB]")]
    [InlineData("  0x000000001000-0x000000001fff [Loader Data |   |  |  |  |  |  |  |  |  |  |   |WB|  |  |  ]")]
    public void What_consoles_and_kernels_put_around_an_entry_does_not_matter(string line)
    {
        Assert.Equal(["0x1000-0x2000"], FirmwareText.Memory(EfiMapFile.Parse(line, "log").Layout));
    }

    // Linux: efi-init.c is_memory, is_usable_memory, for every type with and without write-back.
    [Theory]
    [InlineData("Reserved", "no-map", "no-map")]
    [InlineData("Loader Code", "mapped", "no-map")]
    [InlineData("Loader Data", "mapped", "no-map")]
    [InlineData("Boot Code", "mapped", "no-map")]
    [InlineData("Boot Data", "mapped", "no-map")]
    [InlineData("Runtime Code", "no-map", "no-map")]
    [InlineData("Runtime Data", "no-map", "no-map")]
    [InlineData("Conventional", "mapped", "no-map")]
    [InlineData("Unusable", "no-map", "no-map")]
    [InlineData("ACPI Reclaim", "mapped", "no-map")]
    [InlineData("ACPI Mem NVS", "no-map", "no-map")]
    [InlineData("MMIO", "no-map", "no-map")]
    [InlineData("MMIO Port", "no-map", "no-map")]
    [InlineData("PAL Code", "no-map", "no-map")]
    [InlineData("Persistent", "mapped", "no-map")]
    [InlineData("Unaccepted", "no-map", "no-map")]
    [InlineData("type=16", "no-map", "no-map")]
    [InlineData("type=4294967295", "no-map", "no-map")]
    public void Each_type_is_mapped_or_not_as_in_linux(string type, string withWriteBack, string withWriteThrough)
    {
        EfiMapInfo info = EfiMapFile.Parse(
            $"""
            efi:   0x000000000000-0x00000000ffff [Conventional|   |WB|  |  |  ]
            efi:   0x000010000000-0x00001000ffff [{type}|   |WB|WT|WC|UC]
            efi:   0x000020000000-0x00002000ffff [{type}|   |  |WT|  |  ]
            efi:   0x000030000000-0x00003000ffff [{type}|   |  |  |WC|UC]
            efi:   0x000040000000-0x00004000ffff [{type}|RUN|  |  |  |UC]
            """,
            "types");

        Assert.Equal(
            [
                "0x0-0x10000",
                $"0x10000000-0x10010000{(withWriteBack == "no-map" ? " no-map" : "")}",
                $"0x20000000-0x20010000{(withWriteThrough == "no-map" ? " no-map" : "")}",
                "0x30000000-0x30010000 no-map",
            ],
            FirmwareText.Memory(info.Layout));
        Assert.Equal(
            type == "ACPI Reclaim" ? ["0x10000000-0x10010000", "0x20000000-0x20010000", "0x30000000-0x30010000"] : [],
            FirmwareText.Reserved(info.Layout));
    }

    // Each entry is rounded outwards; a page that two share is no-map whichever comes first.
    [Fact]
    public void Pages_larger_than_those_of_efi_are_rounded_outwards()
    {
        EfiMapInfo info = EfiMapFile.Parse(
            """
            efi:   0x000040000000-0x000040008fff [Conventional|WB]
            efi:   0x000040009000-0x000040011fff [Runtime Code|RUN|WB]
            efi:   0x000040012000-0x00004002ffff [Conventional|WB]
            efi:   0x000040031000-0x000040031fff [Conventional|WB]
            efi:   0x000040042000-0x000040042fff [ACPI Reclaim|WB]
            """,
            "large", GranuleSize.Size64K);

        Assert.Equal(["0x40000000-0x40020000 no-map", "0x40020000-0x40050000"], FirmwareText.Memory(info.Layout));
        Assert.Equal(["0x40040000-0x40050000"], FirmwareText.Reserved(info.Layout));
    }

    [Fact]
    public void Entries_of_no_pages_are_ignored_with_a_remark()
    {
        EfiMapInfo info = EfiMapFile.Parse(
            """
            efi: Processing EFI memory map:
            efi:   0x000000000000-0xffffffffffffffff [Conventional|WB]
            efi:   0x000040000000-0x00003fffffff [Conventional|WB]
            efi:   0x000040000000-0x00004fffffff [Conventional|WB]
            """,
            "empty");

        Assert.Equal(["0x40000000-0x50000000"], FirmwareText.Memory(info.Layout));
        Assert.Equal(["Line 2: an entry of no pages is ignored.", "Line 3: an entry of no pages is ignored."], info.Remarks.Take(2));
    }

    [Fact]
    public void Device_memory_may_lie_beyond_52_bits_and_end_at_the_top()
    {
        EfiMapInfo info = EfiMapFile.Parse(
            "efi:   0x000040000000-0x00004fffffff [Conventional|WB]\nefi:   0xf000000000000000-0xffffffffffffffff [MMIO|RUN|UC]\n", "top");

        Assert.Equal(["0x40000000-0x50000000"], FirmwareText.Memory(info.Layout));
    }

    [Theory]
    [InlineData("", "bad: it has no line of an EFI memory map, which the kernel prints when it is started with efi=debug.")]
    [InlineData(
        "[    0.000000] efi: EFI v2.7 by EDK II\n[    0.1] efi: memattr:  0x00001000-0x00001fff [Runtime Code|RUN|WB]\n"
        + "[    1.0] 0x000000000000-0x000000040000 : \"u-boot\"\n",
        "bad: it has no line of an EFI memory map, which the kernel prints when it is started with efi=debug.")]
    [InlineData(
        "efi:   0x000040000000-0x00004fff",
        "bad: line 1: '0x000040000000-0x00004fff' is no entry of an EFI memory map: it has no [type|attributes] and looks cut off.")]
    [InlineData(
        "efi:   0x000040000000-0x00004fffffff [Conventional|   |",
        "bad: line 1: '0x000040000000-0x00004fffffff [Conventional|   |' is no entry of an EFI memory map: it has no [type|attributes] and looks cut off.")]
    [InlineData(
        "efi: mem00: [Conventional|WB] range=[0x000040000000-0x0000",
        "bad: line 1: 'mem00: [Conventional|WB] range=[0x000040000000-0x0000' is no entry of an EFI memory map: it has no range=[...] and looks cut off.")]
    [InlineData(
        "efi:   0x000040000000-00004fffffff [Conventional|WB]",
        "bad: line 1: '0x000040000000-00004fffffff [Conventional|WB]' is no entry of an EFI memory map: "
        + "its range is not two addresses such as 0x000040000000-0x00004007ffff.")]
    [InlineData(
        "efi:   0x000040000000 [Conventional|WB]",
        "bad: line 1: '0x000040000000 [Conventional|WB]' is no entry of an EFI memory map: its range is not two addresses such as "
        + "0x000040000000-0x00004007ffff.")]
    [InlineData(
        "\nefi:   0x000040001000-0x00003fffffff [Conventional|WB]",
        "bad: line 2: '0x000040001000-0x00003fffffff [Conventional|WB]' is no entry of an EFI memory map: its range ends before it starts.")]
    [InlineData(
        "efi:   0x000040000800-0x00004fffffff [Conventional|WB]",
        "bad: line 1: '0x000040000800-0x00004fffffff [Conventional|WB]' is no entry of an EFI memory map: its range is not whole pages of 4 KiB, in "
        + "which EFI counts.")]
    [InlineData(
        "efi:   0x000040000000-0x00004ffffffe [Conventional|WB]",
        "bad: line 1: '0x000040000000-0x00004ffffffe [Conventional|WB]' is no entry of an EFI memory map: its range is not whole pages of 4 KiB, in "
        + "which EFI counts.")]
    [InlineData(
        "efi:   0x000040000000-0x00004fffffff [Conventinal|WB]",
        "bad: line 1: '0x000040000000-0x00004fffffff [Conventinal|WB]' is no entry of an EFI memory map: 'Conventinal' is not a type of memory that "
        + "Linux prints.")]
    [InlineData(
        "efi:   0x000040000000-0x00004fffffff [type=4294967296|WB]",
        "bad: line 1: '0x000040000000-0x00004fffffff [type=4294967296|WB]' is no entry of an EFI memory map: 'type=4294967296' is not a type of "
        + "memory that Linux prints.")]
    [InlineData(
        "efi:   0x000040000000-0x00004fffffff [Conventional|XX]",
        "bad: line 1: '0x000040000000-0x00004fffffff [Conventional|XX]' is no entry of an EFI memory map: 'XX' is not an attribute that Linux prints.")]
    [InlineData(
        "efi:   0x000040000000-0x00004fffffff [Conventional|attr=8]",
        "bad: line 1: '0x000040000000-0x00004fffffff [Conventional|attr=8]' is no entry of an EFI memory map: 'attr=8' is not an attribute that Linux prints.")]
    [InlineData(
        "efi:   0x000040000000-0x00004fffffff [Conventional]",
        "bad: line 1: '0x000040000000-0x00004fffffff [Conventional]' is no entry of an EFI memory map: it has a type but no attributes and looks cut off.")]
    [InlineData(
        "efi:   0x000050000000-0x00005fffffff [Conventional|WB]\nefi:   0x000040000000-0x000050000fff [Boot Data|WB]\n",
        "bad: line 2: its range overlaps that of line 1.")]
    [InlineData(
        "efi:   0xf000000000000000-0xffffffffffffffff [MMIO|UC]\nefi:   0xf000000000001000-0xf000000000001fff [MMIO|UC]\n",
        "bad: line 2: its range overlaps that of line 1.")]
    [InlineData(
        "efi: Processing EFI memory map:\nefi:   0x000040000000-0x00004fffffff [Conventional|WB]\nefi: Processing EFI memory map:\n",
        "bad: line 3: a second map begins here, after that of line 2: give the log of one boot.")]
    [InlineData("efi:   0x000040000000-0x10000000000fff [Conventional|WB]\n", "bad: line 1: its memory reaches beyond the 52 bits of a physical address.")]
    [InlineData(
        "efi:   0xfffffffffffff000-0xffffffffffffffff [Conventional|WB]\n", "bad: line 1: its memory reaches beyond the 52 bits of a physical address.")]
    [InlineData(
        "efi:   MemMap Address : 0x000ffffffffff000\nefi:   MemMap Size : 0x1001\nefi:   0x000040000000-0x00004fffffff [Conventional|WB]\n",
        "bad: line 2: the map itself reaches beyond the 52 bits of a physical address.")]
    [InlineData(
        "efi:   MemMap Size : 0xffffffffffffffff\nefi:   MemMap Address : 0xffffffffffffffff\nefi:   0x000040000000-0x00004fffffff [Conventional|WB]\n",
        "bad: line 1: the map itself reaches beyond the 52 bits of a physical address.")]
    [InlineData("efi:   0x000040000000-0x00004fffffff [Runtime Data|WB]\n", "bad: the map has no memory that a kernel may map.")]
    [InlineData("efi:   0x000040000000-0x00004fffffff [Conventional|SP|WB]\n", "bad: the map has no memory that a kernel may map.")]
    public void A_broken_log_is_refused_with_line_and_reason(string text, string sentence)
    {
        InvalidInputException exception = Assert.Throws<InvalidInputException>(() => EfiMapFile.Parse(text, "bad"));

        Assert.Equal(sentence, exception.Message);
    }

    [Fact]
    public void Too_many_entries_are_refused()
    {
        string many = string.Join('\n', Enumerable.Range(1, 8193).Select(i => $"efi:   0x{i:x}0000000-0x{i:x}0000fff [Conventional|WB]"));

        Assert.Equal(
            "bad: line 8193: it is entry 8193 of the map, and no more than 8192 are read.",
            Assert.Throws<InvalidInputException>(() => EfiMapFile.Parse(many, "bad")).Message);
        Assert.Equal(8192, EfiMapFile.Parse(many.AsSpan(0, many.LastIndexOf('\n')), "good").Layout.Memory.Count);
    }

    private static string[] Merge(IEnumerable<(ulong Start, ulong End)> ranges)
    {
        List<(ulong Start, ulong End)> merged = [];
        foreach ((ulong start, ulong end) in ranges.OrderBy(range => range.Start))
        {
            if (merged.Count != 0 && merged[^1].End >= start)
            {
                merged[^1] = (merged[^1].Start, Math.Max(merged[^1].End, end));
            }
            else
            {
                merged.Add((start, end));
            }
        }

        return [.. merged.Select(range => $"0x{range.Start:x}-0x{range.End:x}")];
    }

    private static ulong Hex(Group group) => ulong.Parse(group.ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    [GeneratedRegex(@" memory\[0x\w+\]\s+\[0x(\w+)-0x(\w+)\], 0x0*[1-9a-f]\w* bytes .*flags: 0x(\w+)")]
    private static partial Regex KernelMemory();

    [GeneratedRegex(@"memblock_reserve: \[0x(\w+)-0x(\w+)\] (?:reserve_regions|efi_init)\+")]
    private static partial Regex KernelReservations();

    [GeneratedRegex(@"memblock_add: \[0x(\w+)-0x(\w+)\] early_init_dt_add_memory_arch\+")]
    private static partial Regex KernelAdditions();
}
