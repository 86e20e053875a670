using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Tests.Memory;
using Ptewright.Translation;

namespace Ptewright.Tests.Access;

/// <summary>
/// The seed itself: <c>alloc_init_pud</c>, <c>alloc_init_cont_pmd</c>, <c>alloc_init_cont_pte</c> open a new table in the slot of its own level, clear it
/// (<c>init_clear_pgtable</c>), link it, fill it and close it; an existing one they only open. Before the seed the allocator cleared it through FIX_PTE.
/// </summary>
public sealed class TablePopulationTests
{
    private const ulong LinkBits = 0x1800_0000_0000_0003;

    [Fact]
    public void After_the_seed_each_new_table_is_opened_cleared_linked_and_closed_once()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        var builder = BuildRun.Recording<Strategy<No, No, No>, ReservePageAllocator>(machine, Reserve(machine));
        Assert.True(builder.TryMap(machine.Pages(machine.Geometry.PageOffset, machine.Root, 2), out _));

        PhysicalAddress pud = machine.Tables;
        PhysicalAddress pmd = pud + 4096;
        PhysicalAddress pte = pmd + 4096;
        Assert.Equal(
            [
                .. Open(machine, TableSlot.Pud, pud), $"clear {pud} 4096", "DSB ISHST", .. Link(machine.Root, pud),
                .. Open(machine, TableSlot.Pmd, pmd), $"clear {pmd} 4096", "DSB ISHST", .. Link(pud, pmd),
                .. Open(machine, TableSlot.Pte, pte), $"clear {pte} 4096", "DSB ISHST", .. Link(pmd, pte),
                $"store {pte}[0] x2 = 0x00e8000040000707 step 0x1000",
                .. Close(machine, TableSlot.Pte), .. Close(machine, TableSlot.Pmd), .. Close(machine, TableSlot.Pud),
            ],
            machine.Text(builder.Cpu));
    }

    [Fact]
    public void Before_the_seed_each_new_table_was_cleared_through_FIX_PTE_by_the_allocator_and_opened_again()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        BlockStorage storage = new();
        _ = storage.Blocks.TryAdd(machine.Tables, machine.Tables + (3 * 4096));
        string[] events;
        unsafe
        {
            var builder = BuildRun.Recording<Strategy<Yes, No, No>, EarlyPageAllocator>(machine, new EarlyPageAllocator(storage.Pointer, 4096));
            Assert.True(builder.TryMap(machine.Pages(machine.Geometry.PageOffset, machine.Root, 2), out _));
            events = machine.Text(builder.Cpu);
        }

        // The allocator goes from the top of memory down.
        PhysicalAddress pte = machine.Tables;
        PhysicalAddress pmd = pte + 4096;
        PhysicalAddress pud = pmd + 4096;
        Assert.Equal(
            [
                .. Open(machine, TableSlot.Pte, pud), $"clear {pud} 4096", .. Close(machine, TableSlot.Pte), .. Link(machine.Root, pud), .. Open(machine, TableSlot.Pud, pud),
                .. Open(machine, TableSlot.Pte, pmd), $"clear {pmd} 4096", .. Close(machine, TableSlot.Pte), .. Link(pud, pmd), .. Open(machine, TableSlot.Pmd, pmd),
                .. Open(machine, TableSlot.Pte, pte), $"clear {pte} 4096", .. Close(machine, TableSlot.Pte), .. Link(pmd, pte), .. Open(machine, TableSlot.Pte, pte),
                $"store {pte}[0] x2 = 0x00e8000040000707 step 0x1000",
                .. Close(machine, TableSlot.Pte), .. Close(machine, TableSlot.Pmd), .. Close(machine, TableSlot.Pud),
            ],
            events);
    }

    [Fact]
    public void An_existing_table_is_opened_once_and_neither_cleared_nor_linked()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        VirtualAddress start = machine.Geometry.PageOffset;
        _ = BuildRun.Record(machine, false, machine.Pages(start, machine.Root, 1));
        var builder = BuildRun.Recording<Strategy<No, No, No>, NoAllocator>(machine, default);
        Assert.True(builder.TryMap(machine.Pages(start + 4096, machine.Root, 1), out _));

        PhysicalAddress pud = machine.Tables;
        PhysicalAddress pmd = pud + 4096;
        PhysicalAddress pte = pmd + 4096;
        Assert.Equal(
            [
                .. Open(machine, TableSlot.Pud, pud), .. Open(machine, TableSlot.Pmd, pmd), .. Open(machine, TableSlot.Pte, pte),
                EventText.Store(pte, 1, new(0x00e8_0000_4000_0707)),
                .. Close(machine, TableSlot.Pte), .. Close(machine, TableSlot.Pmd), .. Close(machine, TableSlot.Pud),
            ],
            machine.Text(builder.Cpu));
        Assert.Equal(new Descriptor(0x00e8_0000_4000_0707), machine.Read(pte, 0));
    }

    [Fact]
    public void The_clearing_is_ordered_before_the_link_and_the_link_before_the_first_leaf()
    {
        foreach (TableGeometry geometry in new[] { Shapes.FiveLevels, Shapes.FiveLevelsFolded, Shapes.FourLevels, Shapes.ThreeLevels, Shapes.FourLevels16K, Shapes.FourLevels16KFolded })
        {
            using TestMachine machine = new(geometry);
            CpuEvent[] events = BuildRun.Record(machine, false, machine.Pages(geometry.ActualPageOffset, machine.Root, 4));
            CpuEvent[] cleared = [.. events.Where(item => item.Kind == CpuEventKind.Clear)];
            Assert.Equal(3 - geometry.WalkRootLevel, cleared.Length);
            foreach (CpuEvent clear in cleared)
            {
                int at = Array.IndexOf(events, clear);
                int link = Array.FindIndex(events, item => item.Kind == CpuEventKind.Store && item.Value == machine.Link(clear.Table));
                int use = Array.FindIndex(events, item => item.Kind is CpuEventKind.Store or CpuEventKind.StoreRun && item.Table == clear.Table);
                Assert.Equal((int)geometry.PageSize, clear.Count);
                Assert.Equal(CpuEventKind.DsbIshst, events[at + 1].Kind);
                Assert.True(at + 1 < link && link < use, $"{clear.Table}: cleared {at}, linked {link}, used {use}");
                Assert.Equal((CpuEventKind.DsbIshst, CpuEventKind.Isb), (events[link + 1].Kind, events[link + 2].Kind));
            }
        }
    }

    [Fact]
    public void Each_table_is_opened_in_the_slot_of_its_own_level_at_the_entry_of_the_address()
    {
        using TestMachine machine = new(Shapes.FiveLevels);
        VirtualAddress address = new(0xfff5_5a5a_5a5a_5000);
        CpuEvent[] events = BuildRun.Record(machine, false, machine.Pages(address, machine.Root, 1));
        foreach ((TableSlot slot, int level) in new[] { (TableSlot.P4d, 0), (TableSlot.Pud, 1), (TableSlot.Pmd, 2), (TableSlot.Pte, 3) })
        {
            CpuEvent store = Assert.Single(events, item => item.Slot == slot && item.Level == level && item.Kind is CpuEventKind.Store or CpuEventKind.StoreRun);
            Assert.Equal(machine.Geometry.Index(level, address), store.Index);
            Assert.Equal(machine.Layout.Address(machine.Layout.Index(slot)), store.Address);
        }
    }

    [Fact]
    public void The_page_that_was_allocated_dirty_holds_nothing_but_what_was_mapped()
    {
        using TestMachine machine = new(Shapes.FourLevels);
        _ = BuildRun.Record(machine, false, machine.Pages(machine.Geometry.PageOffset + (7 * 4096), machine.Root, 1));
        for (int table = 0; table < 3; table++)
        {
            int used = table == 2 ? 7 : 0;
            Assert.All(
                Enumerable.Range(0, 512),
                index => Assert.Equal(index != used, machine.Read(machine.Tables + ((ulong)table * 4096), index).IsNone));
        }
    }

    private static ReservePageAllocator Reserve(TestMachine machine) => new(machine.Tables, machine.End, 4096);

    private static string[] Open(TestMachine machine, TableSlot slot, PhysicalAddress table)
    {
        int number = machine.Layout.Index(slot);
        return
        [
            EventText.Store(machine.Page(4), 1024 - number, new(table.Value | 0x00e8_0000_0000_0703)),
            "DSB ISHST",
            "ISB",
            $"map {slot} {machine.Layout.Address(number)} -> {table}",
        ];
    }

    private static string[] Close(TestMachine machine, TableSlot slot)
    {
        int number = machine.Layout.Index(slot);
        VirtualAddress address = machine.Layout.Address(number);
        return [EventText.Store(machine.Page(4), 1024 - number, default), $"unmap {slot} {address}", "DSB ISHST", $"TLBI VAALE1IS {address}", "DSB ISH", "ISB"];
    }

    private static string[] Link(PhysicalAddress table, PhysicalAddress below) =>
        [EventText.Store(table, 0, new(below.Value | LinkBits)), "DSB ISHST", "ISB"];
}
