using Ptewright.Translation;

namespace Ptewright.Boot;

/// <summary>What this CPU offers, from its identification registers.</summary>
internal readonly struct CpuFeatures
{
    private readonly ulong _mmfr0;
    private readonly ulong _mmfr2;
    private readonly ulong _isar0;
    private readonly ulong _dfr0;

    private CpuFeatures(ulong mmfr0, ulong mmfr2, ulong isar0, ulong dfr0)
    {
        _mmfr0 = mmfr0;
        _mmfr2 = mmfr2;
        _isar0 = isar0;
        _dfr0 = dfr0;
    }

    /// <summary>Reads them.</summary>
    public static CpuFeatures Read() => new(Instructions.Mmfr0(), Instructions.Mmfr2(), Instructions.Isar0(), Instructions.Dfr0());

    /// <summary>ID_AA64MMFR0_EL1.PARange, 3:0, as TCR_EL1.IPS wants it: 5 is 48 bits, 6 is 52.</summary>
    public ulong PhysicalAddressRange => _mmfr0 & 0xf;

    /// <summary>ID_AA64ISAR0_EL1.TLB, 59:56: 2 has invalidation by range (FEAT_TLBIRANGE).</summary>
    public bool HasRangeInvalidation => ((_isar0 >> 56) & 0xf) >= 2;

    /// <summary>ID_AA64MMFR2_EL1.VARange, 19:16: 1 has 52-bit virtual addresses in 64K pages (FEAT_LVA).</summary>
    public bool HasLargeVirtualAddresses => ((_mmfr2 >> 16) & 0xf) != 0;

    /// <summary>ID_AA64DFR0_EL1.PMUVer, 11:8: 0 has no performance counters, 15 none of the architecture's.</summary>
    public bool HasPerformanceCounters => ((_dfr0 >> 8) & 0xf) is not (0 or 0xf);

    /// <summary>Whether there are pages of this size: TGran4 (31:28) and TGran64 (27:24) are 15 without, TGran16 (23:20) is 0 without.</summary>
    public bool Has(GranuleSize granule) => granule switch
    {
        GranuleSize.Size4K => ((_mmfr0 >> 28) & 0xf) != 0xf,
        GranuleSize.Size16K => ((_mmfr0 >> 20) & 0xf) != 0,
        _ => ((_mmfr0 >> 24) & 0xf) != 0xf,
    };

    /// <summary>Whether pages of this size can have 52-bit virtual addresses: by LPA2 (TGran4 = 1, TGran16 = 2), with 64K by LVA.</summary>
    public bool HasWideAddresses(GranuleSize granule) => granule switch
    {
        GranuleSize.Size4K => ((_mmfr0 >> 28) & 0xf) == 1,
        GranuleSize.Size16K => ((_mmfr0 >> 20) & 0xf) == 2,
        _ => HasLargeVirtualAddresses,
    };
}
