namespace Ptewright.Firmware;

/// <summary>Where in a device tree a region stands, and so what Linux does with it.</summary>
public enum DeviceTreeRegionKind
{
    /// <summary>A memory node: its whole pages are memory.</summary>
    Memory,

    /// <summary>A memory node with <c>hotpluggable</c>: memory as well, which the kernel may keep movable.</summary>
    HotpluggableMemory,

    /// <summary>The first of <c>linux,usable-memory-range</c>: memory outside it is removed.</summary>
    UsableRange,

    /// <summary>The second of <c>linux,usable-memory-range</c>: added after that.</summary>
    SecondUsableRange,

    /// <summary>The initial ramdisk: its pages are added if they were removed, mapped, and reserved.</summary>
    Initrd,

    /// <summary><c>linux,elfcorehdr</c>: reserved.</summary>
    ElfCoreHeader,

    /// <summary>A range of a node of <c>/reserved-memory</c>: reserved, or with <c>no-map</c> not mapped.</summary>
    ReservationNode,

    /// <summary>An entry of <c>/memreserve/</c>: reserved.</summary>
    ReservationMap,
}
