using System.Buffers.Binary;
using Ptewright.Addressing;
using Ptewright.Firmware;

namespace Ptewright.Discovery;

/// <summary>Tables of EFI that a kernel reserves memory for when it starts: where they lie its log says, what they hold memory.</summary>
/// <param name="memory">The kernel's memory.</param>
/// <param name="lines">What the log says; null without.</param>
/// <remarks>Linux: <c>efi_memattr_init</c>, <c>efi_config_parse_tables</c> in <c>drivers/firmware/efi</c>.</remarks>
internal sealed class EfiTables(KernelMemory memory, DmesgLines? lines)
{
    private const ulong MostBytes = 16 << 20;
    private const int AddressBits = 52;

    /// <summary>A memory map with what these tables keep.</summary>
    /// <param name="map">The map.</param>
    public EfiMapTable Complete(EfiMapTable map)
    {
        List<(PhysicalAddress, ulong)> kept = [];
        Span<byte> head = stackalloc byte[16];

        // efi_memory_attributes_table_t: version @0 | num_entries @4 | desc_size @8; then the descriptors.
        if (TryReadHead("MEMATTR", head, out PhysicalAddress at))
        {
            Keep(kept, at, 16 + ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) * BinaryPrimitives.ReadUInt32LittleEndian(head[8..])));
        }

        // struct linux_efi_memreserve: size @0, how many entries of 16 bytes follow @16. What they list the kernel may have added since.
        if (TryReadHead("MEMRESERVE", head, out at))
        {
            Keep(kept, at, 16 + ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(head) * 16));
        }

        // struct linux_efi_initrd: base @0 | size @8.
        (PhysicalAddress, ulong)? disk = null;
        if (TryReadHead("INITRD", head, out _))
        {
            ulong start = BinaryPrimitives.ReadUInt64LittleEndian(head);
            ulong size = BinaryPrimitives.ReadUInt64LittleEndian(head[8..]);
            disk = size != 0 && start < 1UL << AddressBits && size <= (1UL << AddressBits) - start ? (new PhysicalAddress(start), size) : null;
        }

        return map.With(kept, disk);
    }

    private static void Keep(List<(PhysicalAddress, ulong)> kept, PhysicalAddress at, ulong size)
    {
        if (size <= MostBytes)
        {
            kept.Add((at, size));
        }
    }

    private bool TryReadHead(string table, Span<byte> head, out PhysicalAddress at)
    {
        at = default;
        if (lines is null || !lines.EfiTables.TryGetValue(table, out ulong address) || address >= 1UL << AddressBits)
        {
            return false;
        }

        at = new PhysicalAddress(address);
        return memory.TryRead(at, head);
    }
}
