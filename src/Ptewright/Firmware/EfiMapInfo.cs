using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Firmware;

/// <summary>What a printed UEFI memory map says, and what Linux makes of it.</summary>
/// <remarks>
/// The layout is what <c>drivers/firmware/efi/efi-init.c</c> makes of the map alone. What it or its callers do besides is missing, since
/// the log does not tell it: single tables in memory that are reserved (<c>MEMATTR=</c>, <c>MEMRESERVE=</c>), a frame buffer in memory
/// that becomes no-map, the usable range of a crash kernel, and what the device tree or the command line add.
/// </remarks>
public sealed class EfiMapInfo
{
    internal EfiMapInfo(string name, GranuleSize granule, MemoryLayout layout)
    {
        Name = name;
        Granule = granule;
        Layout = layout;
    }

    /// <summary>The name of the file, as it was given.</summary>
    public string Name { get; }

    /// <summary>The page size that ranges were rounded to, outwards.</summary>
    public GranuleSize Granule { get; }

    /// <summary>The memory as the kernel has it once it has read the map.</summary>
    public MemoryLayout Layout { get; }

    /// <summary>The map, in its own order, as printed.</summary>
    public required IReadOnlyList<EfiMemoryDescriptor> Descriptors { get; init; }

    /// <summary>What was passed over, or is not known: one sentence each.</summary>
    public required IReadOnlyList<string> Remarks { get; init; }
}
