using Ptewright.Cpu;

namespace Ptewright.Checking;

/// <summary>What an operation is, as far as its order matters.</summary>
internal enum OrderingKind
{
    Store,
    Clear,
    Access,
    DsbIshst,
    DsbIsh,
    DsbNshst,
    DsbNsh,
    Isb,
    TlbiLast,
    TlbiPage,
    TlbiAll,
    TlbiLocal,
    SetTtbr0,
    SetTtbr1,
    Mapped,
    Unmapped,
    Return,
}

/// <summary>One operation of a sequence.</summary>
/// <param name="Kind">What it is.</param>
internal sealed record OrderingEvent(OrderingKind Kind)
{
    /// <summary>The page that is written, read or mapped; of a TTBR write, the root.</summary>
    public ulong Page { get; init; }

    /// <summary>The first entry that is written.</summary>
    public int Index { get; init; }

    /// <summary>How many entries are written, or pages invalidated.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The first value.</summary>
    public ulong Value { get; init; }

    /// <summary>What each further value is above the one before.</summary>
    public ulong Step { get; init; }

    /// <summary>The level of the table that is written.</summary>
    public int Level { get; init; }

    /// <summary>The address through which the page is reached, if that depends on tables; of an invalidation, the address that is named.</summary>
    public ulong Address { get; init; }

    /// <summary>The fixmap slot.</summary>
    public TableSlot Slot { get; init; }

    /// <summary>Whether it belongs to whoever comes after the scenario, so that it is never left out.</summary>
    public bool IsNextCaller { get; init; }

    /// <summary>The instruction, of those that may be left out; otherwise null.</summary>
    public string? Instruction => IsNextCaller ? null : Kind switch
    {
        OrderingKind.DsbIshst => "DSB ISHST",
        OrderingKind.DsbIsh => "DSB ISH",
        OrderingKind.DsbNshst => "DSB NSHST",
        OrderingKind.DsbNsh => "DSB NSH",
        OrderingKind.Isb => "ISB",
        OrderingKind.TlbiLast => Count > 1 ? "TLBI RVAALE1IS" : "TLBI VAALE1IS",
        OrderingKind.TlbiPage => "TLBI VAAE1IS",
        OrderingKind.TlbiAll => "TLBI VMALLE1IS",
        OrderingKind.TlbiLocal => "TLBI VMALLE1",
        _ => null,
    };

    /// <summary>The value that entry <paramref name="index"/> gets; null when it is not written.</summary>
    public ulong? ValueAt(int index) => Kind switch
    {
        OrderingKind.Clear => 0,
        OrderingKind.Store when index >= Index && index < Index + Count => Value + ((ulong)(index - Index) * Step),
        _ => null,
    };
}
