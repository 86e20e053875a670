using Ptewright.Addressing;
using Ptewright.Booting;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.Booting;

public sealed class BootReferenceTests
{
    private static readonly BootMachine _machine = new(
        0x410fd083, 1, new(0x4020_0000), new(0x40c0_0000), new(0x4800_0000), 0x10_0000, 62_500_000, HasRangeInvalidation: false);

    [Fact]
    public void The_plan_is_pages_around_the_image_and_the_image_as_the_kernels_alias()
    {
        LinearMapPlan plan = BootReference.Plan(_machine, Regime(48), Memory(1UL << 30));
        Assert.Equal(
            [
                (0x4000_0000UL, 0xffff_0000_0000_0000UL, 0x20_0000UL, MapFlags.NoBlock | MapFlags.NoContiguous | MapFlags.NoExec),
                (0x40c0_0000UL, 0xffff_0000_00c0_0000UL, 0x3f40_0000UL, MapFlags.NoBlock | MapFlags.NoContiguous | MapFlags.NoExec),
                (0x4020_0000UL, 0xffff_0000_0020_0000UL, 0xa0_0000UL, MapFlags.NoContiguous),
            ],
            plan.Requests.Select(request => (request.Physical.Value, request.Virtual.Value, request.Size, request.Flags)));

        // Linux 6.12: banks tagged, the alias not (kernel facts: PAGE_KERNEL, pgprot_tagged).
        Assert.Equal([0x00e8_0000_0000_0707UL, 0x00e8_0000_0000_0707UL, 0x00e8_0000_0000_0703UL], plan.Requests.Select(request => request.Protection.PageBits));
        Assert.Equal(new PhysicalAddress(0x4030_0000), plan.Root);
    }

    [Fact]
    public void What_must_not_be_mapped_is_left_out_and_whole_pages_are_mapped_around_it()
    {
        MemoryLayout memory = Memory(1UL << 30);
        memory.MarkNoMap(new(0x5000_0800), new(0x5000_2800));
        LinearMapPlan plan = BootReference.Plan(_machine, Regime(48), memory);
        Assert.Equal(
            [(0x4000_0000UL, 0x20_0000UL), (0x40c0_0000UL, 0xf40_0000UL), (0x5000_3000UL, 0x2fff_d000UL), (0x4020_0000UL, 0xa0_0000UL)],
            plan.Requests.Select(request => (request.Physical.Value, request.Size)));
    }

    [Fact]
    public void Memory_beyond_the_linear_map_is_cut_off()
    {
        // 39-bit virtual addresses leave 256 GiB.
        LinearMapPlan plan = BootReference.Plan(_machine, Regime(39), Memory(512UL << 30));
        Assert.Equal((1UL << 30) + (256UL << 30), plan.Memory.End.Value);
    }

    [Fact]
    public void An_image_outside_memory_is_refused() =>
        Assert.Throws<InvalidInputException>(() => BootReference.Plan(_machine, Regime(48), MemoryLayout.OfRange(new(0x8000_0000), 1UL << 30)));

    [Theory]
    [InlineData(0UL)]
    [InlineData(0x40c0_0000UL)]
    [InlineData(0x4030_0800UL)]
    public void A_root_that_is_no_page_of_the_image_is_refused(ulong root) => Assert.Throws<InvalidInputException>(
        () => BootReference.Plan(_machine, Regime(48) with { Root = new(root) }, Memory(1UL << 30)));

    private static MemoryLayout Memory(ulong size) => MemoryLayout.OfRange(new(0x4000_0000), size);

    private static BootRegime Regime(int bits)
    {
        Assert.True(TableGeometry.TryCreate(GranuleSize.Size4K, bits, bits, out TableGeometry geometry));
        return new(geometry, OutputAddressFormat.Bits48(GranuleSize.Size4K), new(0x4030_0000), new(0x4000_0000), new MemoryLayout(), 0, []);
    }
}
