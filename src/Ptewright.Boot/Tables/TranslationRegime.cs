using Ptewright.Addressing;
using Ptewright.Booting;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Boot;

/// <summary>One way to translate: granule, address sizes, descriptor format, and the TCR_EL1 that says so.</summary>
internal readonly struct TranslationRegime
{
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
    /// <param name="scope">What it is for.</param>
    /// <param name="virtualAddressBits">What to build for, or 0 for the most that CPU and scope can use; 52 on a CPU without is folded, as Linux does it.</param>
    /// <param name="lowerBits">The size of the lower half's addresses.</param>
    /// <param name="cpu">The CPU.</param>
    /// <param name="regime">The regime.</param>
    /// <returns>False when there is no such combination.</returns>
    public static bool TryChoose(GranuleSize granule, BootScope scope, int virtualAddressBits, int lowerBits, in CpuFeatures cpu, out TranslationRegime regime)
    {
        bool wide = cpu.HasWideAddresses(granule);
        int built = virtualAddressBits != 0 ? virtualAddressBits : wide && BootPlan.Has(scope, granule, 52) ? 52 : 48;
        int actual = built != 52 || wide ? built : granule == GranuleSize.Size16K ? 47 : 48;
        regime = default;
        if (!BootPlan.Has(scope, granule, built) || !TableGeometry.TryCreate(granule, built, actual, out TableGeometry geometry))
        {
            return false;
        }

        // 4K and 16K: 52 bits of either address mean another format (DS). 64K: the format only depends on the physical size.
        bool lpa2 = granule != GranuleSize.Size64K && actual == 52;
        ulong range = cpu.PhysicalAddressRange;
        bool wideOutput = lpa2 || (granule == GranuleSize.Size64K && range >= TranslationControl.AddressSize52);
        ulong most = wideOutput ? TranslationControl.AddressSize52 : (ulong)TranslationControl.AddressSize48;
        TranslationControl control = default(TranslationControl)
            .WithCacheableWalks()
            .WithHalf(AddressHalf.Lower, granule, lowerBits)
            .WithHalf(AddressHalf.Upper, granule, actual)
            .WithOutput((int)(range < most ? range : most), lpa2);
        OutputAddressFormat format = wideOutput ? OutputAddressFormat.Bits52(granule) : OutputAddressFormat.Bits48(granule);
        regime = new TranslationRegime(geometry, format, control.Value);
        return true;
    }
}
