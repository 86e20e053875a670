using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Tests.Access;

/// <summary>Linking the fixmap's own tables into a root. Linux: <c>early_fixmap_init</c>.</summary>
public sealed class FixmapCreationTests
{
    private static readonly TableGeometry[] All = [.. Shapes.All];

    [Fact]
    public void There_is_one_table_for_each_level_below_the_root_that_is_not_folded()
    {
        foreach (TableGeometry geometry in All)
        {
            using TestMachine machine = new(geometry);
            int tables = 3 - geometry.WalkRootLevel;
            SilentCpu cpu = default;
            Assert.Equal(FailureCode.None, machine.CreateFixmap(ref cpu, out Fixmap<HostMemory> fixmap, tables));
            Assert.Equal(machine.Page(2 + tables - 1), fixmap.SlotTable);
        }
    }

    [Fact]
    public void Each_link_is_the_table_and_type_bits_alone()
    {
        foreach (TableGeometry geometry in All)
        {
            using TestMachine machine = new(geometry);
            _ = machine.Fixmap();
            VirtualAddress slot = machine.Layout.Address(machine.Layout.PteIndex);
            PhysicalAddress table = machine.LiveRoot;
            for (int level = geometry.WalkRootLevel; level < 3; level++)
            {
                int used = geometry.Index(level, slot);
                int entries = level == geometry.WalkRootLevel ? geometry.RootTableEntries : geometry.EntriesPerTable;
                PhysicalAddress below = machine.Page(2 + level - geometry.WalkRootLevel);
                Assert.Equal(below.Value | 3, machine.Read(table, used).Raw);
                Assert.All(
                    Enumerable.Range(0, entries).Where(index => index != used),
                    index => Assert.True(machine.Read(table, index).IsNone));
                table = below;
            }

            Assert.All(Enumerable.Range(0, geometry.EntriesPerTable), index => Assert.True(machine.Read(table, index).IsNone));
        }
    }

    [Fact]
    public void Each_table_is_zeroed_and_ordered_before_it_is_linked()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        RecordingCpu<SilentCpu> cpu = machine.Recorder();
        Assert.Equal(FailureCode.None, machine.CreateFixmap(ref cpu, out _));

        Assert.Equal(
            [
                $"clear {machine.Page(2)} 4096", "DSB ISHST", EventText.Store(machine.LiveRoot, 511, new(machine.Page(2).Value | 3)), "DSB ISHST", "ISB",
                $"clear {machine.Page(3)} 4096", "DSB ISHST", EventText.Store(machine.Page(2), 511, new(machine.Page(3).Value | 3)), "DSB ISHST", "ISB",
                $"clear {machine.Page(4)} 4096", "DSB ISHST", EventText.Store(machine.Page(3), 506, new(machine.Page(4).Value | 3)), "DSB ISHST", "ISB",
            ],
            machine.Text(cpu));
    }

    [Fact]
    public void A_root_entry_that_leads_elsewhere_is_refused_with_4K_pages()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        Descriptor other = machine.Link(machine.Page(100));
        machine.Write(machine.LiveRoot, 511, other);
        SilentCpu cpu = default;
        Assert.Equal(FailureCode.FixmapRootShared, machine.CreateFixmap(ref cpu, out _));
        Assert.Equal(other, machine.Read(machine.LiveRoot, 511));
    }

    [Fact]
    public void With_16K_pages_and_two_root_entries_the_fixmap_shares_the_kernels()
    {
        using TestMachine machine = new(Shapes.Make(GranuleSize.Size16K, 48, 48));
        PhysicalAddress kernels = machine.Page(100);
        default(SilentCpu).Clear(machine.Window(kernels, 1), (int)machine.Geometry.PageSize);
        machine.Write(machine.LiveRoot, 1, machine.Link(kernels));
        SilentCpu cpu = default;

        Assert.Equal(FailureCode.None, machine.CreateFixmap(ref cpu, out Fixmap<HostMemory> fixmap, 2));
        Assert.Equal(machine.Link(kernels), machine.Read(machine.LiveRoot, 1));
        Assert.Equal(machine.Page(2).Value | 3, machine.Read(kernels, 2047).Raw);
        Assert.Equal(machine.Page(3), fixmap.SlotTable);
    }

    [Fact]
    public void Something_that_is_no_table_is_not_shared_even_with_16K_pages()
    {
        using TestMachine machine = new(Shapes.Make(GranuleSize.Size16K, 48, 48));
        machine.Write(machine.LiveRoot, 1, new Descriptor(0x00e8_0000_4000_0705));
        SilentCpu cpu = default;
        Assert.Equal(FailureCode.FixmapRootShared, machine.CreateFixmap(ref cpu, out _));
    }

    // early_fixmap_init_pud objects to a shared entry only with more than three levels (CONFIG_PGTABLE_LEVELS > 3).
    [Fact]
    public void With_three_levels_a_table_that_is_there_already_is_used()
    {
        using TestMachine machine = new(Shapes.ThreeLevels);
        PhysicalAddress kernels = machine.Page(100);
        default(SilentCpu).Clear(machine.Window(kernels, 2), 4096);
        machine.Write(machine.LiveRoot, 511, machine.Link(kernels));
        SilentCpu cpu = default;

        Assert.Equal(FailureCode.None, machine.CreateFixmap(ref cpu, out Fixmap<HostMemory> fixmap));
        Assert.Equal(machine.Page(2).Value | 3, machine.Read(kernels, 506).Raw);
        Assert.Equal(machine.Page(2), fixmap.SlotTable);
    }

    // early_fixmap_init goes through the root with p4d_offset_kimg: with five levels the entry that must be free is level 0's, and the root's last entry
    // (256 TiB: kernel image, fixmap and all) always leads to the image's level-0 table.
    [Fact]
    public void With_five_levels_the_root_entry_is_the_kernels_and_only_level_0_must_be_free()
    {
        using TestMachine machine = new(Shapes.FiveLevels);
        PhysicalAddress kernels = machine.Page(100);
        default(SilentCpu).Clear(machine.Window(kernels, 0), 4096);
        machine.Write(machine.LiveRoot, 15, machine.Link(kernels));
        SilentCpu cpu = default;

        Assert.Equal(FailureCode.None, machine.CreateFixmap(ref cpu, out _));
        Assert.Equal(machine.Page(2).Value | 3, machine.Read(kernels, 511).Raw);

        machine.Write(kernels, 511, machine.Link(machine.Page(101)));
        Assert.Equal(FailureCode.FixmapRootShared, machine.CreateFixmap(ref cpu, out _));
    }

    [Fact]
    public void Slots_that_reach_below_one_tables_addresses_have_it_below_two_entries()
    {
        // FIX_PTE at the bottom of a 2 MiB range, the slots after it below: entry 0, then 511 and down.
        FixmapLayout split = new(GranuleSize.Size4K, new VirtualAddress(0xffff_ffff_ff80_0000), 512, hasP4d: true);
        using TestMachine machine = new(Shapes.FourLevels, split);
        RecordingCpu<SilentCpu> cpu = machine.Recorder();
        Assert.Equal(FailureCode.None, machine.CreateFixmap(ref cpu, out Fixmap<HostMemory> fixmap));
        Assert.Equal((0xffff_ffff_ff60_0000, 0xffff_ffff_ff5f_f000), (split.Address(512).Value, split.Address(513).Value));
        foreach (int index in new[] { 512, 513, split.LazyLastIndex })
        {
            // Three levels down from the root: every slot is reached through the table that the fixmap writes.
            PhysicalAddress table = machine.LiveRoot;
            for (int level = 0; level < 3; level++)
            {
                table = machine.Format.Decode(machine.Read(table, Shapes.FourLevels.Index(level, split.Address(index))));
            }

            Assert.Equal(fixmap.SlotTable, table);
        }
    }

    [Fact]
    public void Slots_that_do_not_lie_below_neighbouring_entries_of_one_table_are_refused_before_anything_is_written()
    {
        // FIX_PTE at the bottom of a GiB.
        FixmapLayout split = new(GranuleSize.Size4K, new VirtualAddress(0xffff_ffff_c020_0000), 512, hasP4d: true);
        using TestMachine machine = new(Shapes.FourLevels, split);
        RecordingCpu<SilentCpu> cpu = machine.Recorder();
        Assert.Equal(FailureCode.BadFixmapSlot, machine.CreateFixmap(ref cpu, out _));
        Assert.Empty(machine.Text(cpu));
    }

    [Fact]
    public void Too_small_a_reserve_is_out_of_memory()
    {
        foreach (TableGeometry geometry in All)
        {
            using TestMachine machine = new(geometry);
            SilentCpu cpu = default;
            Assert.Equal(FailureCode.OutOfMemory, machine.CreateFixmap(ref cpu, out _, 3 - geometry.WalkRootLevel - 1));
        }
    }
}
