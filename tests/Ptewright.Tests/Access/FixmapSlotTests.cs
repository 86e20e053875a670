using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Tests.Access;

/// <summary>Mapping and clearing one slot: what is stored, which barriers and invalidations follow, in which order. Linux: <c>__set_fixmap</c>, <c>clear_fixmap</c>.</summary>
public sealed class FixmapSlotTests
{
    [Fact]
    public void Mapping_is_a_store_a_DSB_ISHST_and_an_ISB()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        Fixmap<HostMemory> fixmap = machine.Fixmap();
        RecordingCpu<SilentCpu> cpu = machine.Recorder();
        Assert.Equal(FailureCode.None, fixmap.Map(ref cpu, 980, TableSlot.Pte, machine.Tables, 3, out TableWindow window));

        Assert.Equal(
            [
                EventText.Store(fixmap.SlotTable, 44, new(machine.Tables.Value | 0x00e8_0000_0000_0703)),
                "DSB ISHST",
                "ISB",
                $"map Pte 0xffffffffff42c000 -> {machine.Tables}",
            ],
            machine.Text(cpu));
        Assert.Equal((machine.Tables, new VirtualAddress(0xffff_ffff_ff42_c000), TableSlot.Pte, 3), (window.Table, window.Address, window.Slot, window.Level));
    }

    [Fact]
    public void Clearing_is_a_store_without_barrier_then_DSB_ISHST_one_TLBI_VAALE1IS_DSB_ISH_and_ISB()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        Fixmap<HostMemory> fixmap = machine.Fixmap();
        RecordingCpu<SilentCpu> cpu = machine.Recorder();
        fixmap.Unmap(ref cpu, 980, TableSlot.Pte);

        Assert.Equal(
            [
                EventText.Store(fixmap.SlotTable, 44, default),
                "unmap Pte 0xffffffffff42c000",
                "DSB ISHST",
                "TLBI VAALE1IS 0xffffffffff42c000",
                "DSB ISH",
                "ISB",
            ],
            machine.Text(cpu));
    }

    [Fact]
    public void A_pair_takes_two_DSB_ISHST_one_TLBI_one_DSB_ISH_and_two_ISB()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        Fixmap<HostMemory> fixmap = machine.Fixmap();
        CountingCpu<SilentCpu> cpu = new(default);
        _ = fixmap.Map(ref cpu, 981, TableSlot.Pmd, machine.Tables, 2, out _);
        fixmap.Unmap(ref cpu, 981, TableSlot.Pmd);

        Assert.Equal(
            new OperationCounts { FixmapMaps = 1, FixmapUnmaps = 1, DsbIshst = 2, TlbiVaale1is = 1, DsbIsh = 1, Isb = 2 },
            cpu.Counts);
    }

    [Fact]
    public void Forgetting_is_the_store_alone()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        Fixmap<HostMemory> fixmap = machine.Fixmap();
        RecordingCpu<SilentCpu> cpu = machine.Recorder();
        fixmap.Forget(ref cpu, 993, TableSlot.Pte);
        Assert.Equal([EventText.Store(fixmap.SlotTable, 31, default), "unmap Pte 0xffffffffff41f000"], machine.Text(cpu));
    }

    [Fact]
    public void After_clearing_the_slots_entry_is_zero_and_its_neighbours_are_not()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        Fixmap<HostMemory> fixmap = machine.Fixmap();
        SilentCpu cpu = default;
        for (int index = 980; index <= 984; index++)
        {
            Assert.Equal(FailureCode.None, fixmap.Map(ref cpu, index, TableSlot.Pte, machine.Page(index), 3, out _));
        }

        fixmap.Unmap(ref cpu, 982, TableSlot.Pud);
        for (int index = 980; index <= 984; index++)
        {
            Descriptor entry = machine.Read(fixmap.SlotTable, 44 - (index - 980));
            Assert.Equal(index == 982 ? default : machine.Page(index), machine.Format.Decode(entry));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(985)]
    [InlineData(992)]
    [InlineData(1009)]
    [InlineData(int.MinValue)]
    public void A_number_that_is_no_slot_is_refused_and_nothing_is_done(int index)
    {
        using TestMachine machine = new(Shapes.FourLevels);
        Fixmap<HostMemory> fixmap = machine.Fixmap();
        RecordingCpu<SilentCpu> cpu = machine.Recorder();
        Assert.Equal(FailureCode.BadFixmapSlot, fixmap.Map(ref cpu, index, TableSlot.Pte, machine.Tables, 3, out TableWindow window));
        Assert.Empty(machine.Text(cpu));
        Assert.Equal((TableSlot.None, default), (window.Slot, window.Address));
    }

    [Fact]
    public unsafe void A_table_inside_a_page_keeps_its_offset_in_the_slot()
    {
        // Linux: set_fixmap_offset. The page is mapped, the pointer leads to the table.
        using TestMachine machine = new(Shapes.FourLevels);
        Fixmap<HostMemory> fixmap = machine.Fixmap();
        SilentCpu cpu = default;
        PhysicalAddress table = machine.Tables + 0x1c0;
        _ = fixmap.Map(ref cpu, 984, TableSlot.Pgd, table, 0, out TableWindow window);

        Assert.Equal(machine.Tables, machine.Format.Decode(machine.Read(fixmap.SlotTable, 40)));
        Assert.Equal((table, new VirtualAddress(0xffff_ffff_ff42_81c0)), (window.Table, window.Address));
        Assert.Equal((nint)(machine.Window(machine.Tables, 0).Entries + (0x1c0 / 8)), (nint)window.Entries);
    }

    [Fact]
    public void With_LPA2_the_window_has_no_shareability_bits()
    {
        using TestMachine machine = new(Shapes.FiveLevels);
        Fixmap<HostMemory> fixmap = machine.Fixmap();
        SilentCpu cpu = default;
        _ = fixmap.Map(ref cpu, 980, TableSlot.Pte, machine.Tables, 3, out _);
        Assert.Equal(machine.Tables.Value | 0x00e8_0000_0000_0403, machine.Read(fixmap.SlotTable, 44).Raw);
    }

    [Fact]
    public void Windows_without_a_slot_are_closed_without_an_operation()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        FixmapAccess<HostMemory> access = new(machine.Fixmap());
        RecordingCpu<SilentCpu> cpu = machine.Recorder();
        access.Close(ref cpu, access.Direct(machine.Tables, 3));
        access.Close(ref cpu, default);
        access.Drain(ref cpu);
        Assert.Empty(machine.Text(cpu));
        Assert.True(FixmapAccess<HostMemory>.ClosingSynchronises);
    }

    [Fact]
    public void Each_level_is_opened_in_its_own_slot()
    {
        using TestMachine machine = new(Shapes.FiveLevels);
        FixmapAccess<HostMemory> access = new(machine.Fixmap());
        SilentCpu cpu = default;
        foreach ((TableSlot slot, ulong address) in new[]
        {
            (TableSlot.Pte, 0xffff_ffff_ff42_c000), (TableSlot.Pmd, 0xffff_ffff_ff42_b000), (TableSlot.Pud, 0xffff_ffff_ff42_a000),
            (TableSlot.P4d, 0xffff_ffff_ff42_9000), (TableSlot.Pgd, 0xffff_ffff_ff42_8000),
        })
        {
            Assert.Equal(FailureCode.None, access.Open(ref cpu, slot, 3, machine.Tables, out TableWindow window));
            Assert.Equal((new VirtualAddress(address), slot), (window.Address, window.Slot));
        }

        Assert.Equal(FailureCode.BadFixmapSlot, access.Open(ref cpu, TableSlot.None, 3, machine.Tables, out _));
    }
}
