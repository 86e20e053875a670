using Ptewright.Addressing;

namespace Ptewright.Memory;

/// <summary>The physical memory of a machine: what is memory, what of it must not be mapped, and what is reserved.</summary>
/// <remarks>Grows as needed; the engine works on the same <see cref="MemoryBlocks"/> in place.</remarks>
public sealed unsafe class MemoryLayout
{
    private readonly MemoryBlocks[] _blocks = GC.AllocateArray<MemoryBlocks>(1, pinned: true);
    private MemoryRegion[] _memory = GC.AllocateArray<MemoryRegion>(64, pinned: true);
    private MemoryRegion[] _reserved = GC.AllocateArray<MemoryRegion>(64, pinned: true);

    /// <summary>No memory yet.</summary>
    public MemoryLayout() => _blocks[0] = Empty();

    /// <summary>The memory regions in ascending order, no-map ones included.</summary>
    public IReadOnlyList<MemoryRegion> Memory => ToArray(_blocks[0].Memory);

    /// <summary>The reserved regions in ascending order.</summary>
    public IReadOnlyList<MemoryRegion> Reserved => ToArray(_blocks[0].Reserved);

    /// <summary>All memory, no-map regions included, in bytes.</summary>
    public ulong TotalBytes => Memory.Aggregate(0UL, (sum, region) => sum + region.Size);

    /// <summary>The memory that a linear map covers, in bytes.</summary>
    public ulong MappedBytes => Memory.Where(region => !region.NoMap).Aggregate(0UL, (sum, region) => sum + region.Size);

    /// <summary>The lowest address that is memory.</summary>
    public PhysicalAddress Start => _blocks[0].Start;

    /// <summary>The first address behind all memory.</summary>
    public PhysicalAddress End => _blocks[0].End;

    /// <summary>The engine's view, valid as long as this object and until the next change through it.</summary>
    internal MemoryBlocks* Blocks
    {
        get
        {
            fixed (MemoryBlocks* blocks = _blocks)
            {
                return blocks; // The array is pinned for life.
            }
        }
    }

    /// <summary>One range of memory, nothing reserved.</summary>
    /// <param name="start">The first byte.</param>
    /// <param name="size">The length in bytes.</param>
    public static MemoryLayout OfRange(PhysicalAddress start, ulong size)
    {
        MemoryLayout layout = new();
        layout.Add(start, start + size);
        return layout;
    }

    /// <summary>An empty layout whose lists have room for <paramref name="regions"/> regions each without growing.</summary>
    internal static MemoryLayout WithRoom(int regions)
    {
        MemoryLayout layout = new();
        layout.CopyFrom(layout, regions);
        return layout;
    }

    /// <summary>Adds memory.</summary>
    public void Add(PhysicalAddress start, PhysicalAddress end) => Change(() => _blocks[0].TryAdd(start, end));

    /// <summary>Removes memory.</summary>
    public void Remove(PhysicalAddress start, PhysicalAddress end) => Change(() => _blocks[0].TryRemove(start, end));

    /// <summary>Keeps a range from being handed out; it is mapped all the same.</summary>
    public void Reserve(PhysicalAddress start, PhysicalAddress end) => Change(() => _blocks[0].TryReserve(start, end));

    /// <summary>Undoes <see cref="Reserve"/> for all that lies in the range.</summary>
    internal void Release(PhysicalAddress start, PhysicalAddress end) => Change(() => _blocks[0].TryRelease(start, end));

    /// <summary>Keeps memory from being mapped and handed out.</summary>
    public void MarkNoMap(PhysicalAddress start, PhysicalAddress end) => Change(() => _blocks[0].TryMarkNoMap(start, end));

    /// <summary>Undoes <see cref="MarkNoMap"/>.</summary>
    public void ClearNoMap(PhysicalAddress start, PhysicalAddress end) => Change(() => _blocks[0].TryClearNoMap(start, end));

    /// <summary>A copy that can be changed, with room for the reservations of a build.</summary>
    public MemoryLayout Clone()
    {
        MemoryLayout copy = new();
        copy.CopyFrom(this, Math.Max(_memory.Length, _reserved.Length) * 2);
        return copy;
    }

    /// <summary>Changes the blocks by code that the boot image has too, with more storage each time it does not suffice.</summary>
    /// <param name="change">Does it; false when the storage is full. It may have done a part then, and is called again.</param>
    internal void Change(Func<bool> change)
    {
        while (!change())
        {
            CopyFrom(this, _memory.Length * 2);
        }
    }

    private void CopyFrom(MemoryLayout other, int capacity)
    {
        IReadOnlyList<MemoryRegion> memory = other.Memory;
        IReadOnlyList<MemoryRegion> reserved = other.Reserved;
        _memory = GC.AllocateArray<MemoryRegion>(capacity, pinned: true);
        _reserved = GC.AllocateArray<MemoryRegion>(capacity, pinned: true);
        _blocks[0] = Empty();
        foreach (MemoryRegion region in memory)
        {
            _ = _blocks[0].TryAdd(region.Start, region.End);
            _ = !region.NoMap || _blocks[0].TryMarkNoMap(region.Start, region.End);
        }

        foreach (MemoryRegion region in reserved)
        {
            _ = _blocks[0].TryReserve(region.Start, region.End);
        }
    }

    private MemoryBlocks Empty()
    {
        fixed (MemoryRegion* memory = _memory, reserved = _reserved)
        {
            return new MemoryBlocks(memory, _memory.Length, reserved, _reserved.Length);
        }
    }

    private static MemoryRegion[] ToArray(in RegionList list)
    {
        MemoryRegion[] regions = new MemoryRegion[list.Count];
        for (int i = 0; i < regions.Length; i++)
        {
            regions[i] = list[i];
        }

        return regions;
    }
}
