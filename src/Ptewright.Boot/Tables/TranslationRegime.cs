using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Boot;

/// <summary>One way to translate: granule, address sizes, descriptor format, and the TCR_EL1 that says so.</summary>
internal readonly struct TranslationRegime
{
    private const ulong WriteBackInnerShareable = 0x3500_3500; // SH1, ORGN1, IRGN1, SH0, ORGN0, IRGN0
    private const ulong Bits48 = 5;
    private const ulong Bits52 = 6;

    private TranslationRegime(in TableGeometry geometry, in OutputAddressFormat format, ulong tcr)
    {
        Geometry = geometry;
        Format = format;
        Tcr = tcr;
    }

    /// <summary>The shape of the upper half's tables.</summary>
    public TableGeometry Geometry { get; }

    /// <summary>The address format of descriptors, in both halves.</summary>
    public OutputAddressFormat Format { get; }

    /// <summary>TCR_EL1.</summary>
    public ulong Tcr { get; }

    /// <summary>Chooses the regime of a granule.</summary>
    /// <param name="granule">A granule that the CPU has.</param>
    /// <param name="virtualAddressBits">What to build for, or 0 for the most that the CPU can use; 52 on a CPU without is folded, as Linux does it.</param>
    /// <param name="lowerBits">The size of the lower half's addresses.</param>
    /// <param name="cpu">The CPU.</param>
    /// <param name="regime">The regime.</param>
    /// <returns>False when there is no such combination.</returns>
    public static bool TryChoose(GranuleSize granule, int virtualAddressBits, int lowerBits, in CpuFeatures cpu, out TranslationRegime regime)
    {
        bool wide = cpu.HasWideAddresses(granule);
        int built = virtualAddressBits != 0 ? virtualAddressBits : wide ? 52 : 48;
        int actual = built != 52 || wide ? built : granule == GranuleSize.Size16K ? 47 : 48;
        regime = default;
        if (!TableGeometry.TryCreate(granule, built, actual, out TableGeometry geometry))
        {
            return false;
        }

        // 4K and 16K: 52 bits of either address mean another format (DS). 64K: the format only depends on the physical size.
        bool lpa2 = granule != GranuleSize.Size64K && actual == 52;
        bool wideOutput = lpa2 || (granule == GranuleSize.Size64K && cpu.PhysicalAddressRange >= Bits52);
        ulong range = cpu.PhysicalAddressRange;
        range = range > Bits52 ? Bits52 : range;
        range = !wideOutput && range > Bits48 ? Bits48 : range;

        // TG0 (15:14) and TG1 (31:30) number the granules differently.
        ulong lower = granule == GranuleSize.Size4K ? 0UL : granule == GranuleSize.Size16K ? 2UL : 1UL;
        ulong upper = granule == GranuleSize.Size4K ? 2UL : granule == GranuleSize.Size16K ? 1UL : 3UL;
        ulong tcr = WriteBackInnerShareable
            | (ulong)(64 - lowerBits)
            | (lower << 14)
            | ((ulong)(64 - actual) << 16)
            | (upper << 30)
            | (range << 32)
            | (lpa2 ? 1UL << 59 : 0);
        OutputAddressFormat format = wideOutput ? OutputAddressFormat.Bits52(granule) : OutputAddressFormat.Bits48(granule);
        regime = new TranslationRegime(geometry, format, tcr);
        return true;
    }
}
