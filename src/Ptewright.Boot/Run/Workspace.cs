using Ptewright.LinearMap;
using Ptewright.Memory;

namespace Ptewright.Boot;

/// <summary>The lists that the image works with, in its own storage.</summary>
internal readonly unsafe struct Workspace
{
    /// <summary>How many regions a list can have.</summary>
    public const int Regions = 2048;

    // The plan has a request for each region, one more where the image splits one, and the image's own.
    private const int RequestRoom = Regions + 3;
    private const int HeaderSize = 256;

    private readonly MemoryRegion* _regions;

    /// <summary>Lays them out.</summary>
    /// <param name="storage">The storage.</param>
    /// <param name="size">Its size in bytes.</param>
    public Workspace(byte* storage, ulong size)
    {
        Blocks = (MemoryBlocks*)storage;
        Working = Blocks + 1;
        _regions = (MemoryRegion*)(storage + HeaderSize);
        Requests = (MapRequest*)(_regions + (4 * Regions));
        Sorted = Requests + RequestRoom;
        Fits = (ulong)((byte*)(Sorted + RequestRoom) - storage) <= size && sizeof(MemoryBlocks) * 2 <= HeaderSize;
        Reset();
    }

    /// <summary>Whether the storage is large enough: a matter of constants.</summary>
    public bool Fits { get; }

    /// <summary>Memory as the device tree describes it.</summary>
    public MemoryBlocks* Blocks { get; }

    /// <summary>A copy that builds reserve their tables in.</summary>
    public MemoryBlocks* Working { get; }

    /// <summary>The plan, in its own order.</summary>
    public MapRequest* Requests { get; }

    /// <summary>The plan in the order of addresses.</summary>
    public MapRequest* Sorted { get; }

    /// <summary>Empties both blocks.</summary>
    public void Reset()
    {
        *Blocks = new MemoryBlocks(_regions, Regions, _regions + Regions, Regions);
        *Working = new MemoryBlocks(_regions + (2 * Regions), Regions, _regions + (3 * Regions), Regions);
    }
}
