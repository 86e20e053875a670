using System.Buffers.Binary;
using Ptewright.Addressing;
using Ptewright.Memory;

namespace Ptewright.Discovery;

/// <summary>A kernel's own list of its memory, as it is at the time of the dump.</summary>
/// <param name="Memory">What is memory, ascending; no-map memory is told.</param>
/// <param name="Reserved">What is reserved, ascending. Not what was reserved when the linear map was made: the kernel allocated from it since, and gave some back.</param>
/// <remarks>Linux: <c>struct memblock</c> in <c>include/linux/memblock.h</c>, which arm64 keeps (CONFIG_ARCH_KEEP_MEMBLOCK). Its layout is the same from 5.10 to 7.3.</remarks>
internal sealed record Memblock(IReadOnlyList<MemoryRegion> Memory, IReadOnlyList<MemoryRegion> Reserved)
{
    // struct memblock: bool bottom_up @0 | current_limit @8 | memory @16 | reserved @56.
    private const int ListsAt = 16;

    // struct memblock_type: cnt @0 | max @8 | total_size @16 | regions @24 | name @32.
    private const int ListBytes = 40;

    // struct memblock_region: base @0 | size @8 | flags @16 | nid @20, which is padding without CONFIG_NUMA.
    private const int RegionBytes = 24;
    private const uint NoMapFlag = 4;
    private const int MostRegions = 1 << 16;
    private const int LongestName = 16;
    private const int AddressBits = 52;

    /// <summary>Reads it.</summary>
    /// <param name="memory">The kernel's memory.</param>
    /// <param name="address">Where the variable <c>memblock</c> lies.</param>
    /// <param name="why">Where there is none: why, as the end of a sentence.</param>
    public static Memblock? Read(KernelMemory memory, VirtualAddress address, out string why)
    {
        byte[] bytes = new byte[ListsAt + (2 * ListBytes)];
        if (!memory.TryRead(address, bytes))
        {
            why = "the variable memblock is not in the source";
            return null;
        }

        return ReadList(memory, bytes.AsSpan(ListsAt, ListBytes), "memory", out why) is { } regions
            && ReadList(memory, bytes.AsSpan(ListsAt + ListBytes, ListBytes), "reserved", out why) is { } reserved
            ? new Memblock(regions, reserved)
            : null;
    }

    // What it says of itself must hold: its name, how many regions there are, their order, their sum.
    private static List<MemoryRegion>? ReadList(KernelMemory memory, ReadOnlySpan<byte> list, string name, out string why)
    {
        ulong count = BinaryPrimitives.ReadUInt64LittleEndian(list);
        ulong most = BinaryPrimitives.ReadUInt64LittleEndian(list[8..]);
        ulong total = BinaryPrimitives.ReadUInt64LittleEndian(list[16..]);
        VirtualAddress first = new(BinaryPrimitives.ReadUInt64LittleEndian(list[24..]));
        if (count is 0 or > MostRegions || count > most || memory.Text(new VirtualAddress(BinaryPrimitives.ReadUInt64LittleEndian(list[32..])), LongestName) != name)
        {
            why = $"the variable memblock has no list {name}";
            return null;
        }

        byte[] bytes = new byte[(int)count * RegionBytes];
        if (!memory.TryRead(first, bytes))
        {
            why = $"memblock's list {name} is not in the source";
            return null;
        }

        List<MemoryRegion> regions = [];
        ulong end = 0;
        ulong sum = 0;
        for (int i = 0; i < bytes.Length; i += RegionBytes)
        {
            ulong start = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(i));
            ulong size = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(i + 8));
            if (start < end || size == 0 || size > (1UL << AddressBits) || start > (1UL << AddressBits) - size)
            {
                why = $"memblock's list {name} is out of order at its region {i / RegionBytes}";
                return null;
            }

            end = start + size;
            sum += size;
            bool noMap = (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(i + 16)) & NoMapFlag) != 0;
            if (regions.Count > 0 && regions[^1].End.Value == start && regions[^1].NoMap == noMap)
            {
                // Only nodes or other flags part them.
                regions[^1] = new MemoryRegion(regions[^1].Start, new PhysicalAddress(end), noMap);
            }
            else
            {
                regions.Add(new MemoryRegion(new PhysicalAddress(start), new PhysicalAddress(end), noMap));
            }
        }

        why = sum == total ? string.Empty : $"the regions of memblock's list {name} are not as many bytes as it says";
        return sum == total ? regions : null;
    }
}
