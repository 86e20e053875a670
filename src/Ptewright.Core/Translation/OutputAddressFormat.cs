using Ptewright.Addressing;

namespace Ptewright.Translation;

/// <summary>Where a descriptor keeps its output address: the 48-bit format, LPA (52 bits, 64K pages) or LPA2 (52 bits, 4K and 16K, DS = 1).</summary>
/// <remarks>
/// All three are one rule with other numbers: some bits stay in place, the top ones move to a low field.
/// <code>
///            in place              moved
///   48-bit   OA[47:page]           -
///   LPA      OA[47:16]             OA[51:48] -> bits 15:12
///   LPA2     OA[49:page]           OA[51:50] -> bits 9:8 (where SH was; shareability then comes from TCR_ELx.SHn)
/// </code>
/// Arm ARM D8.3.1 and D8.3.2; Linux <c>__phys_to_pte_val</c>, <c>__pte_to_phys</c>.
/// </remarks>
public readonly struct OutputAddressFormat
{
    private readonly ulong _inPlace;
    private readonly ulong _moved;
    private readonly int _shift;

    private OutputAddressFormat(ulong inPlace, ulong moved, int shift, int addressBits, bool lpa2)
    {
        _inPlace = inPlace;
        _moved = moved;
        _shift = shift;
        AddressBits = addressBits;
        IsLpa2 = lpa2;
    }

    /// <summary>How many bits of output address the format holds: 48 or 52.</summary>
    public int AddressBits { get; }

    /// <summary>Whether bits 9:8 hold address bits (TCR_EL1.DS = 1), so that SH must not be written there.</summary>
    public bool IsLpa2 { get; }

    /// <summary>The format of <paramref name="granule"/> with output addresses of up to 48 bits.</summary>
    public static OutputAddressFormat Bits48(GranuleSize granule) => new(Field(47, (int)granule), 0, 0, 48, false);

    /// <summary>The format of <paramref name="granule"/> with output addresses of 52 bits: LPA for 64K, LPA2 for 4K and 16K.</summary>
    public static OutputAddressFormat Bits52(GranuleSize granule) => granule == GranuleSize.Size64K
        ? new(Field(47, 16), Field(15, 12), 36, 52, false)
        : new(Field(49, (int)granule), Field(9, 8), 42, 52, true);

    /// <summary>The address bits of a descriptor that points to <paramref name="address"/>.</summary>
    /// <param name="address">A page-aligned address below 2^<see cref="AddressBits"/>; other bits are dropped.</param>
    public ulong Encode(PhysicalAddress address) => (address.Value & _inPlace) | ((address.Value >> _shift) & _moved);

    /// <summary>The output address of a block, page or table descriptor.</summary>
    public PhysicalAddress Decode(Descriptor descriptor) =>
        new((descriptor.Raw & _inPlace) | ((descriptor.Raw & _moved) << _shift));

    /// <summary>All bits of <paramref name="descriptor"/> that are not output address.</summary>
    public ulong AttributesOf(Descriptor descriptor) => descriptor.Raw & ~(_inPlace | _moved);

    private static ulong Field(int high, int low) => (~0UL >> (63 - high)) & (~0UL << low);
}
