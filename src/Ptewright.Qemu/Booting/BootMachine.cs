using Ptewright.Addressing;

namespace Ptewright.Booting;

/// <summary>What the boot image found when it started.</summary>
/// <param name="Midr">MIDR_EL1: which CPU it is.</param>
/// <param name="ExceptionLevel">The exception level at which it was entered: 1 or 2.</param>
/// <param name="Image">Where the boot loader put the image.</param>
/// <param name="ImageEnd">The first byte behind it, its zeroed part included.</param>
/// <param name="DeviceTree">Where the device tree lies.</param>
/// <param name="DeviceTreeSize">Its size in bytes.</param>
/// <param name="Frequency">Ticks of the generic timer in a second.</param>
/// <param name="HasRangeInvalidation">Whether the CPU has FEAT_TLBIRANGE.</param>
internal sealed record BootMachine(
    ulong Midr,
    int ExceptionLevel,
    PhysicalAddress Image,
    PhysicalAddress ImageEnd,
    PhysicalAddress DeviceTree,
    ulong DeviceTreeSize,
    ulong Frequency,
    bool HasRangeInvalidation);
