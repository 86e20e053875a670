using System.Runtime.InteropServices;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.LinearMap;

/// <summary>Everything that a build of some tables does, in order, and questions about what comes before what.</summary>
/// <param name="Events">What is done.</param>
/// <param name="SlotTable">The table of the fixmap's slots.</param>
internal sealed record EventTrace(CpuEvent[] Events, PhysicalAddress SlotTable)
{
    // More tables of level 3 than there are lazy slots, so that every strategy uses slots again.
    private const int Leaves = 20;
    private const ulong PageSize = 4096;
    private const int Capacity = 200_000;

    /// <summary>The tables of the linear map, upper ones first.</summary>
    public PhysicalAddress[] Tables { get; } = [.. Enumerable.Range(1, Leaves + 2).Select(number => new PhysicalAddress((1UL << 30) + ((ulong)Leaves << 21) - ((ulong)number * PageSize)))];

    /// <summary>Those of level 3.</summary>
    public PhysicalAddress[] LeafTables => Tables[2..];

    /// <summary>Builds with a strategy.</summary>
    public static unsafe EventTrace Of(string strategy)
    {
        using LinearMapSimulation simulation = new(Plans.OneRange(GranuleSize.Size4K, 48, (ulong)Leaves << 21, Plans.PagesOnly));
        CpuEvent* buffer = (CpuEvent*)NativeMemory.Alloc(Capacity, (nuint)sizeof(CpuEvent));
        try
        {
            _ = simulation.Build(Plans.Strategy(strategy), new RecordingCpu<SilentCpu>(default, buffer, Capacity), out RecordingCpu<SilentCpu> cpu);
            Assert.Equal(0UL, cpu.Dropped);
            return new EventTrace(new Span<CpuEvent>(buffer, cpu.Count).ToArray(), simulation.SlotTable);
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }

    /// <summary>The page of a window.</summary>
    public static VirtualAddress PageOf(VirtualAddress address) => new(address.Value & ~(PageSize - 1));

    /// <summary>Whether it writes memory.</summary>
    public static bool Writes(CpuEvent item) => item.Kind is CpuEventKind.Clear or CpuEventKind.Store or CpuEventKind.StoreRun;

    /// <summary>Whether it invalidates the translation of a page.</summary>
    public static bool Invalidates(CpuEvent item, VirtualAddress page) =>
        item.Kind is CpuEventKind.TlbiVaale1is or CpuEventKind.TlbiRvaale1is && page >= item.Address && page.Value - item.Address.Value < (ulong)item.Count * PageSize;

    /// <summary>Whether it makes a slot lead somewhere.</summary>
    public bool IsOpening(CpuEvent item) => item.Kind == CpuEventKind.Store && item.Table == SlotTable && item.Value.IsValid;

    /// <summary>Whether it makes a table reachable for table walks.</summary>
    public bool Links(CpuEvent item, PhysicalAddress table) => item.Kind == CpuEventKind.Store && item.Table != SlotTable && item.Level < 3 && item.Value.IsTableOrPage
        && OutputAddressFormat.Bits48(GranuleSize.Size4K).Decode(item.Value) == table;

    /// <summary>The events that write entries of a table.</summary>
    public int[] Fills(PhysicalAddress table) => [.. Enumerable.Range(0, Events.Length).Where(i => Events[i].Kind is CpuEventKind.Store or CpuEventKind.StoreRun && Events[i].Table == table)];

    /// <summary>The first event that is so, from one on; the number behind the last where none is.</summary>
    public int First(int from, Predicate<CpuEvent> isSo)
    {
        int found = from < Events.Length ? Array.FindIndex(Events, from, isSo) : -1;
        return found < 0 ? Events.Length : found;
    }

    /// <summary>The one event that is so.</summary>
    public int Only(Predicate<CpuEvent> isSo)
    {
        int first = First(0, isSo);
        Assert.True(first < Events.Length && First(first + 1, isSo) == Events.Length, $"There is none, or more than one: first event {first} of {Events.Length}.");
        return first;
    }

    /// <summary>Whether, behind one event and before another, these come in this order. A DSB ISH does all that a DSB ISHST does.</summary>
    public bool Follow(int from, int before, params ReadOnlySpan<CpuEventKind> kinds)
    {
        int at = from;
        foreach (CpuEventKind kind in kinds)
        {
            at = First(at + 1, item => item.Kind == kind || (kind == CpuEventKind.DsbIshst && item.Kind == CpuEventKind.DsbIsh));
            if (at >= before)
            {
                return false;
            }
        }

        return true;
    }
}
