using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Booting;

/// <summary>What the boot image maps: a linear map of the shape that Linux 6.12 gives it when it needs single pages.</summary>
/// <remarks>
/// All memory around the image in pages (no blocks, no runs), then the image itself as the kernel's alias (untagged, no runs, but blocks where they
/// fit): <see cref="LinearMapPlanner"/>. The host makes the same plan from the same device tree to compare with.
/// </remarks>
internal static unsafe class BootPlan
{
    /// <summary>Table bits, change safety and format of the plan: those of 6.12.</summary>
    public static TableSettings Settings(in TableGeometry geometry, in OutputAddressFormat format) =>
        new(geometry, format, TableSettings.UsualTableBits, ChangeSafety.InvalidIsFree, rootThroughSlot: false);

    /// <summary>Cuts off the memory that the linear map cannot hold, then lists what is mapped, in order.</summary>
    /// <param name="blocks">Memory and reservations; afterwards without what was cut off.</param>
    /// <param name="settings">Shape and format of the tables.</param>
    /// <param name="image">The first byte of the image, a multiple of 2 MiB.</param>
    /// <param name="imageEnd">The first byte behind it, a multiple of 2 MiB.</param>
    /// <param name="requests">Room for <see cref="LinearMapPlanner.MaxRequests"/> requests.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="place">Where the map lies.</param>
    /// <returns><see cref="FailureCode.TooManyRegions"/>; <see cref="FailureCode.AddressNotCovered"/> when the image is not in memory that can be mapped.</returns>
    public static FailureCode TryMake(
        ref MemoryBlocks blocks, in TableSettings settings, PhysicalAddress image, PhysicalAddress imageEnd, MapRequest* requests, out int count, out LinearMapPlace place)
    {
        count = 0;

        // The map does not move for the image, as a kernel's would: whoever loads the image far above other memory is told so.
        if (!LinearMapPlace.TryFit(ref blocks, settings.Geometry, settings.Format.AddressBits, default, out place, out _))
        {
            return FailureCode.TooManyRegions;
        }

        if (!Holds(blocks.Memory, image, imageEnd))
        {
            return FailureCode.AddressNotCovered;
        }

        LinearMapPlanner planner = new(place, settings.Format, notGlobal: false, LinearMapPlanner.PagesOnly, wholePages: true);
        return planner.TryPlan(ref blocks, new MemoryRegion(image, imageEnd, false), default, requests, out count) ? FailureCode.None : FailureCode.TooManyRegions;
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
