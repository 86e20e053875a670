namespace Ptewright.DeviceTree;

/// <summary>Why a device tree blob cannot be read. <see cref="DeviceTreeFailure.Value"/> means what each one says.</summary>
/// <remarks>The format: Devicetree Specification, chapter "Flattened Devicetree (DTB) Format".</remarks>
internal enum DeviceTreeError
{
    /// <summary>It can.</summary>
    None,

    /// <summary>The data ends inside the header. Offset: where it ends. Value: the bytes that the header needs.</summary>
    TooShort,

    /// <summary>The first word is not <see cref="DeviceTreeBlob.Magic"/>. Value: the word.</summary>
    BadMagic,

    /// <summary>The version is older than 16. Value: the version.</summary>
    UnsupportedVersion,

    /// <summary>Readers of version 17 are shut out, or the last compatible version is above the version. Value: the last compatible version.</summary>
    IncompatibleVersion,

    /// <summary>The total size does not even hold the header. Value: the total size.</summary>
    TotalSizeTooSmall,

    /// <summary>The data ends before the total size. Offset: where it ends. Value: the total size.</summary>
    Truncated,

    /// <summary>The structure block is not inside the blob. Value: its offset.</summary>
    StructureOutside,

    /// <summary>The structure block does not start at a multiple of 4. Value: its offset.</summary>
    StructureMisaligned,

    /// <summary>The strings block is not inside the blob. Value: its offset.</summary>
    StringsOutside,

    /// <summary>The memory reservation block does not start inside the blob. Value: its offset.</summary>
    ReserveMapOutside,

    /// <summary>The memory reservation block does not start at a multiple of 8. Value: its offset.</summary>
    ReserveMapMisaligned,

    /// <summary>The memory reservation block runs to the end of the blob without an entry of size 0. Offset: the entry that does not fit.</summary>
    ReserveMapUnterminated,

    /// <summary>The structure block ends without an end token. Offset: where it ends.</summary>
    StructureUnterminated,

    /// <summary>No such token. Value: the token.</summary>
    UnknownToken,

    /// <summary>The end token comes before any node.</summary>
    NoRoot,

    /// <summary>A second node stands beside the root.</summary>
    SecondRoot,

    /// <summary>A node inside <see cref="DeviceTreeCursor.MaxDepth"/> others. Value: the limit.</summary>
    NodeTooDeep,

    /// <summary>A node's name runs past the structure block.</summary>
    NodeNameUnterminated,

    /// <summary>More nodes end than began.</summary>
    UnmatchedEndNode,

    /// <summary>The end token comes while nodes are open. Value: how many.</summary>
    EndInsideNode,

    /// <summary>A property stands outside all nodes.</summary>
    PropertyOutsideNode,

    /// <summary>A property follows a child node; all properties of a node come first.</summary>
    PropertyAfterChild,

    /// <summary>The structure block ends inside a property's length and name.</summary>
    PropertyCutOff,

    /// <summary>A property's value runs past the structure block. Value: its length.</summary>
    PropertyTooLong,

    /// <summary>A property's name is not a terminated string inside the strings block. Value: its offset there.</summary>
    PropertyNameOutside,

    /// <summary>A property has a length that its meaning does not allow. Value: the length.</summary>
    BadPropertyLength,

    /// <summary>A <c>#address-cells</c> or <c>#size-cells</c> other than 1 and 2. Value: the cells.</summary>
    BadCellCount,

    /// <summary>A range runs over the end of 64 bits. Value: its start.</summary>
    RangeWraps,

    /// <summary>A range ends above 2^52, which no arm64 physical address reaches. Value: its start.</summary>
    RangeTooHigh,
}
