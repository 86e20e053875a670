using Ptewright.Translation;

namespace Ptewright.Walking;

/// <summary>From where to where TCR_EL1.TxSZ, 64 less the size of addresses in bits, may go.</summary>
/// <param name="Least">The least: the largest addresses.</param>
/// <param name="Most">The most: the smallest addresses.</param>
/// <param name="Where">For which tables, in words.</param>
/// <remarks>
/// Arm ARM D8.2 (input address sizes): at least 16; 12 with 64K pages and FEAT_LVA, or with TCR_EL1.DS = 1. At most 39; with FEAT_TTST 48, and 47 with 64K pages.
/// </remarks>
internal readonly record struct AddressSizeLimits(int Least, int Most, string Where)
{
    private const int UsualLeast = 16;
    private const int UsualMost = 39;

    /// <summary>The limits where granule and format are not known.</summary>
    public static AddressSizeLimits Any { get; } = new(12, 48, "with any granule");

    /// <summary>The limits for a granule.</summary>
    /// <param name="granule">The granule.</param>
    /// <param name="ds">TCR_EL1.DS, which does not count with 64K pages.</param>
    public static AddressSizeLimits Of(GranuleSize granule, bool ds) => granule == GranuleSize.Size64K
        ? new(12, 47, "with 64K pages")
        : new(ds ? 12 : UsualLeast, 48, $"with {1 << ((int)granule - 10)}K pages and DS = {(ds ? 1 : 0)}");

    /// <summary>Whether a value is within them.</summary>
    public bool Allow(int value) => value >= Least && value <= Most;

    /// <summary>A value in words.</summary>
    public string Explain(int value) => value < Least ? $"less than {Least}, the least {Where} ({64 - Least}-bit addresses)"
        : value > Most ? $"more than {Most}, the most {Where} ({64 - Most}-bit addresses)"
        : value > UsualMost ? $"{64 - value}-bit addresses (FEAT_TTST)"
        : value < UsualLeast ? $"{64 - value}-bit addresses (FEAT_LVA or FEAT_LPA2)"
        : $"{64 - value}-bit addresses";
}
