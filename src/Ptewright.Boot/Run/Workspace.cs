using Ptewright.LinearMap;
using Ptewright.Memory;

namespace Ptewright.Boot;

/// <summary>The lists that the image works with, in its own storage.</summary>
internal readonly unsafe struct Workspace
{
    /// <summary>How many regions a list can have.</summary>
    public const int Regions = 2048;

    // BootPlan.MaxSteps of so many regions.
    private const int StepRoom = Regions + 11;
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
        Steps = (PlanStep*)(_regions + (4 * Regions));
        Sorted = (MapRequest*)(Steps + StepRoom);
        Fits = (ulong)((byte*)(Sorted + StepRoom) - storage) <= size && sizeof(MemoryBlocks) * 2 <= HeaderSize;
        Reset();
    }

    /// <summary>Whether the storage is large enough: a matter of constants.</summary>
    public bool Fits { get; }

    /// <summary>Memory as the device tree describes it.</summary>
    public MemoryBlocks* Blocks { get; }

    /// <summary>A copy that builds reserve their tables in.</summary>
    public MemoryBlocks* Working { get; }

    /// <summary>The plan, in its own order.</summary>
    public PlanStep* Steps { get; }

    /// <summary>What of it belongs to the linear map, in the order of addresses.</summary>
    public MapRequest* Sorted { get; }

    /// <summary>Empties both blocks.</summary>
    public void Reset()
    {
        *Blocks = new MemoryBlocks(_regions, Regions, _regions + Regions, Regions);
        *Working = new MemoryBlocks(_regions + (2 * Regions), Regions, _regions + (3 * Regions), Regions);
    }
}
