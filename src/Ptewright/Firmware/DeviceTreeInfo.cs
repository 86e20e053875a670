using Ptewright.Addressing;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Firmware;

/// <summary>What a device tree says about memory and about the start of the kernel.</summary>
public sealed class DeviceTreeInfo : FirmwareInfo
{
    internal DeviceTreeInfo(string name, GranuleSize granule, MemoryLayout layout)
        : base(name, granule, layout)
    {
    }

    /// <summary>All regions of the tree, as written there, in the order in which they were applied.</summary>
    public required IReadOnlyList<DeviceTreeRegion> Regions { get; init; }

    /// <summary>The memory alone: memory nodes and usable ranges, nothing reserved, no initial ramdisk.</summary>
    public required MemoryLayout Memory { get; init; }

    /// <summary>What is to be reserved in it.</summary>
    public required ReservedMemory Reservations { get; init; }

    /// <summary>Reservations without a place, and where <see cref="FirmwareInfo.Layout"/> has them.</summary>
    internal IReadOnlyList<PlacedRegion> PlacedRegions { get; init; } = [];

    /// <summary>Where memory begins whose size is missing, because a boot loader writes it; null where the address is missing too.</summary>
    public required IReadOnlyList<PhysicalAddress?> MemoryWithoutSize { get; init; }

    /// <summary>Of the remarks those that do not depend on what a kernel reserves, and how.</summary>
    public IReadOnlyList<string> ReadingRemarks { get; init; } = [];

    /// <summary>The initial ramdisk, if there is one.</summary>
    public DeviceTreeRegion? Initrd => Regions.FirstOrDefault(region => region.Kind == DeviceTreeRegionKind.Initrd);

    /// <summary>The board's name (<c>model</c>), if it has one.</summary>
    public string? Model { get; init; }

    /// <summary>The kernel's command line (<c>bootargs</c>), if there is one.</summary>
    public string? BootArguments { get; init; }

    /// <summary>The console (<c>stdout-path</c>), if one is given.</summary>
    public string? StandardOutputPath { get; init; }

    /// <summary>The random number for address randomisation, if there is one; 0 when it was used up.</summary>
    public ulong? KaslrSeed { get; init; }

    /// <summary>EFI's tables, if all are given. The kernel then takes its memory from EFI's map and forgets the tree's.</summary>
    internal DeviceTreeUefiTables? UefiTables { get; init; }
}
