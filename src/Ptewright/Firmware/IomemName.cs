namespace Ptewright.Firmware;

/// <summary>The names of <c>/proc/iomem</c> that concern memory on arm64. Of equal ranges, the first of these is the outer one.</summary>
internal enum IomemName
{
    SystemRam,
    DriverManagedRam,
    Reserved,
    KernelCode,
    KernelData,
    KernelBss,
    CrashKernel,
    Other,
}
