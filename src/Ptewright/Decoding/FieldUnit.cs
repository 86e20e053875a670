namespace Ptewright.Decoding;

/// <summary>What the number in a field is.</summary>
public enum FieldUnit
{
    /// <summary>A number or a choice.</summary>
    Number,

    /// <summary>An address, its bits at their own places.</summary>
    Address,

    /// <summary>A virtual address without its highest bits, which are like the highest that is there.</summary>
    VirtualAddress,

    /// <summary>64 less a size of addresses in bits: T0SZ, T1SZ.</summary>
    UnusedAddressBits,

    /// <summary>A byte of MAIR_EL1.</summary>
    MemoryAttribute,

    /// <summary>Nothing: reserved, or ignored by the CPU.</summary>
    Nothing,
}
