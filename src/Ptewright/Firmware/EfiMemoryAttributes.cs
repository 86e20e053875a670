using System.Diagnostics.CodeAnalysis;

namespace Ptewright.Firmware;

/// <summary>How a range can be mapped, and what is special about it. UEFI specification 2.10, 7.2.3 (EFI_MEMORY_*).</summary>
[Flags]
[SuppressMessage("Design", "CA1028:Enum Storage should be Int32", Justification = "The attributes are the 64-bit word of the specification.")]
public enum EfiMemoryAttributes : ulong
{
    /// <summary>Nothing is known.</summary>
    None = 0,

    /// <summary>UC: can be uncached.</summary>
    Uncacheable = 1UL << 0,

    /// <summary>WC: can be write-combining.</summary>
    WriteCombining = 1UL << 1,

    /// <summary>WT: can be write-through.</summary>
    WriteThrough = 1UL << 2,

    /// <summary>WB: can be write-back.</summary>
    WriteBack = 1UL << 3,

    /// <summary>UCE: can be uncached, with fetch-and-add semaphores.</summary>
    UncacheableExported = 1UL << 4,

    /// <summary>WP: can be write-protected.</summary>
    WriteProtected = 1UL << 12,

    /// <summary>RP: can be read-protected.</summary>
    ReadProtected = 1UL << 13,

    /// <summary>XP: can be protected from execution.</summary>
    ExecuteProtected = 1UL << 14,

    /// <summary>NV: keeps its content.</summary>
    NonVolatile = 1UL << 15,

    /// <summary>MR: more reliable than the rest (mirrored).</summary>
    MoreReliable = 1UL << 16,

    /// <summary>RO: can be read-only.</summary>
    ReadOnly = 1UL << 17,

    /// <summary>SP: meant for a special purpose, such as high-bandwidth memory.</summary>
    SpecialPurpose = 1UL << 18,

    /// <summary>CC: can be encrypted by the CPU.</summary>
    CpuCrypto = 1UL << 19,

    /// <summary>HP: may be unplugged.</summary>
    HotPluggable = 1UL << 20,

    /// <summary>RUN: used by runtime services, which want it mapped.</summary>
    Runtime = 1UL << 63,
}
