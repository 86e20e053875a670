using System.Diagnostics.CodeAnalysis;

namespace Ptewright.Firmware;

/// <summary>What firmware uses a range for. UEFI specification 2.10, 7.2.1 (EFI_MEMORY_TYPE). Values that are not named here exist too.</summary>
[SuppressMessage("Naming", "CA1700:Do not name enum values 'Reserved'", Justification = "It is a type of memory.")]
public enum EfiMemoryType
{
    /// <summary>Never to be used.</summary>
    Reserved,

    /// <summary>Code of a boot loader, or of Linux' EFI stub.</summary>
    LoaderCode,

    /// <summary>Data of a boot loader.</summary>
    LoaderData,

    /// <summary>Code of boot services: free once they have ended.</summary>
    BootServicesCode,

    /// <summary>Data of boot services: free once they have ended.</summary>
    BootServicesData,

    /// <summary>Code of runtime services.</summary>
    RuntimeServicesCode,

    /// <summary>Data of runtime services.</summary>
    RuntimeServicesData,

    /// <summary>Free memory.</summary>
    Conventional,

    /// <summary>Memory with errors.</summary>
    Unusable,

    /// <summary>ACPI tables: free once they have been read.</summary>
    AcpiReclaim,

    /// <summary>Memory of the firmware, kept across sleep.</summary>
    AcpiNonVolatile,

    /// <summary>Device registers that runtime services use.</summary>
    MemoryMappedIo,

    /// <summary>Device registers that stand for I/O ports.</summary>
    MemoryMappedIoPorts,

    /// <summary>Code of the processor abstraction layer (Itanium).</summary>
    PalCode,

    /// <summary>Memory that keeps its content, used as memory.</summary>
    Persistent,

    /// <summary>Memory that the guest has yet to accept.</summary>
    Unaccepted,
}
