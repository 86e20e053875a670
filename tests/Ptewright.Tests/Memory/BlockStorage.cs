using Ptewright.Memory;

namespace Ptewright.Tests.Memory;

/// <summary>Memory blocks with storage that stays where it is.</summary>
internal sealed unsafe class BlockStorage
{
    private readonly MemoryRegion[] _memory;
    private readonly MemoryRegion[] _reserved;
    private readonly MemoryBlocks[] _blocks = GC.AllocateArray<MemoryBlocks>(1, pinned: true);

    public BlockStorage(int memoryCapacity = 64, int reservedCapacity = 64)
    {
        _memory = GC.AllocateArray<MemoryRegion>(memoryCapacity, pinned: true);
        _reserved = GC.AllocateArray<MemoryRegion>(reservedCapacity, pinned: true);
        fixed (MemoryRegion* memory = _memory, reserved = _reserved)
        {
            _blocks[0] = new MemoryBlocks(memory, memoryCapacity, reserved, reservedCapacity);
        }
    }

    public ref MemoryBlocks Blocks => ref _blocks[0];

    /// <summary>The blocks where they lie, for an allocator; valid as long as this object.</summary>
    public MemoryBlocks* Pointer
    {
        get
        {
            fixed (MemoryBlocks* blocks = _blocks)
            {
                return blocks; // The array is pinned for life.
            }
        }
    }
}
