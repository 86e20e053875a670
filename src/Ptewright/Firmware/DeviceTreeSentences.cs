using Ptewright.DeviceTree;

namespace Ptewright.Firmware;

/// <summary>The sentences about device trees: what is wrong with one, and what was passed over.</summary>
internal static class DeviceTreeSentences
{
    public static InvalidInputException Error(string name, DeviceTreeFailure failure) =>
        new($"{name}: at offset 0x{failure.Offset:x}: {Reason(failure)}.");

    public static InvalidInputException Error(string name, string reason) => new($"{name}: {reason}.");

    public static string Remark(DeviceTreeNote note, uint offset) => $"At offset 0x{offset:x}: {Reason(note)}.";

    public static string WithoutEffect(DeviceTreeRegion region)
    {
        string range = $"{region.Start}-{region.End}";
        return region.Kind switch
        {
            DeviceTreeRegionKind.Memory or DeviceTreeRegionKind.HotpluggableMemory => $"Memory {range} holds no whole page and is ignored.",
            DeviceTreeRegionKind.Initrd => $"The initial ramdisk {range} lies below all memory and is dropped.",
            DeviceTreeRegionKind.ElfCoreHeader => $"The ELF core header {range} is reserved already.",
            _ => $"No-map region {region.Name} {range} is refused, because part of it is reserved already: it stays mapped.",
        };
    }

    private static string Reason(DeviceTreeFailure failure) => failure.Code switch
    {
        DeviceTreeError.TooShort => $"the data ends here, inside the header, which has {failure.Value} bytes",
        DeviceTreeError.BadMagic => $"0x{failure.Value:x8} is not 0x{DeviceTreeBlob.Magic:x8}, with which a device tree blob starts",
        DeviceTreeError.UnsupportedVersion => $"version {failure.Value} is older than 16",
        DeviceTreeError.IncompatibleVersion => $"last compatible version {failure.Value} is above 17 or above the version",
        DeviceTreeError.TotalSizeTooSmall => $"total size {failure.Value} does not hold the header",
        DeviceTreeError.Truncated => $"the data ends here, but the total size is {failure.Value}",
        DeviceTreeError.StructureOutside => $"the structure block at 0x{failure.Value:x} does not lie behind the header and inside the blob",
        DeviceTreeError.StructureMisaligned => $"the structure block at 0x{failure.Value:x} does not start at a multiple of 4",
        DeviceTreeError.StringsOutside => $"the strings block at 0x{failure.Value:x} does not lie behind the header and inside the blob",
        DeviceTreeError.ReserveMapOutside => $"the memory reservation block at 0x{failure.Value:x} does not lie behind the header and inside the blob",
        DeviceTreeError.ReserveMapMisaligned => $"the memory reservation block at 0x{failure.Value:x} does not start at a multiple of 8",
        DeviceTreeError.ReserveMapUnterminated => "the memory reservation block has no last entry",
        DeviceTreeError.StructureUnterminated => "the structure block ends without an end token",
        DeviceTreeError.UnknownToken => $"0x{failure.Value:x8} is no token",
        DeviceTreeError.NoRoot => "the tree ends without a node",
        DeviceTreeError.SecondRoot => "a second node stands beside the root",
        DeviceTreeError.NodeTooDeep => $"a node stands inside {failure.Value} others",
        DeviceTreeError.NodeNameUnterminated => "node name runs past the structure block",
        DeviceTreeError.UnmatchedEndNode => "a node ends that did not begin",
        DeviceTreeError.EndInsideNode => $"the tree ends inside {failure.Value} open nodes",
        DeviceTreeError.PropertyOutsideNode => "a property stands outside all nodes",
        DeviceTreeError.PropertyAfterChild => "a property follows a child node",
        DeviceTreeError.PropertyCutOff => "property runs past the structure block",
        DeviceTreeError.PropertyTooLong => $"property length {failure.Value} runs past the structure block",
        DeviceTreeError.PropertyNameOutside => $"property name at 0x{failure.Value:x} of the strings block is not a string inside it",
        DeviceTreeError.BadPropertyLength => $"property length {failure.Value} does not fit what the property means",
        DeviceTreeError.BadCellCount => $"addresses or sizes of {failure.Value} cells are not supported, only 1 and 2",
        DeviceTreeError.RangeWraps => $"the range from 0x{failure.Value:x} runs over the end of 64-bit addresses",
        DeviceTreeError.RangeTooHigh => $"the range from 0x{failure.Value:x} ends above 2^52, the end of physical addresses",
        _ => "nothing is wrong",
    };

    private static string Reason(DeviceTreeNote note) => note switch
    {
        DeviceTreeNote.TrailingCells => "cells that make no whole memory range are ignored",
        DeviceTreeNote.ReservationsIgnored => "/reserved-memory has no ranges property, or not the cells of the root: all of it is ignored",
        DeviceTreeNote.ReservationRegIgnored => "a reservation whose ranges are not whole is ignored",
        DeviceTreeNote.EmptyReservation => "a reservation of no bytes is ignored",
        DeviceTreeNote.DynamicReservationIgnored => "a reservation with a size or alignment of the wrong length is ignored",
        DeviceTreeNote.ReserveMapCutShort => "an entry with an address but no size ends the memory reservation block",
        DeviceTreeNote.InitrdIgnored => "an initial ramdisk without an end, or that ends before it starts, is ignored",
        DeviceTreeNote.UsableRangesIgnored => "usable memory ranges behind the second are ignored",
        DeviceTreeNote.KaslrSeedIgnored => "a KASLR seed that has not 8 bytes is ignored",
        DeviceTreeNote.TextCut => $"text behind {DeviceTreeMemory.MaxTextLength} bytes is ignored",
        _ => "nothing was ignored",
    };
}
