using Ptewright.Addressing;
using Ptewright.DeviceTree;
using Ptewright.Memory;

namespace Ptewright.Tests.Firmware;

/// <summary>The loader on storage of the caller, as the boot image uses it.</summary>
public unsafe class DeviceTreeLoaderTests
{
    private const int Capacity = 2;

    private static readonly PhysicalAddress Start = new(0x4000_0000);

    [Fact]
    public void A_change_that_does_not_fit_the_storage_is_told()
    {
        MemoryRegion* memory = stackalloc MemoryRegion[Capacity];
        MemoryRegion* reserved = stackalloc MemoryRegion[Capacity];
        MemoryBlocks blocks = new(memory, Capacity, reserved, Capacity);
        DeviceTreeLoader loader = new(&blocks, 0x1000);

        Assert.True(loader.TryAddMemory(Start, 0x10_0000, out _));
        Assert.False(loader.TryMarkNoMap(Start + 0x1000, 0x1000, out bool refused));
        Assert.False(refused);
        Assert.True(loader.TryReserve(Start, 0x1000));
        Assert.True(loader.TryReserve(Start + 0x2000, 0x1000));
        Assert.False(loader.TryReserve(Start + 0x4000, 0x1000));
        Assert.False(loader.TryReserveElfCoreHeader(Start + 0x4000, 0x1000, out refused));
        Assert.False(refused);
    }

    [Fact]
    public void What_the_caller_reserved_before_makes_no_map_regions_refused()
    {
        MemoryRegion* memory = stackalloc MemoryRegion[Capacity];
        MemoryRegion* reserved = stackalloc MemoryRegion[Capacity];
        MemoryBlocks blocks = new(memory, Capacity, reserved, Capacity);
        DeviceTreeLoader loader = new(&blocks, 0x1000);
        Assert.True(loader.TryAddMemory(Start, 0x10_0000, out _));

        Assert.True(blocks.TryReserve(Start, Start + 0x2000));
        Assert.True(loader.TryMarkNoMap(Start + 0x1000, 0x2000, out bool refused));

        Assert.True(refused);
        Assert.Equal(1, blocks.Memory.Count);
        Assert.False(blocks.Memory[0].NoMap);
    }
}
