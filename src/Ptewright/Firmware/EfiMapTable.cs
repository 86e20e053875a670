using System.Buffers.Binary;
using Ptewright.Addressing;
using Ptewright.Memory;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Firmware;

/// <summary>The UEFI memory map as it lies in memory, where the kernel's EFI stub left it.</summary>
/// <remarks>
/// UEFI specification 2.10, 7.2.3: EFI_MEMORY_DESCRIPTOR is Type @0, PhysicalStart @8, VirtualStart @16, NumberOfPages @24, Attribute @32; how far apart descriptors are whoever has the map says.
/// </remarks>
internal sealed class EfiMapTable
{
    /// <summary>No map is larger.</summary>
    public const int MostBytes = 1 << 20;

    private const int DescriptorBytes = 40;
    private const int MostDescriptorBytes = 1 << 10;
    private const int AddressBits = 52;
    private const ulong MostPages = (1UL << AddressBits) / EfiMapFile.EfiPageSize;

    private readonly string _name;
    private readonly PhysicalAddress _at;
    private readonly ulong _bytes;

    private EfiMapTable(string name, PhysicalAddress at, ulong bytes, IReadOnlyList<EfiMemoryDescriptor> descriptors)
    {
        _name = name;
        _at = at;
        _bytes = bytes;
        Descriptors = descriptors;
    }

    /// <summary>Its entries, in its own order.</summary>
    public IReadOnlyList<EfiMemoryDescriptor> Descriptors { get; }

    /// <summary>What else EFI's tables keep for themselves, which a kernel reserves when it starts; sizes in bytes.</summary>
    public IReadOnlyList<(PhysicalAddress Start, ulong Size)> Kept { get; init; } = [];

    /// <summary>Where EFI's tables say that the initial ramdisk lies; its size in bytes.</summary>
    public (PhysicalAddress Start, ulong Size)? InitialRamdisk { get; init; }

    /// <summary>Takes the bytes of a map.</summary>
    /// <param name="map">The bytes.</param>
    /// <param name="tables">Where it lies, and how far apart descriptors are.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <exception cref="InvalidInputException">It is none.</exception>
    public static EfiMapTable Parse(ReadOnlySpan<byte> map, DeviceTreeUefiTables tables, string name)
    {
        if (tables.DescriptorSize is < DescriptorBytes or > MostDescriptorBytes || map.Length > MostBytes || tables.MapStart.Value >= 1UL << AddressBits)
        {
            throw TextFile.Error(name, "its descriptors have an impossible size");
        }

        List<EfiMemoryDescriptor> descriptors = [];
        for (int at = 0; at + (int)tables.DescriptorSize <= map.Length; at += (int)tables.DescriptorSize)
        {
            ReadOnlySpan<byte> entry = map.Slice(at, (int)tables.DescriptorSize);
            ulong start = BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]);
            ulong pages = BinaryPrimitives.ReadUInt64LittleEndian(entry[24..]);
            if (start % EfiMapFile.EfiPageSize != 0 || pages > MostPages)
            {
                throw TextFile.Error(name, $"its entry {descriptors.Count + 1} is not whole pages");
            }

            descriptors.Add(new EfiMemoryDescriptor
            {
                Type = (EfiMemoryType)BinaryPrimitives.ReadUInt32LittleEndian(entry),
                Start = new PhysicalAddress(start),
                Size = pages * EfiMapFile.EfiPageSize,
                Attributes = (EfiMemoryAttributes)BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]),
                Line = descriptors.Count + 1,
            });
        }

        EfiMapFile.RefuseOverlaps(descriptors, name);
        return new EfiMapTable(name, tables.MapStart, (ulong)map.Length, descriptors);
    }

    /// <summary>The same with what else is kept.</summary>
    public EfiMapTable With(IReadOnlyList<(PhysicalAddress Start, ulong Size)> kept, (PhysicalAddress Start, ulong Size)? initialRamdisk) =>
        new(_name, _at, _bytes, Descriptors) { Kept = kept, InitialRamdisk = initialRamdisk };

    /// <summary>The memory as a kernel makes it of the map: <see cref="EfiMapInfo"/>.</summary>
    /// <param name="granule">The kernel's page size.</param>
    /// <param name="softReserve">Whether it sets special-purpose memory aside.</param>
    /// <param name="remarks">Takes what was passed over.</param>
    /// <exception cref="InvalidInputException">There is no memory.</exception>
    public MemoryLayout ToLayout(GranuleSize granule, bool softReserve, List<string> remarks)
    {
        ulong pageSize = 1UL << (int)granule;
        MemoryLayout layout = EfiMapFile.Load(Descriptors, remarks, _name, pageSize, softReserve);
        layout.Reserve(_at.AlignDown(pageSize), (_at + _bytes).AlignUp(pageSize));
        foreach ((PhysicalAddress start, ulong size) in Kept)
        {
            layout.Reserve(start, start + size);
        }

        return layout;
    }
}
