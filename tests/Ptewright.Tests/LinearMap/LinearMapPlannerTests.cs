using Ptewright.Addressing;
using Ptewright.Booting;
using Ptewright.Firmware;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.LinearMap;

/// <summary>Which ranges <c>map_mem</c> maps, in which order; and that everybody asks the same rule.</summary>
public unsafe class LinearMapPlannerTests
{
    private const MapFlags Banks = MapFlags.NoExec;
    private static readonly TableGeometry _geometry = Plans.Geometry(GranuleSize.Size4K, 48);
    private static readonly OutputAddressFormat _format = OutputAddressFormat.Bits48(GranuleSize.Size4K);

    [Fact]
    public void Banks_come_first_then_the_images_alias_then_the_pool()
    {
        MemoryLayout layout = Memory((0x4000_0000, 0x1000_0000), (0x8000_0000, 0x1000_0000));
        layout.MarkNoMap(new(0x4800_0000), new(0x4900_0000));
        IReadOnlyList<MapRequest> requests = Plan(layout, Region(0x4020_0000, 0x4120_0000), Region(0x8ff0_0000, 0x9000_0000));

        Assert.Equal(
        [
            (0x4000_0000UL, 0x4020_0000UL, Banks),
            (0x4120_0000, 0x4800_0000, Banks),
            (0x4900_0000, 0x5000_0000, Banks),
            (0x8000_0000, 0x8ff0_0000, Banks),
            (0x4020_0000, 0x4120_0000, MapFlags.NoContiguous),
            (0x8ff0_0000, 0x9000_0000, LinearMapPlanner.PagesOnly),
        ], requests.Select(request => (request.Physical.Value, request.Physical.Value + request.Size, request.Flags)));
        Assert.All(requests, request => Assert.Equal(_geometry.PageOffset.Value + request.Physical.Value - 0x4000_0000, request.Virtual.Value));

        // Only the alias is untagged; afterwards both holes are memory as any other, and no-map memory is what it was.
        Protection untagged = Protection.Create(ProtectionKind.Kernel, notGlobal: false, _format.IsLpa2);
        Assert.Equal([4], requests.Index().Where(request => request.Item.Protection.PageBits == untagged.PageBits).Select(request => request.Index));
        Assert.Equal(0x1f00_0000UL, layout.MappedBytes);
        Assert.Equal((0x4800_0000UL, 0x4900_0000UL), layout.Memory.Where(region => region.NoMap).Select(region => (region.Start.Value, region.End.Value)).Single());
    }

    [Theory]
    [InlineData(true, 0x4000_1000, 0x4000_3000)]
    [InlineData(false, 0x4000_0800, 0x4000_3800)]
    public void A_bank_is_cut_to_whole_pages_where_the_kernel_does_so(bool wholePages, ulong start, ulong end)
    {
        MapRequest request = Assert.Single(Plan(Memory((0x4000_0800, 0x3000)), default, default, wholePages));

        Assert.Equal((start, end), (request.Physical.Value, request.Physical.Value + request.Size));
    }

    [Fact]
    public void A_bank_without_a_whole_page_is_left_out() => Assert.Empty(Plan(Memory((0x4000_0800, 0x1000)), default, default));

    // The two holes inside one bank are the worst case: three banks, alias and pool.
    [Fact]
    public void There_is_room_for_every_plan()
    {
        MemoryLayout layout = Memory((0x4000_0000, 0x1000_0000));
        int room = LinearMapPlanner.MaxSteps(*layout.Blocks);

        Assert.Equal(room, Plan(layout, Region(0x4020_0000, 0x4120_0000), Region(0x4800_0000, 0x4900_0000)).Count);
    }

    [Fact]
    public void Storage_that_is_full_is_an_answer()
    {
        MemoryRegion* storage = stackalloc MemoryRegion[4];
        PlanStep* steps = stackalloc PlanStep[8];
        MemoryBlocks blocks = new(storage, 2, storage + 2, 2);
        Assert.True(blocks.TryAdd(new(0x4000_0000), new(0x5000_0000)));

        Assert.False(Planner(0x4000_0000).TryPlan(ref blocks, Region(0x4020_0000, 0x4120_0000), default, steps, out _));
    }

    [Fact]
    public void A_kernel_without_an_image_maps_what_a_plan_of_memory_alone_does()
    {
        MemoryLayout layout = Memory((0x4000_0000, 0x4000_0000), (0x8_8000_0000, 0x4000_0000));
        layout.MarkNoMap(new(0x4800_0000), new(0x4810_0000));
        KernelPlan kernel = Kernel(layout, null);

        LinearMapPlan alone = LinearMapPlan.ForMemory(layout, _geometry, wideAddresses: false, LinearMapPlanner.PagesOnly);

        Assert.Equal(kernel.Plan.Requests, alone.Requests);
        Assert.Equal(kernel.Plan.MemoryStart, alone.MemoryStart);
        Assert.Equal(3, alone.Requests.Count);
    }

    [Fact]
    public void The_boot_image_maps_what_a_kernel_with_that_image_does()
    {
        (PhysicalAddress image, PhysicalAddress end) = (new(0x4020_0000), new(0x4060_0000));
        MemoryLayout layout = Memory((0x4000_0000, 0x4000_0000), (0x8_8000_0000, 0x4000_0000));
        KernelPlan kernel = Kernel(layout, new ImagePlace(image, image, end, end));

        PlanStep[] steps = new PlanStep[BootPlan.MaxSteps(*layout.Blocks)];
        fixed (PlanStep* room = steps)
        {
            Assert.Equal(
                FailureCode.None,
                BootPlan.TryMake(
                    ref *layout.Blocks,
                    BootPlan.Settings(_geometry, _format, BootScope.LinearMap),
                    new BootPlace(image, end, end, default),
                    BootScope.LinearMap,
                    room,
                    out int count,
                    out LinearMapPlace place));
            Assert.Equal(kernel.Plan.Steps, steps[..count]);
            Assert.Equal(kernel.Plan.MemoryStart, place.MemoryStart);
            Assert.Equal(4, count);
        }
    }

    [Fact]
    public void The_boot_image_refuses_to_lie_where_the_map_does_not_reach()
    {
        MemoryLayout layout = Memory((0x4000_0000, 0x4000_0000), (200UL << 40, 0x4000_0000));
        PhysicalAddress image = new(200UL << 40);
        BootPlace place = new(image, image + 0x10_0000, image + 0x20_0000, default);
        PlanStep* steps = stackalloc PlanStep[16];

        foreach (BootScope scope in Enum.GetValues<BootScope>())
        {
            Assert.Equal(
                FailureCode.AddressNotCovered,
                BootPlan.TryMake(ref *layout.Blocks, BootPlan.Settings(_geometry, _format, scope), place, scope, steps, out _, out _));
        }
    }

    private static KernelPlan Kernel(MemoryLayout memory, ImagePlace? image)
    {
        KernelProfile profile = KernelProfiles.Find("linux-6.12");
        KernelConfig config = profile.ReadDefaultConfig().WithShape(GranuleSize.Size4K, 48);
        return profile.Plan(new KernelMachine(memory, CpuModel.Find("cortex-a72"), config, KernelCommandLine.Parse("nokaslr"), Place: image), KernelScope.MapMem);
    }

    private static IReadOnlyList<MapRequest> Plan(MemoryLayout layout, MemoryRegion alias, MemoryRegion pool, bool wholePages = true) =>
        [.. MapMemSteps.Of(Planner(layout.Start.Value, wholePages), layout, alias, pool).Select(step => step.Request)];

    private static LinearMapPlanner Planner(ulong memory, bool wholePages = true) =>
        new(LinearMapPlace.Of(_geometry, new(memory)), _format, notGlobal: false, MapFlags.None, wholePages);

    private static MemoryRegion Region(ulong start, ulong end) => new(new(start), new(end), noMap: false);

    private static MemoryLayout Memory(params (ulong Start, ulong Size)[] ranges)
    {
        MemoryLayout layout = new();
        foreach ((ulong start, ulong size) in ranges)
        {
            layout.Add(new(start), new(start + size));
        }

        return layout;
    }
}
