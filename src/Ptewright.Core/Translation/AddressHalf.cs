namespace Ptewright.Translation;

/// <summary>Which half of the EL1&amp;0 addresses: each has its own root and its own part of TCR_EL1.</summary>
public enum AddressHalf
{
    /// <summary>From 0 on, through TTBR0_EL1: programs.</summary>
    Lower,

    /// <summary>Up to 2^64, through TTBR1_EL1: the kernel.</summary>
    Upper,
}
