using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Booting;

/// <summary>What the boot image maps: a linear map of the shape that Linux 6.12 gives it when it needs single pages.</summary>
/// <remarks>
/// All memory around the image in pages (no blocks, no runs), then the image itself as the kernel's alias (untagged, no runs, but blocks where they
/// fit). Linux: <c>map_mem</c>, <c>arm64_memblock_init</c>. The host makes the same plan from the same device tree to compare with.
/// </remarks>
public static unsafe class BootPlan
{
    /// <summary>How many requests a plan can have: one for each of its storage's regions, and the alias.</summary>
    /// <param name="blocks">The memory.</param>
    public static int MaxRequests(in MemoryBlocks blocks) => blocks.Memory.Count + 3;

    /// <summary>Table bits, change safety and format of the plan: those of 6.12.</summary>
    public static TableSettings Settings(in TableGeometry geometry, in OutputAddressFormat format) =>
        new(geometry, format, TableSettings.UsualTableBits, ChangeSafety.InvalidIsFree, rootThroughSlot: false);

    /// <summary>Cuts off the memory that the linear map cannot hold, then lists what is mapped, in order.</summary>
    /// <param name="blocks">Memory and reservations; afterwards without what was cut off.</param>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="format">The address format of descriptors.</param>
    /// <param name="image">The first byte of the image, a multiple of 2 MiB.</param>
    /// <param name="imageEnd">The first byte behind it, a multiple of 2 MiB.</param>
    /// <param name="requests">Room for <see cref="MaxRequests"/> requests.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="start">The physical address at the start of the linear map. Linux: <c>memstart_addr</c>.</param>
    /// <returns><see cref="FailureCode.TooManyRegions"/>; <see cref="FailureCode.AddressNotCovered"/> when the image is not in memory that can be mapped.</returns>
    public static FailureCode TryMake(
        ref MemoryBlocks blocks,
        in TableGeometry geometry,
        in OutputAddressFormat format,
        PhysicalAddress image,
        PhysicalAddress imageEnd,
        MapRequest* requests,
        out int count,
        out PhysicalAddress start)
    {
        count = 0;
        start = default;
        PhysicalAddress top = new(~0UL);
        if (!blocks.TryRemove(new PhysicalAddress(1UL << format.AddressBits), top))
        {
            return FailureCode.TooManyRegions;
        }

        start = blocks.Start.AlignDown(geometry.MemoryStartAlignment);
        if (!blocks.TryRemove(start + (geometry.PageEnd.Value - geometry.ActualPageOffset.Value), top))
        {
            return FailureCode.TooManyRegions;
        }

        if (!Holds(blocks.Memory, image, imageEnd))
        {
            return FailureCode.AddressNotCovered;
        }

        if (!blocks.TryMarkNoMap(image, imageEnd))
        {
            return FailureCode.TooManyRegions;
        }

        Protection banks = Protection.Create(ProtectionKind.KernelTagged, notGlobal: false, format.IsLpa2);
        const MapFlags pages = MapFlags.NoBlock | MapFlags.NoContiguous | MapFlags.NoExec;
        VirtualAddress offset = geometry.ActualPageOffset - start.Value;
        for (int i = 0; i < blocks.Memory.Count; i++)
        {
            MemoryRegion region = blocks.Memory[i];
            PhysicalAddress from = region.Start.AlignUp(geometry.PageSize);
            PhysicalAddress to = region.End.AlignDown(geometry.PageSize);
            if (!region.NoMap && from < to)
            {
                requests[count++] = new MapRequest(from, offset + from.Value, to.Value - from.Value, banks, pages);
            }
        }

        Protection alias = Protection.Create(ProtectionKind.Kernel, notGlobal: false, format.IsLpa2);
        requests[count++] = new MapRequest(image, offset + image.Value, imageEnd.Value - image.Value, alias, MapFlags.NoContiguous);
        return blocks.TryClearNoMap(image, imageEnd) ? FailureCode.None : FailureCode.TooManyRegions;
    }

    private static bool Holds(in RegionList memory, PhysicalAddress start, PhysicalAddress end)
    {
        for (int i = 0; i < memory.Count; i++)
        {
            if (!memory[i].NoMap && memory[i].Start <= start && end <= memory[i].End)
            {
                return true;
            }
        }

        return false;
    }
}
