using Ptewright.Memory;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Firmware;

/// <summary>What an ordinary boot log says about a machine and its kernel.</summary>
/// <remarks>
/// The ranges are printed after the linear map was made (<c>free_area_init</c>), from the same memory blocks, no-map memory included. What the log does not tell:
/// <list type="bullet">
/// <item>Which ranges are no-map, unless a device tree's reservation, an EFI memory map (<c>efi=debug</c>) or a border says it: <see cref="DmesgRange.Evidence"/>.</item>
/// <item>What was reserved before the linear map was made: the device tree, an initial ramdisk, firmware's tables. Where tables land can differ.</item>
/// <item>Where the kernel's image lies, and the random numbers of KASLR.</item>
/// <item>Borders within a page.</item>
/// </list>
/// </remarks>
public sealed class DmesgInfo : FirmwareInfo
{
    internal DmesgInfo(string name, GranuleSize granule, MemoryLayout layout)
        : base(name, granule, layout)
    {
    }

    /// <summary>The ranges below <c>Early memory node ranges</c>, ascending.</summary>
    internal IReadOnlyList<DmesgRange> Ranges { get; init; } = [];

    /// <summary>The kernel's command line; null when the log does not say it.</summary>
    public required string? CommandLine { get; init; }

    /// <summary>The kernel's version; null when the log does not say it.</summary>
    public required LinuxVersion? Version { get; init; }

    /// <summary>MIDR_EL1 of the boot CPU; null when the log does not say it.</summary>
    public required uint? CpuId { get; init; }

    /// <summary>What the device tree calls the machine; null without.</summary>
    public required string? Model { get; init; }

    /// <summary>Whether the kernel was started by EFI; null when the log does not say.</summary>
    public required bool? HasEfi { get; init; }

    /// <summary>Whether the kernel's addresses were randomised.</summary>
    public required bool HasKaslr { get; init; }
}
