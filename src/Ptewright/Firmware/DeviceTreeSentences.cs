using Ptewright.Addressing;
using Ptewright.DeviceTree;
using Ptewright.Texts;

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

    public static string GivenBack(DeviceTreeRegion region) => GivenBack(region.Name, region.Start, region.End, region.NoMap);

    public static string Replaced(DeviceTreeRegion region) =>
        $"Region {region.Name} {region.Start}-{region.End} is not reserved: the command line gives its place to another (cma=).";

    public static string NotPlaced(PlacedRegion placed)
    {
        DeviceTreeDynamicRegion region = placed.Region;
        string what = $"Region {region.Name} of {SizeText(region.Size)}";
        return placed.Fate switch
        {
            RegionFate.NoRoom => $"{what} is not placed: there is no room for it where it may lie.",
            RegionFate.Replaced => $"{what} is not placed: the command line gives its place to another (cma=).",
            RegionFate.TooMany => $"{what} is not placed: a kernel remembers {ReservedMemoryRules.MaxNodes} nodes of /reserved-memory and no more.",
            _ => GivenBack(region.Name, placed.Start.GetValueOrDefault(), placed.End.GetValueOrDefault(), region.NoMap),
        };
    }

    public static string WithoutSize(PhysicalAddress start) => $"Memory at {start} has no size and is left out: the boot loader fills that in.";

    public static string Begins(PhysicalAddress start) => $"Memory given by hand without an address begins at {start}, where the tree has memory without a size.";

    public static string PutAside(IReadOnlyList<DeviceTreeRegion> memory) =>
        $"The memory of the tree ({string.Join(", ", memory.Take(4).Select(region => $"{region.Start}-{region.End}"))}{(memory.Count > 4 ? ", ..." : "")}) is put aside for what was given by hand.";

    public static string NoMemory(string name, IReadOnlyList<PhysicalAddress?> withoutSize)
    {
        string what = withoutSize.Count == 0
            ? "it has no memory node with a range"
            : withoutSize[0] is { } start ? $"its memory at {start} has no size" : "its memory has no size";
        return $"{name}: {what}: the boot loader fills that in. The running machine has the whole tree in /sys/firmware/fdt; or {InputWords.MemorySizes}.";
    }

    private static string GivenBack(string name, PhysicalAddress start, PhysicalAddress end, bool noMap) =>
        $"Region {name} {start}-{end} is {(noMap ? "mapped after all" : "reserved no more")}: the kernel's code for such regions refuses it.";

    // As large as the number allows, so that nothing is rounded.
    private static string SizeText(ulong bytes) =>
        bytes % (1 << 20) == 0 ? $"{bytes >> 20} MiB" : bytes % (1 << 10) == 0 ? $"{bytes >> 10} KiB" : $"{bytes} bytes";

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
        DeviceTreeNote.DynamicReservationIgnored => "a reservation with a size, an alignment or ranges of the wrong length is ignored",
        DeviceTreeNote.ReserveMapCutShort => "an entry with an address but no size ends the memory reservation block",
        DeviceTreeNote.InitrdIgnored => "an initial ramdisk without an end, or that ends before it starts, is ignored",
        DeviceTreeNote.UsableRangesIgnored => "usable memory ranges behind the second are ignored",
        DeviceTreeNote.KaslrSeedIgnored => "a KASLR seed that has not 8 bytes is ignored",
        DeviceTreeNote.TextCut => $"text behind {DeviceTreeMemory.MaxTextLength} bytes is ignored",
        _ => "nothing was ignored",
    };
}
