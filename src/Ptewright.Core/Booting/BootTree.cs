using Ptewright.Addressing;
using Ptewright.DeviceTree;
using Ptewright.Memory;

namespace Ptewright.Booting;

/// <summary>What the boot image takes from its device tree: memory and reservations by Linux's rules, command line, console.</summary>
/// <remarks>Regions that leave their place to the system (<c>size</c> without <c>reg</c>) are passed over: nothing here uses them.</remarks>
internal unsafe struct BootTree : IDeviceTreeVisitor
{
    private readonly DeviceTreeLoader _loader;
    private bool _full;

    private BootTree(DeviceTreeLoader loader)
    {
        this = default;
        _loader = loader;
    }

    /// <summary>The command line; null when there is none.</summary>
    public byte* Arguments { get; private set; }

    /// <summary>Its length in bytes.</summary>
    public uint ArgumentsLength { get; private set; }

    /// <summary>The path of the console; null when there is none.</summary>
    public byte* Console { get; private set; }

    /// <summary>Its length in bytes.</summary>
    public uint ConsoleLength { get; private set; }

    /// <summary>How many things in the tree Linux would pass over as well.</summary>
    public int Notes { get; private set; }

    /// <summary>Reads a tree into empty blocks.</summary>
    /// <param name="blob">The tree.</param>
    /// <param name="tree">Where it lies: reserved, as the image is.</param>
    /// <param name="treeEnd">The first byte behind it.</param>
    /// <param name="image">The first byte of the image.</param>
    /// <param name="imageEnd">The first byte behind it.</param>
    /// <param name="pageSize">The page size in bytes.</param>
    /// <param name="blocks">The blocks to fill.</param>
    /// <param name="result">What was found.</param>
    /// <param name="failure">What is wrong with the tree; none when the blocks were too small.</param>
    /// <returns>False when the tree is broken or does not fit the storage of the blocks.</returns>
    public static bool TryRead(
        in DeviceTreeBlob blob,
        PhysicalAddress tree,
        PhysicalAddress treeEnd,
        PhysicalAddress image,
        PhysicalAddress imageEnd,
        ulong pageSize,
        MemoryBlocks* blocks,
        out BootTree result,
        out DeviceTreeFailure failure)
    {
        result = new BootTree(new DeviceTreeLoader(blocks, pageSize));
        bool reserved = blocks->TryReserve(image, imageEnd) && blocks->TryReserve(tree, treeEnd);
        return DeviceTreeMemory.TryVisit(blob, ReservationOrder.NodesFirst, ref result, out failure) && reserved && !result._full;
    }

    /// <inheritdoc/>
    public void OnModel(byte* text, uint length)
    {
    }

    /// <inheritdoc/>
    public void OnMemory(PhysicalAddress start, ulong size, bool hotpluggable) => Keep(_loader.TryAddMemory(start, size, out _));

    /// <inheritdoc/>
    public void OnMemoryWithoutSize(PhysicalAddress start, bool isKnown)
    {
    }

    /// <inheritdoc/>
    public void OnUsableRange(int index, PhysicalAddress start, ulong size) => Keep(_loader.TryApplyUsableRange(index, start, size));

    /// <inheritdoc/>
    public void OnInitrd(PhysicalAddress start, PhysicalAddress end) => Keep(_loader.TryAddInitrd(start, end, out _));

    /// <inheritdoc/>
    public void OnBootargs(byte* text, uint length)
    {
        Arguments = text;
        ArgumentsLength = length;
    }

    /// <inheritdoc/>
    public void OnStdoutPath(byte* text, uint length)
    {
        Console = text;
        ConsoleLength = length;
    }

    /// <inheritdoc/>
    public void OnKaslrSeed(ulong seed)
    {
    }

    /// <inheritdoc/>
    public void OnUefi(DeviceTreeUefiValue which, ulong value)
    {
    }

    /// <inheritdoc/>
    public void OnElfCoreHeader(PhysicalAddress start, ulong size) => Keep(_loader.TryReserveElfCoreHeader(start, size, out _));

    /// <inheritdoc/>
    public void OnReserved(in DeviceTreeReservedNode node, uint index, PhysicalAddress start, ulong size) =>
        Keep(node.NoMap ? _loader.TryMarkNoMap(start, size, out _) : _loader.TryReserve(start, size));

    /// <inheritdoc/>
    public void OnDynamicReserved(in DeviceTreeReservedNode node, ulong size, ulong alignment)
    {
    }

    /// <inheritdoc/>
    public void OnMemReserve(PhysicalAddress start, ulong size) => Keep(_loader.TryReserve(start, size));

    /// <inheritdoc/>
    public void OnNote(DeviceTreeNote note, uint offset) => Notes++;

    private void Keep(bool fitted) => _full |= !fitted;
}
