using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Cpu;

/// <summary>A table page while it can be written: where it lies, and through which address it is reached.</summary>
internal readonly unsafe struct TableWindow
{
    /// <summary>Makes a window.</summary>
    /// <param name="entries">The first entry, as this program reaches it.</param>
    /// <param name="table">Where the table lies.</param>
    /// <param name="address">The virtual address of the window.</param>
    /// <param name="slot">The slot in use.</param>
    /// <param name="level">The level of the table, -1 to 3.</param>
    public TableWindow(Descriptor* entries, PhysicalAddress table, VirtualAddress address, TableSlot slot, int level)
    {
        Entries = entries;
        Table = table;
        Address = address;
        Slot = slot;
        Level = level;
    }

    /// <summary>The first entry, as this program reaches it.</summary>
    public Descriptor* Entries { get; }

    /// <summary>Where the table lies.</summary>
    public PhysicalAddress Table { get; }

    /// <summary>The virtual address of the window.</summary>
    public VirtualAddress Address { get; }

    /// <summary>The slot in use.</summary>
    public TableSlot Slot { get; }

    /// <summary>The level of the table, -1 to 3.</summary>
    public int Level { get; }

    /// <summary>The same page read as a table of the level below, because that level is folded.</summary>
    /// <param name="pageSize">The page size in bytes.</param>
    /// <remarks>Linux: <c>pgd_to_folded_p4d</c>, <c>p4d_to_folded_pud</c>: pointer aligned down to its page; the index of the lower level is added by the walk.</remarks>
    public TableWindow Folded(ulong pageSize) => new(
        (Descriptor*)((ulong)Entries & ~(pageSize - 1)),
        Table.AlignDown(pageSize),
        new VirtualAddress(Address.Value & ~(pageSize - 1)),
        TableSlot.None,
        Level + 1);
}
