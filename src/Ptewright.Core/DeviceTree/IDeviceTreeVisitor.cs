using Ptewright.Addressing;

namespace Ptewright.DeviceTree;

/// <summary>Is told by <see cref="DeviceTreeMemory"/> what a device tree says about memory, in the order in which Linux acts on it.</summary>
/// <remarks>
/// Pointers are into the blob and hold text of the given length without control over its content. Sizes are in bytes and not 0 where nothing else is said,
/// every range ends at or below 2^52, and nothing is rounded. An offset is a byte of the blob.
/// </remarks>
internal unsafe interface IDeviceTreeVisitor
{
    /// <summary>The board's name: <c>model</c> of the root.</summary>
    void OnModel(byte* text, uint length);

    /// <summary>One range of a memory node, in the order of the tree.</summary>
    /// <param name="start">The first byte.</param>
    /// <param name="size">The length in bytes.</param>
    /// <param name="hotpluggable">Whether the node has <c>hotpluggable</c>.</param>
    void OnMemory(PhysicalAddress start, ulong size, bool hotpluggable);

    /// <summary>A range of a memory node that has no bytes: a boot loader writes the size there.</summary>
    /// <param name="start">The first byte, as it is written.</param>
    /// <param name="isKnown">Whether that is an address: the node's name has one too, or it is not 0. Otherwise it is what stands there until somebody knows better.</param>
    void OnMemoryWithoutSize(PhysicalAddress start, bool isKnown);

    /// <summary>A range of <c>linux,usable-memory-range</c>. Linux: <c>early_init_dt_check_for_usable_mem_range</c>.</summary>
    /// <param name="index">0: all memory outside the range is to be removed. 1: the range is to be added after that.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="size">The length in bytes.</param>
    void OnUsableRange(int index, PhysicalAddress start, ulong size);

    /// <summary>The initial ramdisk, [<paramref name="start"/>, <paramref name="end"/>).</summary>
    void OnInitrd(PhysicalAddress start, PhysicalAddress end);

    /// <summary>The command line of the kernel: <c>bootargs</c>.</summary>
    void OnBootargs(byte* text, uint length);

    /// <summary>The console: <c>stdout-path</c>, or else <c>linux,stdout-path</c>.</summary>
    void OnStdoutPath(byte* text, uint length);

    /// <summary>The random number for address randomisation; boot loaders and kernels set it to 0 when it is used up.</summary>
    void OnKaslrSeed(ulong seed);

    /// <summary>Where EFI left its tables. Reported, not followed: with an EFI memory map, Linux forgets the tree's memory.</summary>
    void OnUefi(DeviceTreeUefiValue which, ulong value);

    /// <summary>The ELF header of the kernel that crashed: to be reserved, unless that is reserved already.</summary>
    void OnElfCoreHeader(PhysicalAddress start, ulong size);

    /// <summary>One range of a node of <c>/reserved-memory</c>, in the order of the tree.</summary>
    /// <param name="node">The node.</param>
    /// <param name="index">Which of the node's ranges: 0 for the first, empty ones counted.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="size">The length in bytes; 0 only in a node's first range, where nothing is to be reserved, but a kernel remembers the node.</param>
    void OnReserved(in DeviceTreeReservedNode node, uint index, PhysicalAddress start, ulong size);

    /// <summary>A node of <c>/reserved-memory</c> that leaves its place to the system.</summary>
    /// <param name="node">The node.</param>
    /// <param name="size">The length in bytes; any number, as it is written; 0 when that cannot be read, or nothing is wanted: then a kernel just remembers the node.</param>
    /// <param name="alignment">The alignment in bytes, 0 when none is asked for; any number, as it is written.</param>
    void OnDynamicReserved(in DeviceTreeReservedNode node, ulong size, ulong alignment);

    /// <summary>An entry of the memory reservation block (<c>/memreserve/</c>).</summary>
    void OnMemReserve(PhysicalAddress start, ulong size);

    /// <summary>Something was passed over, as Linux does.</summary>
    void OnNote(DeviceTreeNote note, uint offset);
}
