using System.Text.RegularExpressions;
using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Firmware;
using Ptewright.Images;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.Listing;
using Ptewright.Simulation;
using Ptewright.Tests.Kernels;
using Ptewright.Translation;
using Ptewright.Verifying;
using Ptewright.Walking;

namespace Ptewright.Tests.Listing;

/// <summary>A kernel's own listing is read as it was written: what our lister writes of tables comes back as what is in them.</summary>
public partial class PtdumpFileTests
{
    internal const string Small = """
        ---[ Linear Mapping start ]---
        0xffff000000000000-0xffff000000200000           2M PTE       RW NX SHD AF NG         UXN    MEM/NORMAL-TAGGED
        0xffff000000200000-0xffff000002200000          32M PMD       ro NX SHD AF NG     BLK UXN    MEM/NORMAL
        0xffff000002200000-0xffff000002201000           4K PTE     F ro NX SHD AF NG         UXN    MEM/NORMAL
        0xffff000002201000-0xffff000040000000     1013756K PTE   USR RW x  SHD AF    CON            DEVICE/nGnRE
        0xffff000040000000-0xffff008000000000         511G PUD
        0xffff008000000000-0xffff800000000000      130560G PGD
        ---[ Linear Mapping end ]---
        """;

    /// <summary>Every version's format: profile, page size, bits, CPU.</summary>
    public static TheoryData<string, GranuleSize, int, string> Formats => new()
    {
        { "linux-5.15-azure", GranuleSize.Size4K, 48, "cortex-a72" },
        { "linux-6.1", GranuleSize.Size4K, 48, "cortex-a72" },
        { "linux-6.1", GranuleSize.Size4K, 39, "cortex-a72" },
        { "linux-6.1", GranuleSize.Size16K, 47, "cortex-a76" },
        { "linux-6.1", GranuleSize.Size16K, 36, "cortex-a76" },
        { "linux-6.1", GranuleSize.Size64K, 42, "cortex-a72" },
        { "linux-6.1", GranuleSize.Size64K, 52, "max" },
        { "linux-6.12", GranuleSize.Size4K, 39, "cortex-a72" },
        { "linux-6.12", GranuleSize.Size4K, 52, "max" },
        { "linux-6.12", GranuleSize.Size4K, 52, "cortex-a72" },
        { "linux-6.12", GranuleSize.Size16K, 36, "max" },
        { "linux-6.12", GranuleSize.Size16K, 47, "max" },
        { "linux-6.12", GranuleSize.Size16K, 52, "max" },
        { "linux-6.12", GranuleSize.Size64K, 42, "max" },
        { "linux-6.12", GranuleSize.Size64K, 52, "max" },
        { "linux-6.18", GranuleSize.Size4K, 48, "cortex-a72" },
    };

    [Theory]
    [InlineData("6.1-cloud", GranuleSize.Size4K, 48)]
    [InlineData("6.12-cloud", GranuleSize.Size4K, 52)]
    [InlineData("6.12-16k", GranuleSize.Size16K, 52)]
    public void The_listing_of_a_real_kernels_tables_comes_back_as_what_is_in_them(string kernel, GranuleSize granule, int bits)
    {
        using TableFolder capture = new(SampleKernels.PathOf("captures", kernel));
        TranslationRoot root = TranslationRoot.Of(capture.Registers, AddressHalf.Upper);
        using StringWriter text = new();
        ImageLister.List(text, capture, root, SampleKernels.Profile(kernel));

        PtdumpMap map = PtdumpFile.Parse(text.ToString(), "listing");

        Assert.Equal((granule, bits), (map.Root.Granule, map.Root.InputBits));
        Assert.Empty(map.Remarks);
        Assert.Equal(Seen(capture, root, map.ShowsSharing), Seen(map));
        Assert.True(Seen(map).Count > 50);
        Assert.Equal(Markers(text.ToString()), map.Markers.Select(marker => marker.Name));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_versions_listing_comes_back(string profile, GranuleSize granule, int bits, string cpu)
    {
        KernelProfile kernel = KernelProfiles.Find(profile);
        KernelConfig config = kernel.ReadDefaultConfig().WithShape(granule, bits);
        ulong odd = 1UL << (int)granule;
        string memory = $"{(1UL << 30) + odd}@0x40000000,{4UL << 30}@0x100000000";
        KernelMachine machine = new(MemorySpec.Parse(memory, granule), CpuModel.Find(cpu), config, KernelCommandLine.Parse("nokaslr rodata=on kfence.sample_interval=100"));
        KernelPlan plan = kernel.Plan(machine, KernelScope.MapMem);
        using LinearMapSimulation simulation = new(plan.Plan, machine.Cpu.HasRangeInvalidation);
        _ = simulation.Build(plan.Strategy.Options);
        using StringWriter text = new();
        PtdumpLister.List(text, simulation, plan);
        using SimulationImage image = new(simulation.Memory, KernelRegisters.Of(machine, plan, simulation.Root).ForImage());
        TranslationRoot root = TranslationRoot.Of(image.Registers, AddressHalf.Upper);

        foreach (string written in Variants(text.ToString()))
        {
            PtdumpMap map = PtdumpFile.Parse(written, "listing");

            Assert.Equal(granule, map.Root.Granule);
            Assert.Equal(Seen(image, root, map.ShowsSharing), Seen(map));
            Assert.NotEmpty(Seen(map));
        }
    }

    [Fact]
    public void Lines_say_level_attributes_and_type()
    {
        PtdumpMap map = PtdumpFile.Parse(Small, "listing");

        Assert.Equal(
            [
                (0xffff000000000000, 2UL << 20, 3, 0x00600000_00000f07), (0xffff000000200000, 32UL << 20, 2, 0x00600000_00000f81), (0xffff000002200000, 4096UL, 3, 0x00600000_00000f82),
                (0xffff000002201000, 1013756UL << 10, 3, 0x00100000_00000753), (0xffff000040000000, 511UL << 30, 1, 0UL), (0xffff008000000000, 130560UL << 30, 0, 0UL),
            ],
            map.Ranges.Select(range => (range.Start.Value, range.Size, range.Level, range.Bits)));
        Assert.Equal([true, true, false, true, false, false], map.Ranges.Select(range => range.IsMapped));
        Assert.Equal([2, 3, 4, 5, 6, 7], map.Ranges.Select(range => range.Line));
        Assert.Equal(["Linear Mapping start"], map.Markers.Select(marker => marker.Name));
        Assert.Empty(map.Remarks);
    }

    [Fact]
    public void The_linear_map_leads_where_it_is_said_to_and_the_rest_nowhere()
    {
        PtdumpMap map = PtdumpFile.Parse(Small + "\n0xffff800000000000-0xffff800000001000           4K PTE       ro x  SHD AF            UXN    MEM/NORMAL\n", "listing");

        Assert.Equal([true, true, true, false], Ranges(map, new PhysicalAddress(0x4000_0000)).Select(range => range.KnowsPhysical));
        Assert.Equal(0x4220_1000UL, Ranges(map, new PhysicalAddress(0x4000_0000))[2].Physical.Value);
        Assert.DoesNotContain(Ranges(map, null), range => range.KnowsPhysical);
    }

    // 4.19 to 5.3: the linear map last, other names of types, no type for tagged memory.
    [Fact]
    public void Listings_of_old_kernels_are_read()
    {
        PtdumpMap map = PtdumpFile.Parse(
            """
            ---[ Modules start ]---
            0xffff000000000000-0xffff000008000000         128M PTE       ro x  SHD AF            UXN    MEM/NORMAL-WT
            ---[ Linear Mapping ]---
            0xffff800000000000-0xffff800000001000           4K PTE       RW NX SHD AF            UXN    DEVICE/GRE
            0xffff800000001000-0xffff800000200000        2044K PTE       RW NX SHD AF            UXN    MEM/NORMAL
            """,
            "listing");

        List<MappedRange> ranges = Ranges(map, new PhysicalAddress(0x8000_0000));

        Assert.Equal([(byte)0xbb, (byte)0x0c, (byte)0xff], ranges.Select(range => range.Attributes.MemoryAttribute!.Value));
        Assert.Equal([false, true, true], ranges.Select(range => range.KnowsPhysical));
        Assert.Equal(0x8000_1000UL, ranges[2].Physical.Value);
    }

    [Theory]
    [InlineData("0xffff000000000000-0xffff000000200000           1M PTE       RW NX SHD AF            UXN    MEM/NORMAL", "its size is not that of its range")]
    [InlineData("0xffff000000000000-0xffff000000200000           2  PTE", "its size is not that of its range")]
    [InlineData("0xffff000000200000-0xffff000000000000           2M PTE", "its range ends before it starts")]
    [InlineData("0xffff000000000000-0xffff000000200000           2M XYZ", "no level follows the size")]
    [InlineData("0xffff000000000000-0xffff000000200000           2M", "no level follows the size")]
    [InlineData("0xffff000000000000-0xffff000000200000           2M PTE       RW NX SHD AF        BLK UXN    MEM/NORMAL", "it says BLK of pages")]
    [InlineData("0xffff000000000000-0xffff000000200000           2M PMD       RW NX SHD AF            UXN    MEM/NORMAL", "it does not say BLK of blocks")]
    [InlineData("0xffff000000000000-0xffff000000200000           2M PTE       RW ro NX SHD AF         UXN    MEM/NORMAL", "it says both ro and RW")]
    [InlineData("0xffff000000000000-0xffff000000200000           2M PTE       NX SHD AF               UXN    MEM/NORMAL", "it says neither ro nor RW")]
    [InlineData("0xffff000000000000-0xffff000000200000           2M PTE       RW SHD AF               UXN    MEM/NORMAL", "it says neither NX nor x")]
    [InlineData("0xffff000000000000-0xffff000000200000           2M PTE       RW NX NX SHD AF         UXN    MEM/NORMAL", "it says NX twice")]
    [InlineData("0xffff000000000000-0xffff000000200000           2M PTE       RW NX SHD AF            UXN", "it does not say which memory it is")]
    [InlineData("0xffff000000000000-0xffff000000200000           2M PTE       RW NX SHD AF            UXN    MEM/STRANGE", "it says a type of memory that arm64 kernels do not have")]
    [InlineData("0xffff000000000000-0xffff000000200000           2M PTE       RW NX GLB SHD AF        UXN    MEM/NORMAL", "it says what arm64 kernels do not print")]
    [InlineData("0xffff000000000000-0xffff0000002", "it does not begin with two addresses of 16 hexadecimal digits")]
    [InlineData("0xffff00000000000g-0xffff000000200000           2M PTE", "it does not begin with two addresses of 16 hexadecimal digits")]
    [InlineData("0xffff000000000000-0xffff000000200000           2M PMD\n0xffff000000000000-0xffff000000200000           2M PMD", "its range does not lie above that of line 1")]
    [InlineData("0xfffffffffffff000-0x0000000000000000           4K PTE\n0xffff000000000000-0xffff000000200000           2M PMD", "its range does not lie above that of line 1")]
    [InlineData("0x0000000000000000-0x0000000000200000           2M PMD", "it lists addresses of programs")]
    [InlineData("0xffff000000001000-0xffff000000201000           2M PMD", "no page size and size of addresses fits its lines")]
    [InlineData("---[ Linear Mapping start ]---", "it has no line of a kernel's listing of its tables")]
    [InlineData("", "it has no line of a kernel's listing of its tables")]
    public void A_damaged_listing_is_refused(string text, string reason)
    {
        InvalidInputException refused = Assert.Throws<InvalidInputException>(() => PtdumpFile.Parse(text, "listing"));

        Assert.StartsWith("listing: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_left_out_or_missing_is_said()
    {
        string[] lines = Small.Split('\n');

        PtdumpMap map = PtdumpFile.Parse(string.Join('\n', ["root@lab:~# cat kernel_page_tables", .. lines[..2], .. lines[3..5], .. lines[6..]]), "listing");

        Assert.Equal(
            [
                "1 line that is no range and no marker is left out.",
                "Line 4: the addresses before it are not listed, and there are 1 more such gaps; a kernel lists holes too, so lines are missing.",
                "Its lines fit several page sizes; 4K is assumed.",
            ],
            [.. map.Remarks, .. PtdumpFile.Parse("0xfff0000000000000-0x0000000000000000           4P PGD", "listing").Remarks]);
    }

    [Theory]
    [InlineData("empty-6.1-4k-48", GranuleSize.Size4K, 48)]
    [InlineData("empty-6.12-16k-47", GranuleSize.Size16K, 47)]
    [InlineData("empty-6.12-16k-52-pud", GranuleSize.Size16K, 52)]
    [InlineData("empty-6.12-4k-52-p4d", GranuleSize.Size4K, 52)]
    [InlineData("ampereone-12g-blocks", GranuleSize.Size4K, 48)]
    [InlineData("ampereone-12g-pages", GranuleSize.Size4K, 48)]
    [InlineData("linux-6.12-2g-max", GranuleSize.Size4K, 52)]
    public void The_shape_of_the_tables_is_told_by_the_borders(string golden, GranuleSize granule, int bits)
    {
        PtdumpMap map = PtdumpFile.Parse(ListingMachine.Golden(golden), "listing");

        Assert.Equal((granule, bits), (map.Root.Granule, map.Root.InputBits));
    }

    // 4K pages would fit these borders too, but with 4,095 tables of level 2 that have nothing in them.
    [Fact]
    public void Of_page_sizes_that_fit_the_one_with_fewest_empty_tables_is_taken()
    {
        PtdumpMap map = PtdumpFile.Parse(
            """
            0xffff000000000000-0xffff000020000000         512M PMD       RW NX SHD AF        BLK UXN    MEM/NORMAL-TAGGED
            0xffff000020000000-0xffff040000000000     4193792M PMD
            0xffff040000000000-0xffff800000000000         124T PGD
            """,
            "listing");

        Assert.Equal((GranuleSize.Size64K, 48), (map.Root.Granule, map.Root.InputBits));
        Assert.Empty(map.Remarks);
    }

    [Fact]
    public void Blocks_of_two_sizes_are_two_ranges()
    {
        PtdumpMap map = PtdumpFile.Parse(
            """
            0xffff000000000000-0xffff000040000000           1G PUD       RW NX SHD AF        BLK UXN    MEM/NORMAL-TAGGED
            0xffff000040000000-0xffff000040200000           2M PMD       RW NX SHD AF        BLK UXN    MEM/NORMAL-TAGGED
            """,
            "listing");

        Assert.Equal([(1, 1UL << 30), (2, 2UL << 20)], Seen(map).Select(range => (range.Level, range.Size)));
    }

    [Theory]
    [InlineData("golden/ptdump-linux-6.1-2g-cortex-a72.txt", true)]
    [InlineData("dmesg/efi-6.1.log", false)]
    [InlineData("iomem/efi-2g-6.12.txt", false)]
    [InlineData("dtb/virt-2g.dtb", false)]
    [InlineData("captures/6.1-cloud/pages.bin.gz", false)]
    public void A_listing_is_known_by_its_beginning(string file, bool isListing) => Assert.Equal(isListing, PtdumpFile.IsPtdump(SampleKernels.PathOf(file.Split('/'))));

    /// <summary>What a listing shows of its mapped ranges.</summary>
    internal static IReadOnlyList<MappedRange> Seen(PtdumpMap map)
    {
        Collector ranges = new();
        PtdumpView view = new(map.ShowsSharing, ranges);
        map.Report(view, map.Start, map.Last);
        view.Finish();
        return ranges.Ranges;
    }

    private static List<MappedRange> Ranges(PtdumpMap map, PhysicalAddress? memoryStart)
    {
        Collector ranges = new();
        map.Report(ranges, map.Start, map.Last, memoryStart);
        return ranges.Ranges;
    }

    private static List<MappedRange> Seen(MemoryImage image, TranslationRoot root, bool showsSharing)
    {
        Collector ranges = new();
        PtdumpView view = new(showsSharing, ranges);
        _ = TableScanner.Scan(image, root, view);
        view.Finish();
        return ranges.Ranges;
    }

    private static IEnumerable<string> Variants(string text)
    {
        yield return text;
        yield return string.Join('\n', text.Split('\n').Where(line => !line.StartsWith("---[", StringComparison.Ordinal)));
        yield return string.Join("\r\n", text.Split('\n').Select(line => $"<6>[    1.234567] {line}"));
        yield return Blanks().Replace(text, " ");
    }

    private static IEnumerable<string> Markers(string text) =>
        text.Split('\n').Where(line => line.StartsWith("---[ ", StringComparison.Ordinal)).Select(line => line[5..^5]);

    [GeneratedRegex(" +")]
    private static partial Regex Blanks();

    private sealed class Collector : IRangeSink
    {
        public List<MappedRange> Ranges { get; } = [];

        public void OnRange(in MappedRange range) => Ranges.Add(range);

        public void OnProblem(TableProblem problem) => Assert.Fail($"{problem.Kind} at {problem.Address}");
    }
}
