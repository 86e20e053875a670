using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Cpu;

/// <summary>One recorded event; which members mean something depends on <see cref="Kind"/>.</summary>
public readonly struct CpuEvent
{
    /// <summary>Makes an event.</summary>
    /// <param name="kind">What happened.</param>
    /// <param name="window">The table it happened to.</param>
    /// <param name="index">The first entry concerned.</param>
    /// <param name="count">How many entries, bytes or pages.</param>
    /// <param name="value">The descriptor written.</param>
    /// <param name="step">The distance from one descriptor of a run to the next.</param>
    internal CpuEvent(CpuEventKind kind, in TableWindow window, int index, int count, Descriptor value, ulong step)
    {
        Kind = kind;
        Slot = window.Slot;
        Level = window.Level;
        Table = window.Table;
        Address = window.Address;
        Index = index;
        Count = count;
        Value = value;
        Step = step;
    }

    /// <summary>Makes an event about an address.</summary>
    internal CpuEvent(CpuEventKind kind, TableSlot slot, VirtualAddress address, PhysicalAddress table, int count)
    {
        Kind = kind;
        Slot = slot;
        Level = 0;
        Table = table;
        Address = address;
        Index = 0;
        Count = count;
        Value = default;
        Step = 0;
    }

    /// <summary>What happened.</summary>
    public CpuEventKind Kind { get; }

    /// <summary>The slot through which the table was reached.</summary>
    public TableSlot Slot { get; }

    /// <summary>The level of the table that was written.</summary>
    public int Level { get; }

    /// <summary>Where the table lies.</summary>
    public PhysicalAddress Table { get; }

    /// <summary>The virtual address of the window, or of the page that was invalidated.</summary>
    public VirtualAddress Address { get; }

    /// <summary>The first entry written.</summary>
    public int Index { get; }

    /// <summary>Entries written, bytes zeroed, or pages invalidated.</summary>
    public int Count { get; }

    /// <summary>The (first) descriptor written.</summary>
    public Descriptor Value { get; }

    /// <summary>In a run: what each descriptor is above the one before, in bytes of address.</summary>
    public ulong Step { get; }
}
