using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Translation;

namespace Ptewright.Kernels.AddressSpace;

/// <summary>Where a kernel version, configured as distributions do, puts the fixmap slots that tables are reached through.</summary>
/// <remarks>Linux: <c>enum fixed_addresses</c> in <c>asm/fixmap.h</c>; <see cref="FixmapLayout"/> is what comes of it with one granule.</remarks>
internal sealed record FixmapRules
{
    /// <summary>The address that slot 0 would have. Linux: <c>FIXADDR_TOP</c>.</summary>
    public required HangingAddress Top { get; init; }

    /// <summary>How many bytes are kept for the device tree. Linux: <c>FIX_FDT</c>.</summary>
    public required int DeviceTreeSize { get; init; }

    /// <summary>How many slots come before those of tables, besides those of the device tree and of boot-time ioremap; the hole 0 is one.</summary>
    public required int OtherSlots { get; init; }

    /// <summary>How many pages each of the seven boot-time ioremap slots has besides 256 KiB worth. Linux: <c>NR_FIX_BTMAPS</c>.</summary>
    public required int BootIoremapExtraPages { get; init; }

    /// <summary>Whether there is a slot for tables of level 0. Linux: <c>FIX_P4D</c>.</summary>
    public required bool HasP4d { get; init; }

    /// <summary>Where the slots lie with one shape of tables.</summary>
    /// <param name="geometry">The shape.</param>
    /// <param name="pageArrayEnd">Where the page array ends; null when it starts at a power of two.</param>
    public FixmapLayout LayoutFor(in TableGeometry geometry, HangingAddress? pageArrayEnd) => new(
        geometry.Granule,
        Top.From(PageArray.StartOf(geometry, pageArrayEnd)),
        OtherSlots + (DeviceTreeSize >> geometry.PageShift) + BootIoremapPages(geometry),
        HasP4d);

    /// <summary>How many pages the boot-time ioremap slots have together. Linux: <c>TOTAL_FIX_BTMAPS</c>.</summary>
    /// <param name="geometry">The shape of the tables.</param>
    public int BootIoremapPages(in TableGeometry geometry) => 7 * (((256 << 10) >> geometry.PageShift) + BootIoremapExtraPages);
}
