namespace Ptewright.Decoding;

/// <summary>What a TLBI instruction names.</summary>
public enum TlbiTarget
{
    /// <summary>Nothing: everything of its regime; it has no operand.</summary>
    Everything,

    /// <summary>An ASID.</summary>
    Asid,

    /// <summary>A page, by its virtual address, of stage 1.</summary>
    Address,

    /// <summary>A page, by its intermediate physical address, of stage 2.</summary>
    IntermediateAddress,
}
