using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Kernels.Planning;

/// <summary>The memory of a machine after a kernel has decided where its linear map starts and what of the memory it can reach.</summary>
/// <remarks>Linux: <c>arm64_memblock_init</c> in <c>arch/arm64/mm/init.c</c>, in its order.</remarks>
internal sealed class BootMemory
{
    private readonly KernelMachine _machine;
    private readonly ImagePlace? _image;
    private readonly TableGeometry _geometry;
    private readonly ICollection<string> _remarks;

    private BootMemory(KernelMachine machine, ImagePlace? image, TableGeometry geometry, MemoryLayout layout, ICollection<string> remarks)
    {
        _machine = machine;
        _image = image;
        _geometry = geometry;
        Layout = layout;
        _remarks = remarks;
    }

    /// <summary>The memory that is left, with the image reserved.</summary>
    public MemoryLayout Layout { get; }

    /// <summary>Where the linear map lies.</summary>
    public LinearMapPlace Place { get; private set; }

    /// <summary>The reserved regions that the kernel had to place.</summary>
    public IReadOnlyList<PlacedRegion> PlacedRegions { get; private set; } = [];

    /// <summary>Decides.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="physicalAddressBits">How many bits of physical address the kernel's entries hold. Linux: <c>PHYS_MASK_SHIFT</c>.</param>
    /// <param name="image">Where the image lies: from <see cref="ImagePlace.AliasStart"/> on it is reserved; null without an image.</param>
    /// <param name="randomStart">How the kernel randomises the linear map: until v6.15, unless the command line forbids it.</param>
    /// <param name="startSeedBit">Which 16 bits of the seed choose the start.</param>
    /// <param name="rules">How the kernel reserves what the device tree wants reserved.</param>
    /// <param name="remarks">Takes what was cut off or refused.</param>
    /// <exception cref="InvalidInputException">Nothing is left.</exception>
    public static BootMemory Decide(
        KernelMachine machine,
        TableGeometry geometry,
        int physicalAddressBits,
        ImagePlace? image,
        RandomStart randomStart,
        int startSeedBit,
        ReservedMemoryRules rules,
        ICollection<string> remarks)
    {
        BootMemory memory = new(machine, image, geometry, machine.Memory.Clone(), remarks);
        if (machine.DeviceTree is { } tree)
        {
            // fixmap_remap_fdt, in setup_machine_fdt
            memory.Layout.Reserve(tree.Start, tree.Start + tree.Size);
        }

        memory.PlaceLinearMap(physicalAddressBits);
        memory.ApplyLimit();
        memory.AddInitialRamdisk();
        if (randomStart != RandomStart.None)
        {
            memory.Randomize(randomStart, startSeedBit);
        }

        if (image is not null)
        {
            memory.RefuseImageOutside(image);
            memory.Layout.Reserve(image.AliasStart, image.End);
        }

        memory.ReserveForDeviceTree(rules);

        return memory.Layout.MappedBytes > 0
            ? memory
            : throw new InvalidInputException("The kernel would find no memory: nothing of it can be reached by the linear map.");
    }

    private void ReserveForDeviceTree(ReservedMemoryRules rules)
    {
        if (_machine.Reservations is not { } reservations)
        {
            return;
        }

        ReservedMemoryOutcome outcome = reservations.Apply(Layout, rules);
        PlacedRegions = outcome.Placed;
        foreach (string remark in outcome.Remarks)
        {
            _remarks.Add(remark);
        }

        if (PlacedRegions.Count > 0 && _machine.DeviceTree is null)
        {
            _remarks.Add("Where the boot loader puts the device tree is not known; regions that the kernel places lie elsewhere if that is in their way.");
        }
    }

    // A boot loader puts the image into memory; its tables are written there.
    private void RefuseImageOutside(ImagePlace image)
    {
        ulong inside = 0;
        foreach (MemoryRegion region in Layout.Memory.Where(region => region.Start < image.End && region.End > image.Base))
        {
            PhysicalAddress from = region.Start > image.Base ? region.Start : image.Base;
            PhysicalAddress to = region.End < image.End ? region.End : image.End;
            inside += to.Value - from.Value;
        }

        if (inside != image.End.Value - image.Base.Value)
        {
            throw new InvalidInputException($"The kernel's image from {image.Base} to {image.End} does not lie in memory that the kernel can use.");
        }
    }

    private unsafe void PlaceLinearMap(int physicalAddressBits)
    {
        LinearMapPlace place = default;
        LinearMapCuts cuts = default;
        Layout.Change(() => LinearMapPlace.TryFit(ref *Layout.Blocks, _geometry, physicalAddressBits, _image?.End ?? default, out place, out cuts));
        Place = place;
        if (cuts.BeyondAddresses is { Size: > 0 } addresses)
        {
            _remarks.Add($"Memory from {addresses.Start} to {addresses.End} is cut off: the kernel has {physicalAddressBits} bits of physical address.");
        }

        if (Layout.TotalBytes == 0)
        {
            throw new InvalidInputException("There is no memory.");
        }

        if (cuts.BeyondMap is { Size: > 0 } above)
        {
            _remarks.Add($"Memory from {above.Start} to {above.End} is cut off: the kernel has a linear map of {LinearMapPlace.Room(_geometry) >> 30} GiB.");
        }

        if (cuts.BelowMap is { Size: > 0 } below)
        {
            _remarks.Add($"Memory below {below.End} is cut off: the linear map has to reach the kernel's image.");
        }
    }

    // mem=: keeps that many bytes from the bottom, no-map memory counted; no-map memory above stays, and so does the image.
    private void ApplyLimit()
    {
        if (_machine.CommandLine.MemoryLimit is not { } limit)
        {
            return;
        }

        ulong left = limit & ~(_geometry.PageSize - 1);
        PhysicalAddress? end = null;
        foreach (MemoryRegion region in Layout.Memory)
        {
            if (left <= region.Size)
            {
                end = region.Start + left;
                break;
            }

            left -= region.Size;
        }

        if (left != 0 && end is { } limitEnd)
        {
            foreach (MemoryRegion region in Layout.Memory.Where(region => region.End > limitEnd && !region.NoMap))
            {
                Layout.Remove(region.Start > limitEnd ? region.Start : limitEnd, region.End);
            }

            if (_image is { } image)
            {
                Layout.Add(image.Base, image.End);
            }
        }
    }

    // The ramdisk is reached through the linear map, so it is memory whatever cut it off before.
    private void AddInitialRamdisk()
    {
        (PhysicalAddress start, ulong size) = _machine.CommandLine.InitialRamdisk ?? _machine.InitialRamdisk ?? default;
        if (!_machine.Config.InitialRamdisk || size == 0)
        {
            return;
        }

        PhysicalAddress first = start.AlignDown(_geometry.PageSize);
        PhysicalAddress end = (start + size).AlignUp(_geometry.PageSize);
        if (first < Layout.Start || end > Layout.Start + LinearMapPlace.Room(_geometry) || end < first)
        {
            _remarks.Add($"The initial ramdisk from {first} to {end} is dropped: the linear map does not reach it.");
            return;
        }

        Layout.Add(first, end);
        Layout.ClearNoMap(first, end);
        Layout.Reserve(first, end);
    }

    /// <summary>How much room there is for a random start, in bytes; none where it is less than one step.</summary>
    /// <param name="how">How the version reckons it.</param>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="layout">Its memory, after what is cut off.</param>
    internal static long RandomRoom(RandomStart how, TableGeometry geometry, KernelMachine machine, MemoryLayout layout) =>
        (long)LinearMapPlace.Room(geometry) - (how == RandomStart.BesideMemory ? (long)(layout.End.Value - layout.Start.Value) : 1L << machine.Cpu.PhysicalAddressBits);

    private void Randomize(RandomStart how, int seedBit)
    {
        if (!_machine.Config.RandomizeBase || _machine.KaslrSeed is not { } seed)
        {
            return;
        }

        ulong align = _geometry.MemoryStartAlignment;
        long range = RandomRoom(how, _geometry, _machine, Layout);
        ulong sixteen = (seed >> seedBit) & 0xffff;
        if (sixteen > 0 && range >= (long)align)
        {
            Place = Place.MovedUp(align * (((ulong)range / align * sixteen) >> 16));
        }
    }
}
