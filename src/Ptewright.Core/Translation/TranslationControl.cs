namespace Ptewright.Translation;

/// <summary>TCR_EL1: how both halves of the EL1&amp;0 addresses are translated. The one place that knows its layout.</summary>
/// <remarks>
/// <code>
/// DS 59 | NFD1 54 | TBID1 52 | HPD1 42 | HPD0 41 | HD 40 | HA 39 | TBI1 38 | TBI0 37 | AS 36 | IPS 34:32
/// half 1, 16 bits higher than half 0: TG 15:14 | SH 13:12 | ORGN 11:10 | IRGN 9:8 | EPD 7 | TSZ 5:0; and A1 22
/// </code>
/// Arm ARM D24.2 (TCR_EL1). TG0 and TG1 number the granules differently.
/// </remarks>
public readonly struct TranslationControl
{
    /// <summary>IPS of 48-bit output addresses.</summary>
    public const int AddressSize48 = 5;

    /// <summary>IPS of 52-bit output addresses.</summary>
    public const int AddressSize52 = 6;

    /// <summary>A1: the ASID is TTBR1's.</summary>
    public const ulong AsidOfUpperHalf = 1UL << 22;

    /// <summary>AS: ASIDs have 16 bits.</summary>
    public const ulong WideAsids = 1UL << 36;

    /// <summary>TBI0: the top byte of the lower half's addresses does not count.</summary>
    public const ulong LowerTopByteIgnored = 1UL << IgnoreTopByteBit;

    /// <summary>TBI1: the same of the upper half.</summary>
    public const ulong UpperTopByteIgnored = 1UL << (IgnoreTopByteBit + 1);

    /// <summary>TBID1: but for instructions it counts.</summary>
    public const ulong UpperTopByteIgnoredForDataAlone = 1UL << 52;

    /// <summary>HA: the CPU sets the Access flag.</summary>
    public const ulong AccessFlagUpdate = 1UL << AccessFlagBit;

    /// <summary>NFD1: accesses that must not fault make no walks in the upper half.</summary>
    public const ulong NoFaultingWalksInUpperHalf = 1UL << 54;

    private const ulong WriteBackInnerShareable = (3UL << 12) | (1UL << 10) | (1UL << 8);
    private const ulong CacheabilityFields = 0x3f00; // SH, ORGN, IRGN
    private const ulong ShapeFields = 0xc03f; // TG, TSZ
    private const int DisabledBit = 7;
    private const int GranuleShift = 14;
    private const int AddressSizeShift = 32;
    private const int IgnoreTopByteBit = 37;
    private const int AccessFlagBit = 39;
    private const int IgnoreTableAttributesBit = 41;
    private const int Lpa2Bit = 59;

    /// <summary>Takes a register's value.</summary>
    /// <param name="value">The value.</param>
    public TranslationControl(ulong value) => Value = value;

    /// <summary>The register's value.</summary>
    public ulong Value { get; }

    /// <summary>IPS: which size output addresses have; 7 is reserved and means the same as 6.</summary>
    public int AddressSize => (int)((Value >> AddressSizeShift) & 7);

    /// <summary>How many bits output addresses have by IPS: 32 to 52.</summary>
    public int OutputBits => AddressSize switch
    {
        0 => 32,
        1 => 36,
        2 => 40,
        3 => 42,
        4 => 44,
        5 => 48,
        _ => 52,
    };

    /// <summary>DS: descriptors of 4K and 16K pages hold 52-bit addresses (LPA2). It does not count with 64K pages.</summary>
    public bool IsLpa2 => Has(Lpa2Bit);

    /// <summary>HA: the CPU sets the Access flag.</summary>
    public bool SetsAccessFlag => Has(AccessFlagBit);

    /// <summary>TxSZ: 64 less the size of the half's addresses in bits; 0 to 63, as it stands.</summary>
    public int UnusedBits(AddressHalf half) => (int)((Value >> Base(half)) & 63);

    /// <summary>EPDx: a miss in the TLB is a fault without a walk.</summary>
    public bool IsDisabled(AddressHalf half) => Has(Base(half) + DisabledBit);

    /// <summary>TBIx: bits 63:56 of an address do not count.</summary>
    public bool IgnoresTopByte(AddressHalf half) => Has(IgnoreTopByteBit + (int)half);

    /// <summary>HPDx: restrictions in table descriptors do not count.</summary>
    public bool IgnoresTableAttributes(AddressHalf half) => Has(IgnoreTableAttributesBit + (int)half);

    /// <summary>TGx.</summary>
    /// <param name="half">Which half.</param>
    /// <param name="granule">The granule.</param>
    /// <returns>False where the value is reserved.</returns>
    public bool TryGetGranule(AddressHalf half, out GranuleSize granule)
    {
        int field = (int)((Value >> (Base(half) + GranuleShift)) & 3);
        granule = field == FieldOf(GranuleSize.Size4K, half) ? GranuleSize.Size4K
            : field == FieldOf(GranuleSize.Size16K, half) ? GranuleSize.Size16K
            : GranuleSize.Size64K;
        return field == FieldOf(granule, half);
    }

    /// <summary>The same with a half's granule and size.</summary>
    /// <param name="half">Which half.</param>
    /// <param name="granule">The granule.</param>
    /// <param name="addressBits">The size of its addresses in bits: 12 to 52.</param>
    public TranslationControl WithHalf(AddressHalf half, GranuleSize granule, int addressBits)
    {
        ulong fields = ((ulong)(uint)FieldOf(granule, half) << GranuleShift) | (uint)(64 - addressBits);
        return new TranslationControl((Value & ~(ShapeFields << Base(half))) | (fields << Base(half)));
    }

    /// <summary>The same with walks of both halves cacheable (write-back, write-allocate) and inner shareable.</summary>
    public TranslationControl WithCacheableWalks() => new(
        (Value & ~((CacheabilityFields << 16) | CacheabilityFields)) | (WriteBackInnerShareable << 16) | WriteBackInnerShareable);

    /// <summary>The same with sizes of output addresses.</summary>
    /// <param name="addressSize">IPS, 0 to 6.</param>
    /// <param name="isLpa2">DS.</param>
    public TranslationControl WithOutput(int addressSize, bool isLpa2) =>
        new((Value & ~((7UL << AddressSizeShift) | (1UL << Lpa2Bit))) | ((ulong)(uint)addressSize << AddressSizeShift) | (isLpa2 ? 1UL << Lpa2Bit : 0));

    /// <summary>The largest IPS whose addresses have at most so many bits; 0 (32 bits) when there are fewer.</summary>
    /// <param name="bits">How many bits.</param>
    public static int AddressSizeOf(int bits) => bits switch
    {
        < 36 => 0,
        < 40 => 1,
        < 42 => 2,
        < 44 => 3,
        < 48 => 4,
        < 52 => AddressSize48,
        _ => AddressSize52,
    };

    // TG0: 0 4K, 1 64K, 2 16K. TG1: 1 16K, 2 4K, 3 64K.
    private static int FieldOf(GranuleSize granule, AddressHalf half) => half == AddressHalf.Lower
        ? (granule == GranuleSize.Size4K ? 0 : granule == GranuleSize.Size16K ? 2 : 1)
        : (granule == GranuleSize.Size4K ? 2 : granule == GranuleSize.Size16K ? 1 : 3);

    private static int Base(AddressHalf half) => half == AddressHalf.Lower ? 0 : 16;

    private bool Has(int bit) => (Value & (1UL << bit)) != 0;
}
