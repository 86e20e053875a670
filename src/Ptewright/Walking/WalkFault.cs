namespace Ptewright.Walking;

/// <summary>Why an address is not translated.</summary>
public enum WalkFault
{
    /// <summary>It is.</summary>
    None,

    /// <summary>Translation fault: an entry is invalid or reserved, or the address belongs to neither half, or walks are disabled.</summary>
    Translation,

    /// <summary>Address size fault: an entry or the root leads beyond the output address size.</summary>
    AddressSize,

    /// <summary>Access flag fault: the leaf has no Access flag, and the CPU does not set it.</summary>
    AccessFlag,

    /// <summary>Not the CPU's word: a table does not lie in the memory that the source has.</summary>
    MissingMemory,

    /// <summary>Not the CPU's word: a table lies in memory that was left out of the source.</summary>
    ExcludedMemory,

    /// <summary>Not the CPU's word: a table lies in memory that the source has, but that cannot be read.</summary>
    LostMemory,
}
