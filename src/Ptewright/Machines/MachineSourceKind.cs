namespace Ptewright.Machines;

/// <summary>What a machine's memory is read from.</summary>
public enum MachineSourceKind
{
    /// <summary>Text that a person wrote: <see cref="Firmware.MemorySpec"/>.</summary>
    Text,

    /// <summary>A device tree blob.</summary>
    DeviceTree,

    /// <summary>A copy of <c>/proc/iomem</c>.</summary>
    Iomem,

    /// <summary>A UEFI memory map, as a kernel with <c>efi=debug</c> prints it.</summary>
    EfiMap,

    /// <summary>An ordinary boot log.</summary>
    BootLog,

    /// <summary>What was found in a kernel's memory.</summary>
    Memory,
}
