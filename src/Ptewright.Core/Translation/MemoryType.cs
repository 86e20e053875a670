namespace Ptewright.Translation;

/// <summary>The memory types of Linux: each is an index into MAIR_EL1 (AttrIndx of a leaf). Linux: <c>MT_*</c>, <c>mm/proc.S</c>.</summary>
public enum MemoryType
{
    /// <summary>Normal, write-back cacheable. MAIR byte 0xff.</summary>
    Normal = 0,

    /// <summary>Normal, Tagged (MTE). MAIR byte 0xff until MTE is set up, 0xf0 after. The linear map uses it on every CPU.</summary>
    NormalTagged = 1,

    /// <summary>Normal, non-cacheable. MAIR byte 0x44.</summary>
    NormalNonCacheable = 2,

    /// <summary>Device-nGnRnE. MAIR byte 0x00.</summary>
    DeviceNGnRnE = 3,

    /// <summary>Device-nGnRE. MAIR byte 0x04.</summary>
    DeviceNGnRE = 4,
}
