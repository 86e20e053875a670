using System.Diagnostics.CodeAnalysis;

namespace Ptewright.Firmware;

/// <summary>What a line of <c>/proc/iomem</c> says about memory on arm64.</summary>
[SuppressMessage("Naming", "CA1700:Do not name enum values 'Reserved'", Justification = "It is what the kernel prints.")]
public enum IomemRegionKind
{
    /// <summary><c>System RAM</c>: memory that the linear map covers.</summary>
    Memory,

    /// <summary><c>reserved</c> outside all <c>System RAM</c>: memory that the linear map leaves out (no-map).</summary>
    NoMapMemory,

    /// <summary><c>System RAM (driver)</c>: added by a driver after boot, so not part of what boot maps.</summary>
    HotAddedMemory,

    /// <summary><c>reserved</c> inside <c>System RAM</c>: mapped, but not handed out.</summary>
    Reserved,

    /// <summary><c>Kernel code</c>: from <c>_text</c> (6.12; <c>_stext</c> in 6.1) to <c>__init_begin</c>.</summary>
    KernelCode,

    /// <summary><c>Kernel data</c>: from <c>_sdata</c> to <c>_end</c>.</summary>
    KernelData,

    /// <summary><c>Kernel bss</c>, which other architectures have beside their data.</summary>
    KernelBss,

    /// <summary><c>Crash kernel</c>: set aside by <c>crashkernel=</c>.</summary>
    CrashKernel,
}
