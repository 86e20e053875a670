using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Kernels.Configuration;
using Ptewright.Translation;

namespace Ptewright.Kernels.AddressSpace;

/// <summary>Where a kernel version puts the fixmap slots that tables are reached through, and what of its configuration decides about that.</summary>
/// <remarks>Linux: <c>enum fixed_addresses</c> in <c>asm/fixmap.h</c>; <see cref="FixmapLayout"/> is what comes of it with one granule and one configuration. Neither KASAN nor any other
/// option of debugging has a slot.</remarks>
internal sealed record FixmapRules
{
    // Linux: FIX_HOLE, FIX_EARLYCON_MEM_BASE, FIX_TEXT_POKE0.
    private const int SlotsOfAll = 3;

    // Linux: FIX_APEI_GHES_IRQ and _SEA; FIX_APEI_GHES_SDEI_NORMAL and _CRITICAL.
    private const int ErrorSlots = 2;
    private const int DelegatedErrorSlots = 2;

    // Linux: FIX_ENTRY_TRAMP_TEXT1 to 3, whatever the size of pages; before the stable trees of March 2022 one.
    private const int TrampolineCodeSlots = 3;

    /// <summary>The address that slot 0 would have. Linux: <c>FIXADDR_TOP</c>.</summary>
    public required HangingAddress Top { get; init; }

    /// <summary>How many bytes are kept for the device tree. Linux: <c>FIX_FDT</c>.</summary>
    public required int DeviceTreeSize { get; init; }

    /// <summary>How many pages it has besides, so that it may begin anywhere in one.</summary>
    public required int DeviceTreeExtraPages { get; init; }

    /// <summary>Whether each trampoline has a page of data; otherwise only that of a relocatable kernel. Linux: <c>FIX_ENTRY_TRAMP_DATA</c>, from v6.0 on <c>FIX_ENTRY_TRAMP_TEXT4</c>.</summary>
    public required bool HasTrampolineData { get; init; }

    /// <summary>Whether KVM has a slot for each CPU that there may be, and one more. Linux: <c>FIX_VNCR</c>, from v6.16 on.</summary>
    public required bool HasGuestPages { get; init; }

    /// <summary>How many pages each of the seven boot-time ioremap slots has besides 256 KiB worth. Linux: <c>NR_FIX_BTMAPS</c>.</summary>
    public required int BootIoremapExtraPages { get; init; }

    /// <summary>Whether there is a slot for tables of level 0. Linux: <c>FIX_P4D</c>.</summary>
    public required bool HasP4d { get; init; }

    /// <summary>Where the slots lie with one shape of tables and one configuration.</summary>
    /// <param name="geometry">The shape.</param>
    /// <param name="pageArrayEnd">Where the page array ends; null when it starts at a power of two.</param>
    /// <param name="permanent">How many slots are permanent (<see cref="PermanentSlots"/>).</param>
    public FixmapLayout LayoutFor(in TableGeometry geometry, HangingAddress? pageArrayEnd, int permanent) => new(
        geometry.Granule,
        Top.From(PageArray.StartOf(geometry, pageArrayEnd)),
        permanent + BootIoremapPages(geometry),
        HasP4d);

    /// <summary>How many slots come before those of boot-time ioremap, the hole 0 among them. Linux: <c>__end_of_permanent_fixed_addresses</c>.</summary>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="config">The kernel's configuration.</param>
    /// <exception cref="InvalidInputException">The configuration is for so many CPUs as no kernel is.</exception>
    public int PermanentSlots(in TableGeometry geometry, KernelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        int slots = SlotsOfAll + (DeviceTreeSize >> geometry.PageShift) + DeviceTreeExtraPages;
        if (HasGuestPages && config.Kvm)
        {
            slots += config.MostCpus + 1;
        }

        if (config.IsEnabled("ACPI_APEI_GHES"))
        {
            slots += ErrorSlots + (config.IsEnabled("ARM_SDE_INTERFACE") ? DelegatedErrorSlots : 0);
        }

        if (config.UnmapKernelAtEl0)
        {
            slots += TrampolineCodeSlots + (HasTrampolineData || config.IsEnabled("RELOCATABLE") ? 1 : 0);
        }

        return slots;
    }

    /// <summary>How many pages the boot-time ioremap slots have together. Linux: <c>TOTAL_FIX_BTMAPS</c>.</summary>
    /// <param name="geometry">The shape of the tables.</param>
    public int BootIoremapPages(in TableGeometry geometry) => 7 * (((256 << 10) >> geometry.PageShift) + BootIoremapExtraPages);
}
