namespace Ptewright.DeviceTree;

/// <summary>Which reservations of a device tree are made first. It decides which no-map regions are refused, as already reserved.</summary>
/// <remarks>Linux: <c>drivers/of/fdt.c: early_init_fdt_scan_reserved_mem</c>.</remarks>
public enum ReservationOrder
{
    /// <summary>The ELF core header, the nodes of <c>/reserved-memory</c>, then <c>/memreserve/</c>: as in Linux 6.12.</summary>
    NodesFirst,

    /// <summary><c>/memreserve/</c>, the nodes of <c>/reserved-memory</c>, then the ELF core header: as in Linux 6.1.</summary>
    MapFirst,
}
