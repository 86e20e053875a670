using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Firmware;

/// <summary>What a printed UEFI memory map says, and what Linux makes of it.</summary>
/// <remarks>
/// The layout is what <c>drivers/firmware/efi/efi-init.c</c> makes of the map alone. What it or its callers do besides is missing, since
/// the log does not tell it: single tables in memory that are reserved (<c>MEMATTR=</c>, <c>MEMRESERVE=</c>), a frame buffer in memory
/// that becomes no-map, the usable range of a crash kernel, and what the device tree or the command line add.
/// </remarks>
public sealed class EfiMapInfo : FirmwareInfo
{
    internal EfiMapInfo(string name, GranuleSize granule, MemoryLayout layout)
        : base(name, granule, layout)
    {
    }

    /// <summary>The map, in its own order, as printed.</summary>
    public required IReadOnlyList<EfiMemoryDescriptor> Descriptors { get; init; }
}
