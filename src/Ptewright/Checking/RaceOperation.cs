using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Translation;

namespace Ptewright.Checking;

/// <summary>One operation of a writer; which members mean something depends on <see cref="Kind"/>.</summary>
internal sealed record RaceOperation
{
    /// <summary>What is done.</summary>
    public required RaceOperationKind Kind { get; init; }

    /// <summary>The lock that is taken or given back.</summary>
    public RaceLock Lock { get; init; }

    /// <summary>The slot through which a table is reached; of a store to the fixmap's own table, the slot whose entry is written.</summary>
    public TableSlot Slot { get; init; }

    /// <summary>Whether the fixmap's own table is written. Linux: <c>bm_pte</c>.</summary>
    public bool IsSlotEntry { get; init; }

    /// <summary>The level of the table, -1 to 3.</summary>
    public int Level { get; init; }

    /// <summary>Where the table lies that the writer means.</summary>
    public PhysicalAddress Table { get; init; }

    /// <summary>The virtual address of the slot, or of the page that is invalidated; 0 for a table that is reached without a slot.</summary>
    public VirtualAddress Address { get; init; }

    /// <summary>The entry.</summary>
    public int Index { get; init; }

    /// <summary>What is written; of a load, what is read there.</summary>
    public Descriptor Value { get; init; }

    /// <summary>Whether the access faults, because nothing is mapped there.</summary>
    public bool Faults { get; init; }

    /// <summary>Whether the other writer can tell when this happens: an access to shared memory, or a lock.</summary>
    /// <remarks>The others change nothing that the model holds: its memory is sequentially consistent and its translations are exact, so a barrier or an
    /// invalidation orders nothing, and pages come from a list of the writer's own CPU. Interleaving them would give the same runs over and over.</remarks>
    public bool IsStep => Kind <= RaceOperationKind.Clear;

    /// <summary>Where the entry lies.</summary>
    internal PhysicalAddress Location => Table + ((ulong)Index * sizeof(ulong));
}
