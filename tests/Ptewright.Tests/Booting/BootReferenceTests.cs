using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Booting;
using Ptewright.Kernels.Versions;
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
    public void With_a_root_of_its_own_the_steps_are_those_of_Linux_6_1_in_its_order()
    {
        LinearMapPlan plan = BootReference.Plan(_machine, NewRoot(), Memory(1UL << 30));
        Assert.Equal(
            "OpenRoot paging_init, Map map_kernel x2, LinkFixmap map_kernel, Map map_mem x3, CloseRoot paging_init, ReplaceRoot cpu_replace_ttbr1, Map create_idmap",
            string.Join(", ", plan.Steps.GroupBy(step => $"{step.Kind} {PlanPhases.NameOf(step.Phase)}").Select(run => run.Count() == 1 ? run.Key : $"{run.Key} x{run.Count()}")));

        // Code and constants, then what can be written; the alias is the first alone; the identity map too.
        Assert.Equal(
            [
                (0x4020_0000UL, 0xffff_ffff_c000_0000UL, 0x4_0000UL, 0x00c0_0000_0000_0783UL),
                (0x4024_0000UL, 0xffff_ffff_c004_0000UL, 0x9c_0000UL, 0x00e8_0000_0000_0703UL),
                (0x4000_0000UL, 0xffff_0000_0000_0000UL, 0x20_0000UL, 0x00e8_0000_0000_0707UL),
                (0x4024_0000UL, 0xffff_0000_0024_0000UL, 0x3fdc_0000UL, 0x00e8_0000_0000_0707UL),
                (0x4020_0000UL, 0xffff_0000_0020_0000UL, 0x4_0000UL, 0x00e8_0000_0000_0703UL),
                (0x4020_0000UL, 0x4020_0000UL, 0x4_0000UL, 0x00c0_0000_0000_0783UL),
            ],
            plan.Steps.Where(step => step.Kind == PlanStepKind.Map).Select(step => step.Request)
                .Select(request => (request.Physical.Value, request.Virtual.Value, request.Size, request.Protection.PageBits)));
        Assert.Equal((new PhysicalAddress(0x4030_1000), new PhysicalAddress(0x4030_2000)), (plan.IdentityRoot, plan.FixmapTables));
    }

    [Fact]
    public void What_a_kernel_decides_about_its_tables_is_that_of_Linux_6_1_and_6_12()
    {
        LinearMapPlan older = BootReference.Plan(_machine, NewRoot(), Memory(1UL << 30));
        Assert.Equal(
            (Linux61.Profile.Facts.TableBits, Linux61.Profile.Facts.ChangeSafety, Linux61.Profile.Facts.Regions.Fixmap.HasP4d, false),
            (older.Settings.TableBits, older.Settings.ChangeSafety, older.Fixmap.HasP4d, older.Settings.RootThroughSlot));
        LinearMapPlan newer = BootReference.Plan(_machine, Regime(48), Memory(1UL << 30));
        Assert.Equal(
            (Linux612.Profile.Facts.TableBits, Linux612.Profile.Facts.ChangeSafety, Linux612.Profile.Facts.Regions.Fixmap.HasP4d, false),
            (newer.Settings.TableBits, newer.Settings.ChangeSafety, newer.Fixmap.HasP4d, newer.Settings.RootThroughSlot));
    }

    // Only a fixmap that has an entry to itself can be taken over; no shape may have the image there, nor the linear map.
    [Fact]
    public void The_fixmap_of_a_root_that_is_built_aside_shares_no_entry_with_the_image()
    {
        VirtualAddress image = new(0xffff_ffff_c000_0000);
        foreach (TableGeometry geometry in Shapes.All.Where(shape => BootPlan.Has(BootScope.NewRoot, shape.Granule, shape.VirtualAddressBits)))
        {
            FixmapLayout layout = BootPlan.Fixmap(geometry, BootScope.NewRoot, image);
            int level = geometry.RootLevel + (geometry is { Granule: GranuleSize.Size16K, Levels: 4 } ? 1 : 0);
            Assert.Equal(geometry.Index(level, layout.Address(layout.PteIndex)), geometry.Index(level, layout.Address(layout.LazyLastIndex)));
            Assert.NotEqual(geometry.Index(level, image), geometry.Index(level, layout.Address(layout.PteIndex)));
            Assert.True(layout.Address(layout.LazyLastIndex) > geometry.PageEnd);
        }
    }

    [Theory]
    [InlineData(0x4020_0000UL, 0x4030_1000UL, 0x4030_2000UL, "code cannot end at")]
    [InlineData(0x40c0_0000UL, 0x4030_1000UL, 0x4030_2000UL, "code cannot end at")]
    [InlineData(0x4024_0800UL, 0x4030_1000UL, 0x4030_2000UL, "code cannot end at")]
    [InlineData(0x4024_0000UL, 0UL, 0x4030_2000UL, "root of the identity map")]
    [InlineData(0x4024_0000UL, 0x4030_1000UL, 0x40bf_e000UL, "fixmap's first table")]
    [InlineData(0x4024_0000UL, 0x4030_1000UL, 0xffff_ffff_ffff_f000UL, "fixmap's first table")]
    public void Places_outside_the_image_are_refused(ulong codeEnd, ulong identity, ulong fixmap, string sentence)
    {
        BootRegime regime = NewRoot() with { NewRoot = new BootNewRoot(new(codeEnd), new(0xffff_ffff_c000_0000), new(identity), new(fixmap)) };
        InvalidInputException refusal = Assert.Throws<InvalidInputException>(() => BootReference.Plan(_machine, regime, Memory(1UL << 30)));
        Assert.Contains(sentence, refusal.Message, StringComparison.Ordinal);
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

    private static BootRegime NewRoot() => Regime(48) with
    {
        NewRoot = new BootNewRoot(new(0x4024_0000), new(0xffff_ffff_c000_0000), new(0x4030_1000), new(0x4030_2000)),
    };

    private static BootRegime Regime(int bits)
    {
        Assert.True(TableGeometry.TryCreate(GranuleSize.Size4K, bits, bits, out TableGeometry geometry));
        return new(geometry, OutputAddressFormat.Bits48(GranuleSize.Size4K), new(0x4030_0000), new(0x4000_0000), new MemoryLayout(), 0, []);
    }
}
