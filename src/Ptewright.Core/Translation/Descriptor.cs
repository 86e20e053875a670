namespace Ptewright.Translation;

/// <summary>One 64-bit entry of a translation table, as the walker of the CPU reads it.</summary>
/// <remarks>The address field depends on the format: <see cref="OutputAddressFormat"/>. Arm ARM D8.3.</remarks>
public readonly partial struct Descriptor
{
    /// <summary>Wraps the 64 bits of an entry.</summary>
    /// <param name="raw">The entry as it stands in memory.</param>
    public Descriptor(ulong raw) => Raw = raw;

    /// <summary>The 64 bits as they stand in memory.</summary>
    public ulong Raw { get; }

    /// <summary>Whether all bits are zero: nothing was ever put here. Linux: <c>p?d_none</c>, <c>pte_none</c>.</summary>
    public bool IsNone => Raw == 0;

    /// <summary>Whether bit 0 is set.</summary>
    public bool IsValid => (Raw & DescriptorBits.Valid) != 0;

    /// <summary>Whether the type is "table" (levels -1 to 2) or "page" (level 3): bits 1:0 = 0b11.</summary>
    public bool IsTableOrPage => (Raw & DescriptorBits.TypeMask) == DescriptorBits.TypeTable;

    /// <summary>Whether the type is "block": bits 1:0 = 0b01. Reserved at level 3. Linux: <c>p?d_sect</c>.</summary>
    public bool IsBlock => (Raw & DescriptorBits.TypeMask) == DescriptorBits.TypeBlock;

    /// <summary>Whether the contiguous bit (52) is set.</summary>
    public bool IsContiguous => (Raw & DescriptorBits.Contiguous) != 0;

    /// <summary>Whether both have the same 64 bits.</summary>
    public static bool operator ==(Descriptor left, Descriptor right) => left.Raw == right.Raw;

    /// <summary>Whether they differ in any bit.</summary>
    public static bool operator !=(Descriptor left, Descriptor right) => left.Raw != right.Raw;
}
