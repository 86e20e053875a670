using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Tests.Cpu;

/// <summary>Counting: every operation once, under its own name, and passed on.</summary>
public sealed class CountingCpuTests
{
    private static readonly VirtualAddress Page = new(0xffff_0000_0000_0000);

    [Fact]
    public void Each_operation_is_counted_under_its_own_name()
    {
        CountingCpu<SilentCpu> cpu = new(default);
        Repeat(1, () => cpu.DsbIshst());
        Repeat(2, () => cpu.DsbIsh());
        Repeat(3, () => cpu.Isb());
        Repeat(4, () => cpu.TlbiVaale1is(Page));
        Repeat(5, () => cpu.TlbiVaae1is(Page));
        Repeat(6, () => cpu.TlbiRvaale1is(Page, 16, GranuleSize.Size4K));
        Repeat(7, () => cpu.TlbiVmalle1is());
        Repeat(8, () => cpu.SetTtbr0(new PhysicalAddress(0x1000)));
        Repeat(9, () => cpu.OnMapped(default));
        Repeat(10, () => cpu.OnUnmapped(TableSlot.Pte, Page));

        OperationCounts expected = new()
        {
            DsbIshst = 1,
            DsbIsh = 2,
            Isb = 3,
            TlbiVaale1is = 4,
            TlbiVaae1is = 5,
            TlbiRvaale1is = 6,
            TlbiVmalle1is = 7,
            Ttbr0Writes = 8,
            FixmapMaps = 9,
            FixmapUnmaps = 10,
        };
        Assert.Equal(expected, cpu.Counts);
        Assert.Equal(1UL + 2, cpu.Counts.Dsb);
        Assert.Equal(4UL + 5 + 6 + 7, cpu.Counts.Tlbi);
    }

    [Fact]
    public void Loads_stores_and_clearing_are_done_and_not_counted()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        TableWindow table = machine.Window(machine.Tables, 3);
        CountingCpu<SilentCpu> cpu = new(default);
        cpu.Clear(table, 4096);
        cpu.Store(table, 3, new Descriptor(0x1703));
        cpu.StoreRun(table, 10, 2, new Descriptor(0x2703), 0x1000);

        Assert.Equal(new Descriptor(0x1703), cpu.Load(table, 3));
        Assert.Equal((0x2703UL, 0x3703UL, 0UL), (machine.Read(machine.Tables, 10).Raw, machine.Read(machine.Tables, 11).Raw, machine.Read(machine.Tables, 12).Raw));
        Assert.Equal(default, cpu.Counts);
    }

    [Fact]
    public void What_is_counted_is_passed_on_in_order()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        CpuEvent[] buffer = GC.AllocateArray<CpuEvent>(16, pinned: true);
        unsafe
        {
            fixed (CpuEvent* events = buffer)
            {
                CountingCpu<RecordingCpu<SilentCpu>> cpu = new(new(default, events, buffer.Length));
                cpu.OnMapped(machine.Window(machine.Tables, 3));
                cpu.DsbIshst();
                cpu.TlbiVaale1is(Page);
                cpu.TlbiVaae1is(Page);
                cpu.TlbiRvaale1is(Page, 16, GranuleSize.Size4K);
                cpu.TlbiVmalle1is();
                cpu.DsbIsh();
                cpu.Isb();
                cpu.SetTtbr0(machine.Tables);
                cpu.OnUnmapped(TableSlot.Pte, Page);
            }
        }

        Assert.Equal(
            [
                CpuEventKind.Mapped, CpuEventKind.DsbIshst, CpuEventKind.TlbiVaale1is, CpuEventKind.TlbiVaae1is, CpuEventKind.TlbiRvaale1is,
                CpuEventKind.TlbiVmalle1is, CpuEventKind.DsbIsh, CpuEventKind.Isb, CpuEventKind.SetTtbr0, CpuEventKind.Unmapped,
            ],
            buffer[..10].Select(item => item.Kind));
    }

    private static void Repeat(int times, Action action)
    {
        for (int i = 0; i < times; i++)
        {
            action();
        }
    }
}
