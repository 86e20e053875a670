using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Tests.Cpu;

/// <summary>Recording: every operation in order with what it was about, into a buffer of fixed size.</summary>
public sealed unsafe class RecordingCpuTests
{
    private static readonly VirtualAddress Page = new(0xffff_0000_0000_0000);

    [Fact]
    public void Events_say_in_order_what_was_done_to_which_table()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        PhysicalAddress page = machine.Tables;
        TableWindow window = new(machine.Window(page, 2).Entries, page, Page, TableSlot.Pmd, 2);
        RecordingCpu<SilentCpu> cpu = machine.Recorder();
        cpu.OnMapped(window);
        cpu.Clear(window, 4096);
        cpu.Store(window, 7, new Descriptor(0x703));
        cpu.StoreRun(window, 8, 4, new Descriptor(0x1703), 0x1000);
        _ = cpu.Load(window, 0);
        cpu.DsbIshst();
        cpu.Isb();
        cpu.OnUnmapped(TableSlot.Pmd, Page);
        cpu.TlbiVaale1is(Page);
        cpu.TlbiVaae1is(Page);
        cpu.TlbiRvaale1is(Page, 16, GranuleSize.Size4K);
        cpu.TlbiVmalle1is();
        cpu.DsbIsh();
        cpu.SetTtbr0(page);

        Assert.Equal(
            [
                $"map Pmd 0xffff000000000000 -> {page}",
                $"clear {page} 4096",
                $"store {page}[7] = 0x0000000000000703",
                $"store {page}[8] x4 = 0x0000000000001703 step 0x1000",
                "DSB ISHST",
                "ISB",
                "unmap Pmd 0xffff000000000000",
                "TLBI VAALE1IS 0xffff000000000000",
                "TLBI VAAE1IS 0xffff000000000000",
                "TLBI RVAALE1IS 0xffff000000000000 x16",
                "TLBI VMALLE1IS",
                "DSB ISH",
                $"TTBR0 = {page}",
            ],
            machine.Text(cpu));
        Assert.All(machine.Events(cpu)[..4], item => Assert.Equal((TableSlot.Pmd, 2), (item.Slot, item.Level)));
    }

    [Fact]
    public void What_is_recorded_is_also_done()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        TableWindow window = machine.Window(machine.Tables, 3);
        RecordingCpu<SilentCpu> cpu = machine.Recorder();
        cpu.Clear(window, 4096);
        cpu.Store(window, 511, new Descriptor(0x703));
        cpu.StoreRun(window, 0, 3, new Descriptor(0x1703), 0x1000);

        Assert.Equal(new Descriptor(0x703), cpu.Load(window, 511));
        Assert.Equal([0x1703UL, 0x2703UL, 0x3703UL, 0UL], Enumerable.Range(0, 4).Select(index => machine.Read(machine.Tables, index).Raw));
    }

    [Fact]
    public void A_full_buffer_keeps_what_it_has_and_counts_what_it_drops()
    {
        CpuEvent* buffer = stackalloc CpuEvent[3];
        RecordingCpu<SilentCpu> cpu = new(default, buffer, 2);
        cpu.DsbIshst();
        cpu.Isb();
        cpu.DsbIsh();
        cpu.TlbiVmalle1is();

        Assert.Equal((2, 2UL), (cpu.Count, cpu.Dropped));
        Assert.Equal((CpuEventKind.DsbIshst, CpuEventKind.Isb), (buffer[0].Kind, buffer[1].Kind));
        Assert.Equal(0, buffer[2].Count);
    }
}
