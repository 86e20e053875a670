using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.LinearMap;

/// <summary>The temporary identity map of the <c>premapped</c> strategy: all memory in as few entries as possible, in the lower half (TTBR0).</summary>
/// <remarks>
/// While it is installed every page of memory is reached at its own physical address, so final tables need no fixmap. Its own tables come from a
/// reserve that is reachable already (part of the image); what is not memory, or must not be mapped, it leaves out: blocks where they fit, smaller
/// entries at the edges. The idea was discussed when the series was reviewed (M. Rutland, A. Biesheuvel) and never built.
/// </remarks>
internal static class TemporaryMap
{
    /// <summary>How many reserve pages suffice for <paramref name="blocks"/>: for each range the tables of its two edges and those of its length.</summary>
    /// <param name="blocks">The memory.</param>
    /// <param name="geometry">The shape of the temporary tables: <see cref="GeometryFor"/>.</param>
    public static ulong PagesFor(in MemoryBlocks blocks, in TableGeometry geometry)
    {
        // The root; for each range a table at either edge on every level below; for its length those of level 1, and of level 2 unless level 1 has blocks.
        ulong pages = 1;
        for (int i = 0; i < blocks.Memory.Count; i++)
        {
            ulong size = blocks.Memory[i].Size;
            pages += ((ulong)(3 - geometry.RootLevel) * 2) + (size >> geometry.Shift(0));
            pages += geometry.Granule == GranuleSize.Size4K ? 0 : size >> geometry.Shift(1);
        }

        return pages;
    }

    /// <summary>The shape of the temporary tables: TTBR0 has its own size, 48 bits unless memory lies higher.</summary>
    public static TableGeometry GeometryFor(GranuleSize granule, in MemoryBlocks blocks)
    {
        int bits = (blocks.End.Value - 1) >> 48 == 0 ? 48 : 52;
        _ = TableGeometry.TryCreate(granule, bits, bits, out TableGeometry geometry);
        return geometry;
    }

    /// <summary>Builds the map and makes the CPU use it.</summary>
    /// <typeparam name="TGranule">The granule.</typeparam>
    /// <typeparam name="TMemory">How physical memory is reached.</typeparam>
    /// <typeparam name="TCpu">What executes the work.</typeparam>
    /// <param name="cpu">What executes the work; holds its counts afterwards.</param>
    /// <param name="memory">How physical memory is reached.</param>
    /// <param name="settings">What the kernel decides about its tables; the geometry is replaced by <see cref="GeometryFor"/>.</param>
    /// <param name="blocks">What to map.</param>
    /// <param name="protection">The protection of all of it.</param>
    /// <param name="reserve">At least <see cref="PagesFor"/> pages.</param>
    /// <param name="reserveOffset">The virtual address at which physical address 0 would lie, where the reserve is reachable.</param>
    /// <param name="statistics">What was built.</param>
    /// <param name="failure">Why it stopped, when it did.</param>
    /// <returns>False when it stopped; nothing is installed then.</returns>
    public static bool TryInstall<TGranule, TMemory, TCpu>(
        ref TCpu cpu,
        TMemory memory,
        in TableSettings settings,
        in MemoryBlocks blocks,
        Protection protection,
        ReservePageAllocator reserve,
        VirtualAddress reserveOffset,
        out TableStatistics statistics,
        out MapFailure failure)
        where TGranule : struct, IGranule
        where TMemory : struct, IPhysicalMemory
        where TCpu : struct, ICpu
    {
        statistics = default;
        TableGeometry geometry = GeometryFor(settings.Geometry.Granule, blocks);
        FailureCode code = reserve.Allocate(geometry.RootLevel, out PhysicalAddress rootPage);
        if (code != FailureCode.None)
        {
            failure = new MapFailure(code, default, geometry.RootLevel, default);
            return false;
        }

        DirectAccess<TMemory> access = new(memory, reserveOffset);
        TableWindow root = access.Direct(rootPage, geometry.RootLevel);
        cpu.Clear(root, (int)geometry.PageSize);
        TableSettings own = new(geometry, settings.Format, settings.TableBits, settings.ChangeSafety, rootThroughSlot: false);
        LinearMapBuilder<TGranule, Strategy<No, No, No>, DirectAccess<TMemory>, ReservePageAllocator, TCpu> builder =
            new(own, root, access, reserve, cpu);

        failure = default;
        bool done = true;
        for (int i = 0; done && i < blocks.Memory.Count; i++)
        {
            // Whole pages only: a byte of a neighbour that must not be mapped must not be.
            MemoryRegion region = blocks.Memory[i];
            PhysicalAddress start = region.Start.AlignUp(geometry.PageSize);
            PhysicalAddress end = region.End.AlignDown(geometry.PageSize);
            if (!region.NoMap && start < end)
            {
                MapRequest request = new(start, new VirtualAddress(start.Value), end.Value - start.Value, protection, MapFlags.NoExec);
                done = builder.TryMap(request, out failure);
            }
        }

        statistics = builder.Statistics;
        cpu = builder.Cpu;
        if (!done)
        {
            return false;
        }

        cpu.DsbIshst();
        cpu.SetTtbr0(rootPage);
        cpu.Isb();
        return true;
    }

    /// <summary>Makes the CPU use the map again after something else took the lower half: <see cref="RootSwitch"/> does.</summary>
    /// <typeparam name="TCpu">What executes it.</typeparam>
    /// <param name="cpu">What executes it.</param>
    /// <param name="root">The map's root: the first page of the reserve that it was made from.</param>
    /// <remarks>The lower half must be empty and forgotten, as <see cref="RootSwitch.Replace"/> leaves it.</remarks>
    public static void Reinstall<TCpu>(ref TCpu cpu, PhysicalAddress root)
        where TCpu : struct, ICpu
    {
        cpu.SetTtbr0(root);
        cpu.Isb();
    }

    /// <summary>Makes the CPU forget the map: an empty TTBR0, then one invalidation of everything. Linux: <c>cpu_set_reserved_ttbr0</c>, <c>flush_tlb_all</c>.</summary>
    public static void Remove<TCpu>(ref TCpu cpu)
        where TCpu : struct, ICpu
    {
        cpu.SetTtbr0(default);
        cpu.Isb();
        cpu.DsbIshst();
        cpu.TlbiVmalle1is();
        cpu.DsbIsh();
        cpu.Isb();
    }
}
