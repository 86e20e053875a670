using System.Globalization;
using Ptewright.Addressing;
using Ptewright.DeviceTree;
using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.Memory;
using Ptewright.Tests.Firmware;
using Ptewright.Translation;

namespace Ptewright.Tests.Kernels;

/// <summary>Reserved regions with a size and no place lie where real kernels put them, and each version's own rules are why.</summary>
public sealed class PlacedRegionTests
{
    [Fact]
    public void Regions_are_placed_and_given_back_as_real_kernels_do() => Vectors.Check("placed-regions.txt", 6, item =>
    {
        KernelPlan plan = PlanOf(item);
        string[] events = item.Text(5).Split(',');
        string[] released = [.. events.Where(text => text.StartsWith('-')).Select(text => text[1..])];

        Assert.Equal(
            events.Where(text => !text.StartsWith('-')).Order(StringComparer.Ordinal),
            plan.PlacedRegions.Where(region => region.Start is not null).Select(PlaceText).Order(StringComparer.Ordinal));
        Assert.Equal(
            released.Order(StringComparer.Ordinal),
            plan.Remarks.Where(remark => remark.Contains("is reserved no more", StringComparison.Ordinal))
                .Select(remark => remark.Split(' ')[2].Split('-')[0][2..]).Order(StringComparer.Ordinal));
    });

    [Fact]
    public void Two_regions_of_an_old_kernel_are_placed_in_the_order_in_which_its_sort_leaves_equals()
    {
        DtbWriter Regions(DtbWriter tree) => tree.BeginReservations()
            .Begin("dsp").Numbers("size", 0x200_0000).Numbers("alignment", 0x20_0000).Flag("no-map").End()
            .Begin("cma").Numbers("size", 0x400_0000).Numbers("alignment", 0x40_0000).Text("compatible", "shared-dma-pool").Flag("reusable").Flag("linux,cma-default").End()
            .End();

        Assert.Equal(["7a000000+2000000", "7c000000+4000000"], Places("linux-6.1", Regions));
        Assert.Equal(["7a000000+2000000", "7c000000+4000000"], Places("linux-5.15-azure", Regions));
        Assert.Equal(["7e000000+2000000", "7a000000+4000000"], Places("linux-6.12", Regions));
        Assert.Equal(["7e000000+2000000", "7a000000+4000000"], Places("linux-6.18", Regions));
    }

    [Theory]
    [InlineData("linux-5.15-azure", 0x40_0000)]
    [InlineData("linux-6.1", 0x20_0000)]
    [InlineData("linux-6.12", 0x20_0000)]
    public void Contiguous_memory_has_the_alignment_of_the_version(string kernel, ulong alignment) =>
        Assert.Equal(
            [$"{0x8000_0000 - alignment:x}+{alignment:x}"],
            Places(kernel, tree => tree.BeginReservations()
                .Begin("cma").Numbers("size", alignment).Text("compatible", "shared-dma-pool").Flag("reusable").End().End()));

    [Theory]
    [InlineData("linux-6.12", "HUGETLB_PAGE=y TRANSPARENT_HUGEPAGE=y", 0x20_0000)]
    [InlineData("linux-6.12", "TRANSPARENT_HUGEPAGE=y", 0x20_0000)]
    [InlineData("linux-6.12", "", 0x40_0000)]
    [InlineData("linux-6.12", "ARCH_FORCE_MAX_ORDER=11", 0x80_0000)]
    [InlineData("linux-6.12", "HUGETLB_PAGE=y ARCH_FORCE_MAX_ORDER=8", 0x10_0000)]
    [InlineData("linux-6.1", "TRANSPARENT_HUGEPAGE=y", 0x40_0000)]
    [InlineData("linux-6.1", "ARCH_FORCE_MAX_ORDER=11", 0x40_0000)]
    [InlineData("linux-6.1", "HUGETLB_PAGE=y ARCH_FORCE_MAX_ORDER=11", 0x20_0000)]
    [InlineData("linux-5.15-azure", "HUGETLB_PAGE=y FORCE_MAX_ZONEORDER=9", 0x20_0000)]
    [InlineData("linux-6.18", "HUGETLB_PAGE=y PAGE_BLOCK_MAX_ORDER=7", 0x8_0000)]
    [InlineData("linux-6.12", "HUGETLB_PAGE=y PAGE_BLOCK_MAX_ORDER=7", 0x20_0000)]
    public void The_alignment_of_contiguous_memory_follows_the_configuration(string kernel, string options, ulong alignment)
    {
        string text = "CONFIG_ARM64=y\nCONFIG_ARM64_4K_PAGES=y\nCONFIG_ARM64_VA_BITS=48\nCONFIG_ARM64_PA_BITS=48\nCONFIG_CMA=y\n"
            + string.Concat(options.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(option => $"CONFIG_{option}\n"));

        Assert.Equal(alignment, KernelProfiles.Find(kernel).ReservationRules(KernelConfig.Parse(text, "test"), KernelCommandLine.Empty).CmaAlignment);
    }

    [Theory]
    [InlineData(GranuleSize.Size16K, 32UL << 20)]
    [InlineData(GranuleSize.Size64K, 512UL << 20)]
    public void With_larger_pages_contiguous_memory_is_aligned_to_their_huge_pages(GranuleSize granule, ulong alignment)
    {
        foreach (string kernel in new[] { "linux-5.15-azure", "linux-6.1", "linux-6.12", "linux-6.18" })
        {
            KernelProfile profile = KernelProfiles.Find(kernel);
            Assert.Equal(alignment, profile.ReservationRules(profile.ReadDefaultConfig().WithShape(granule, 48), KernelCommandLine.Empty).CmaAlignment);
        }
    }

    [Fact]
    public void With_cma_on_the_command_line_the_default_area_of_the_tree_is_given_back_or_in_6_18_never_made()
    {
        static DtbWriter Areas(DtbWriter tree) => tree.BeginReservations()
            .Begin("default").Numbers("size", 0x400_0000).Text("compatible", "shared-dma-pool").Flag("reusable").Flag("linux,cma-default").End()
            .Begin("fixed@50000000").Numbers("reg", 0x5000_0000, 0x20_0000).Text("compatible", "shared-dma-pool").Flag("reusable").Flag("linux,cma-default").End()
            .Begin("other").Numbers("size", 0x20_0000).End()
            .End();

        KernelPlan before = Plan("linux-6.12", Areas, "nokaslr");
        KernelPlan older = Plan("linux-6.1", Areas, "nokaslr cma=16M");
        KernelPlan given = Plan("linux-6.12", Areas, "nokaslr cma=16M");
        KernelPlan newest = Plan("linux-6.18", Areas, "nokaslr cma=16M");
        KernelPlan valueless = Plan("linux-6.12", Areas, "nokaslr cma");

        Assert.Equal(["0x50000000-0x50200000", "0x7be00000-0x80000000"], ReservedOf(before));
        Assert.Equal(["0x7fe00000-0x80000000"], ReservedOf(older));
        Assert.Equal(["0x50000000-0x50200000", "0x7fe00000-0x80000000"], ReservedOf(given));
        Assert.Equal(["0x7fe00000-0x80000000"], ReservedOf(newest));
        Assert.Equal(ReservedOf(before), ReservedOf(valueless));
        Assert.Equal([RegionFate.GivenBack, RegionFate.Placed], given.PlacedRegions.Select(region => region.Fate));
        Assert.Equal([RegionFate.Replaced, RegionFate.Placed], newest.PlacedRegions.Select(region => region.Fate));
        Assert.Contains("Region default of 64 MiB is not placed: the command line gives its place to another (cma=).", newest.Remarks);
        Assert.Contains("Region fixed@50000000 0x50000000-0x50200000 is not reserved: the command line gives its place to another (cma=).", newest.Remarks);
        Assert.Contains("Region fixed@50000000 0x50000000-0x50200000 is reserved no more: the kernel's code for such regions refuses it.", older.Remarks);
    }

    // A kernel goes on remembering it: reserved_mem_count is raised whatever became of the region.
    [Fact]
    public void A_region_that_was_given_back_still_decides_from_which_side_a_range_is_filled()
    {
        static DtbWriter Regions(DtbWriter tree) => tree.BeginReservations()
            .Begin("default").Numbers("size", 0x40_0000).Numbers("alloc-ranges", 0x5000_0000, 0x100_0000)
            .Text("compatible", "shared-dma-pool").Flag("reusable").Flag("linux,cma-default").End()
            .Begin("next").Numbers("size", 0x10_0000).Numbers("alloc-ranges", 0x50c0_0000, 0x200_0000).End()
            .End();

        Assert.Equal(["50c00000+400000", "50c00000+100000"], Plan("linux-6.12", Regions, "nokaslr cma=16M").PlacedRegions.Select(PlaceText));
        Assert.Equal("52b00000+100000", PlaceText(Plan("linux-6.18", Regions, "nokaslr cma=16M").PlacedRegions[1]));
        Assert.Equal("52b00000+100000", PlaceText(Plan("linux-6.1", Regions, "nokaslr cma=16M").PlacedRegions[1]));
    }

    [Fact]
    public void A_range_between_two_placed_regions_is_filled_from_the_top()
    {
        static DtbWriter Regions(DtbWriter tree) => tree.BeginReservations()
            .Begin("below").Numbers("size", 0x10_0000).Numbers("alloc-ranges", 0x5000_0000, 0x10_0000).End()
            .Begin("above").Numbers("size", 0x10_0000).Numbers("alloc-ranges", 0x50f0_0000, 0x10_0000).End()
            .Begin("between").Numbers("size", 0x10_0000).Numbers("alloc-ranges", 0x5010_0000, 0xe0_0000).End()
            .End();

        Assert.Equal(["50000000+100000", "50f00000+100000", "50e00000+100000"], Places("linux-6.12", Regions));
    }

    [Fact]
    public void The_image_the_limit_of_memory_and_the_tree_itself_come_before_reserved_regions()
    {
        byte[] blob = DtbWriter.Tree(tree => tree.BeginReservations()
            .Begin("top").Numbers("size", 0x10_0000).End()
            .Begin("image@40200000").Numbers("reg", 0x4020_0000, 0x10_0000).Flag("no-map").End()
            .Begin("near").Numbers("size", 0x10_0000).Numbers("alloc-ranges", 0x4800_0000, 0x20_0000).End().End());
        DeviceTreeInfo info = DeviceTreeFile.Parse(blob, "test.dtb");
        KernelMachine machine = SampleKernels.Machine("6.12-cloud", "cortex-a72", info.Memory, "nokaslr mem=512M") with { Reservations = info.Reservations };

        KernelPlan plan = SampleKernels.Profile("6.12-cloud").Plan(machine with { DeviceTree = (new PhysicalAddress(0x4810_0000), 0x8_0000) }, KernelScope.MapMem);
        KernelPlan unknown = SampleKernels.Profile("6.12-cloud").Plan(machine, KernelScope.MapMem);

        Assert.Equal(["5ff00000+100000", "48000000+100000"], plan.PlacedRegions.Select(PlaceText));
        Assert.Equal(["5ff00000+100000", "48100000+100000"], unknown.PlacedRegions.Select(PlaceText));
        Assert.Contains("No-map region image@40200000 0x40200000-0x40300000 is refused, because part of it is reserved already: it stays mapped.", plan.Remarks);
        Assert.DoesNotContain(plan.Remarks, remark => remark.StartsWith("Where the boot loader", StringComparison.Ordinal));
        Assert.Contains(
            "Where the boot loader puts the device tree is not known; regions that the kernel places lie elsewhere if that is in their way.", unknown.Remarks);
    }

    [Fact]
    public void Nodes_that_get_nothing_count_where_a_kernel_remembers_them()
    {
        // 6.1 remembers 64 nodes of any kind, 6.12 64 without a place.
        DtbWriter Nodes(DtbWriter tree)
        {
            tree = tree.BeginReservations().Begin("zero").Numbers("reg", 0, 0).End().Begin("nothing").Numbers("size", 0).End();
            for (int i = 0; i < 63; i++)
            {
                tree = tree.Begin($"piece{i}").Numbers("size", 0x1000).End();
            }

            return tree.End();
        }

        Assert.Equal(62, Plan("linux-6.1", Nodes, "nokaslr").PlacedRegions.Count(region => region.Fate == RegionFate.Placed));
        KernelPlan newer = Plan("linux-6.12", Nodes, "nokaslr");
        Assert.Equal(63, newer.PlacedRegions.Count);
        Assert.All(newer.PlacedRegions, region => Assert.Equal(RegionFate.Placed, region.Fate));
        Assert.Contains(
            "Region piece62 of 4 KiB is not placed: a kernel remembers 64 nodes of /reserved-memory and no more.", Plan("linux-6.1", Nodes, "nokaslr").Remarks);
    }

    [Theory]
    [InlineData("SharedDmaPool", true, true, false, true)]
    [InlineData("SharedDmaPool", true, false, false, false)]
    [InlineData("SharedDmaPool", false, false, false, true)]
    [InlineData("SharedDmaPool, Reusable", false, true, false, false)]
    [InlineData("SharedDmaPool, Reusable", true, true, false, true)]
    [InlineData("SharedDmaPool, Reusable, NoMap", true, true, false, false)]
    [InlineData("RestrictedDmaPool, NoMap", true, true, false, true)]
    [InlineData("RestrictedDmaPool, NoMap", true, true, true, false)]
    [InlineData("RestrictedDmaPool, DefaultDma", true, true, true, false)]
    [InlineData("RestrictedDmaPool", true, true, true, true)]
    [InlineData("RestrictedDmaPool, SharedDmaPool, Reusable", false, true, true, false)]
    public void A_region_is_kept_when_code_for_its_kind_takes_it_or_there_is_none(string names, bool cma, bool coherent, bool restricted, bool isKept)
    {
        ReservedNodeTraits traits = Enum.Parse<ReservedNodeTraits>(names);
        ReservedMemoryRules rules = new() { HasDmaCma = cma, HasCoherentPools = coherent, HasRestrictedPools = restricted };
        ReservedMemory reservations = new([], [new ReservedNode(null, new DeviceTreeDynamicRegion("pool", 0x20_0000, 0, traits))], 0x1000);
        MemoryLayout layout = MemoryLayout.OfRange(new PhysicalAddress(0x4000_0000), 1UL << 30);

        PlacedRegion placed = Assert.Single(reservations.Apply(layout, rules).Placed);

        bool noMap = traits.HasFlag(ReservedNodeTraits.NoMap);
        Assert.Equal(isKept ? RegionFate.Placed : RegionFate.GivenBack, placed.Fate);
        Assert.Equal(isKept && noMap ? (1UL << 30) - 0x20_0000 : 1UL << 30, layout.MappedBytes);

        // Memory that must not be mapped is mapped after all, but stays reserved.
        Assert.Equal(isKept || noMap ? 1 : 0, layout.Reserved.Count);
    }

    private static KernelPlan PlanOf(VectorCase item)
    {
        ulong bytes = ulong.Parse(item.Text(4).AsSpan(0, item.Text(4).Length - 1), CultureInfo.InvariantCulture) << (item.Text(4)[^1] == 'G' ? 30 : 20);
        KernelMachine machine = SampleKernels.Machine(item.Text(0), item.Text(1), new MemoryLayout(), item.Text(3).Replace(',', ' '));
        DeviceTreeInfo tree = DeviceTreeFile.Read(SampleKernels.PathOf("dtb", $"{item.Text(2)}.dtb"), machine.Config.Granule, memory: $"{bytes}@0x40000000");
        return SampleKernels.Profile(item.Text(0)).Plan(machine with { Memory = tree.Memory, Reservations = tree.Reservations }, KernelScope.PagingInit);
    }

    private static KernelPlan Plan(string kernel, Func<DtbWriter, DtbWriter> write, string commandLine)
    {
        KernelProfile profile = KernelProfiles.Find(kernel);
        KernelConfig config = profile.ReadDefaultConfig();
        DeviceTreeInfo info = DeviceTreeFile.Parse(DtbWriter.Tree(write), "test.dtb");
        KernelMachine machine = new(
            info.Memory, CpuModel.Find("cortex-a72"), config, KernelCommandLine.Parse(commandLine), Reservations: info.Reservations);
        return profile.Plan(machine, KernelScope.MapMem);
    }

    private static string[] Places(string kernel, Func<DtbWriter, DtbWriter> write) => [.. Plan(kernel, write, "nokaslr").PlacedRegions.Select(PlaceText)];

    private static string PlaceText(PlacedRegion region) => $"{region.Start!.Value.Value:x}+{region.Region.Size:x}";

    private static string[] ReservedOf(KernelPlan plan) => [.. plan.Memory.Reserved.Select(region => $"{region.Start}-{region.End}")];
}
