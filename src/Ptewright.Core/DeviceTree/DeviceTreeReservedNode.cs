namespace Ptewright.DeviceTree;

/// <summary>A node of <c>/reserved-memory</c>: what it says besides its ranges or its size. A view of the blob.</summary>
internal readonly unsafe struct DeviceTreeReservedNode
{
    private readonly DeviceTreeProperty _allocRanges;
    private readonly int _addressCells;
    private readonly int _sizeCells;

    internal DeviceTreeReservedNode(
        byte* name, uint nameLength, ReservedNodeTraits traits, in DeviceTreeProperty allocRanges, int addressCells, int sizeCells)
    {
        Name = name;
        NameLength = nameLength;
        Traits = traits;
        _allocRanges = allocRanges;
        _addressCells = addressCells;
        _sizeCells = sizeCells;
    }

    /// <summary>The name of the node, without control over its content.</summary>
    public byte* Name { get; }

    /// <summary>Its length in bytes.</summary>
    public uint NameLength { get; }

    /// <summary>What it says about the use of its memory.</summary>
    public ReservedNodeTraits Traits { get; }

    /// <summary>Whether it must not be mapped.</summary>
    public bool NoMap => (Traits & ReservedNodeTraits.NoMap) != 0;

    /// <summary>Whether it says where it may be placed (<c>alloc-ranges</c>), be it nowhere.</summary>
    public bool HasAllocRanges => _allocRanges.IsPresent;

    /// <summary>In how many ranges it may be placed.</summary>
    public uint AllocRangeCount => _allocRanges.Length / ((uint)(_addressCells + _sizeCells) * sizeof(uint));

    /// <summary>A range in which it may be placed, as it is written: nothing is checked.</summary>
    /// <param name="index">0 to <see cref="AllocRangeCount"/> - 1.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="size">The length in bytes.</param>
    public void ReadAllocRange(uint index, out ulong start, out ulong size)
    {
        uint position = index * (uint)(_addressCells + _sizeCells) * sizeof(uint);
        _ = _allocRanges.TryReadNumber(ref position, _addressCells, out start);
        _ = _allocRanges.TryReadNumber(ref position, _sizeCells, out size);
    }
}
