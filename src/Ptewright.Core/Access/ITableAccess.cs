using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;

namespace Ptewright.Access;

/// <summary>How a table page is reached while it is written: a switch of the strategy, as a type argument.</summary>
internal interface ITableAccess
{
    /// <summary>Whether closing a window makes the entries written through it usable at once (its barriers do), so that no other barrier is needed.</summary>
    static abstract bool ClosingSynchronises { get; }

    /// <summary>Opens a window on a table.</summary>
    /// <param name="cpu">Executes what it takes.</param>
    /// <param name="slot">The slot to use, if slots are used.</param>
    /// <param name="level">The level of the table.</param>
    /// <param name="table">Where the table lies.</param>
    /// <param name="window">The window.</param>
    /// <returns><see cref="FailureCode.None"/> or <see cref="FailureCode.BadFixmapSlot"/>.</returns>
    FailureCode Open<TCpu>(ref TCpu cpu, TableSlot slot, int level, PhysicalAddress table, out TableWindow window)
        where TCpu : struct, ICpu;

    /// <summary>Closes a window: it is not touched again. Windows without a slot need nothing.</summary>
    void Close<TCpu>(ref TCpu cpu, in TableWindow window)
        where TCpu : struct, ICpu;

    /// <summary>Finishes what was put off: after this no slot is mapped and no translation of one is left.</summary>
    void Drain<TCpu>(ref TCpu cpu)
        where TCpu : struct, ICpu;

    /// <summary>A window on a page that the kernel can reach anyway (late pages, static tables).</summary>
    TableWindow Direct(PhysicalAddress table, int level);
}
