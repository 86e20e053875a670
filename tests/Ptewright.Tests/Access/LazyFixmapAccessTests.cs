using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Tests.Access;

/// <summary>Level-3 tables through sixteen slots in turn, invalidated together when all are used or the walk ends.</summary>
public sealed class LazyFixmapAccessTests
{
    [Fact]
    public void Sixteen_tables_are_opened_at_falling_addresses_without_an_invalidation()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        LazyFixmapAccess<HostMemory> access = new(machine.Fixmap(), GranuleSize.Size4K, hasRangeInvalidation: true);
        CountingCpu<SilentCpu> cpu = new(default);
        for (int i = 0; i < 16; i++)
        {
            TableWindow window = Open(ref access, ref cpu, machine, i);
            Assert.Equal(machine.Layout.Address(993 + i), window.Address);
            access.Close(ref cpu, window);
        }

        Assert.Equal(new OperationCounts { FixmapMaps = 16, DsbIshst = 16, Isb = 16 }, cpu.Counts);
    }

    [Fact]
    public void The_seventeenth_flushes_all_of_them_with_one_range_invalidation()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        Fixmap<HostMemory> fixmap = machine.Fixmap();
        LazyFixmapAccess<HostMemory> access = new(fixmap, GranuleSize.Size4K, hasRangeInvalidation: true);
        RecordingCpu<SilentCpu> cpu = machine.Recorder();
        for (int i = 0; i < 17; i++)
        {
            access.Close(ref cpu, Open(ref access, ref cpu, machine, i));
        }

        // Sixteen openings of four events, then the flush, then the seventeenth.
        IEnumerable<string> forgotten = Enumerable.Range(993, 16).SelectMany(index => new[]
        {
            EventText.Store(fixmap.SlotTable, 1024 - index, default), $"unmap Pte {machine.Layout.Address(index)}",
        });
        string[] flush = ["DSB ISHST", "TLBI RVAALE1IS 0xffffffffff410000 x16", "DSB ISH", "ISB"];
        string[] events = machine.Text(cpu);
        Assert.Equal(forgotten.Concat(flush), events[64..^4]);
        Assert.Equal($"map Pte {machine.Layout.Address(993)} -> {machine.Page(116)}", events[^1]);
    }

    [Fact]
    public void A_CPU_without_range_invalidation_invalidates_sixteen_pages_between_the_same_barriers()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        LazyFixmapAccess<HostMemory> access = new(machine.Fixmap(), GranuleSize.Size4K, hasRangeInvalidation: false);
        RecordingCpu<SilentCpu> cpu = machine.Recorder();
        _ = Open(ref access, ref cpu, machine, 0);
        access.Drain(ref cpu);

        IEnumerable<string> invalidations = Enumerable.Range(993, 16).Select(index => $"TLBI VAALE1IS {machine.Layout.Address(index)}");
        Assert.Equal(["DSB ISHST", .. invalidations, "DSB ISH", "ISB"], machine.Text(cpu)[6..]);
    }

    [Fact]
    public void Draining_clears_only_what_was_used_and_a_second_time_nothing()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        LazyFixmapAccess<HostMemory> access = new(machine.Fixmap(), GranuleSize.Size4K, hasRangeInvalidation: true);
        CountingCpu<SilentCpu> cpu = new(default);
        access.Drain(ref cpu);
        Assert.Equal(default, cpu.Counts);

        for (int i = 0; i < 3; i++)
        {
            _ = Open(ref access, ref cpu, machine, i);
        }

        access.Drain(ref cpu);
        OperationCounts expected = new() { FixmapMaps = 3, FixmapUnmaps = 3, TlbiRvaale1is = 1, DsbIshst = 3 + 1, DsbIsh = 1, Isb = 3 + 1 };
        Assert.Equal(expected, cpu.Counts);
        access.Drain(ref cpu);
        Assert.Equal(expected, cpu.Counts);
    }

    [Fact]
    public void After_draining_it_begins_with_the_first_slot_again()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        LazyFixmapAccess<HostMemory> access = new(machine.Fixmap(), GranuleSize.Size4K, hasRangeInvalidation: true);
        SilentCpu cpu = default;
        VirtualAddress first = Open(ref access, ref cpu, machine, 0).Address;
        _ = Open(ref access, ref cpu, machine, 1);
        access.Drain(ref cpu);
        Assert.Equal(first, Open(ref access, ref cpu, machine, 2).Address);
    }

    [Fact]
    public void Upper_levels_keep_their_single_slots_and_close_at_once()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        LazyFixmapAccess<HostMemory> access = new(machine.Fixmap(), GranuleSize.Size4K, hasRangeInvalidation: true);
        CountingCpu<SilentCpu> cpu = new(default);
        _ = access.Open(ref cpu, TableSlot.Pmd, 2, machine.Tables, out TableWindow window);
        Assert.Equal(new VirtualAddress(0xffff_ffff_ff42_b000), window.Address);
        access.Close(ref cpu, window);
        Assert.Equal(
            new OperationCounts { FixmapMaps = 1, FixmapUnmaps = 1, DsbIshst = 2, TlbiVaale1is = 1, DsbIsh = 1, Isb = 2 },
            cpu.Counts);
        Assert.False(LazyFixmapAccess<HostMemory>.ClosingSynchronises);
    }

    private static TableWindow Open<TCpu>(ref LazyFixmapAccess<HostMemory> access, ref TCpu cpu, TestMachine machine, int number)
        where TCpu : struct, ICpu
    {
        Assert.Equal(FailureCode.None, access.Open(ref cpu, TableSlot.Pte, 3, machine.Page(100 + number), out TableWindow window));
        return window;
    }
}
