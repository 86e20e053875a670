using Ptewright.Addressing;

namespace Ptewright.DeviceTree;

internal static unsafe partial class DeviceTreeMemory
{
    // Linux: MAX_USABLE_RANGES
    private const int MaxUsableRanges = 2;

    // early_init_dt_scan_chosen, early_init_dt_check_for_usable_mem_range
    private static bool TryVisitChosen<TVisitor>(in ChosenNode node, Cells cells, ref TVisitor visitor, out DeviceTreeFailure failure)
        where TVisitor : struct, IDeviceTreeVisitor
    {
        if (node.Bootargs.IsPresent)
        {
            visitor.OnBootargs(node.Bootargs.Value, TextLength(node.Bootargs, ref visitor));
        }

        DeviceTreeProperty console = node.StdoutPath.IsPresent ? node.StdoutPath : node.LinuxStdoutPath;
        if (console.IsPresent)
        {
            visitor.OnStdoutPath(console.Value, TextLength(console, ref visitor));
        }

        if (node.KaslrSeed.IsPresent)
        {
            // get_kaslr_seed (arch/arm64/kernel/pi/kaslr_early.c): a seed of another length is no seed.
            if (node.KaslrSeed.Length == sizeof(ulong))
            {
                visitor.OnKaslrSeed(DeviceTreeText.Read64(node.KaslrSeed.Value));
            }
            else
            {
                visitor.OnNote(DeviceTreeNote.KaslrSeedIgnored, node.KaslrSeed.Offset);
            }
        }

        return TryVisitUefi(node.UefiSystemTable, DeviceTreeUefiValue.SystemTable, ref visitor, out failure)
            && TryVisitUefi(node.UefiMapStart, DeviceTreeUefiValue.MapStart, ref visitor, out failure)
            && TryVisitUefi(node.UefiMapSize, DeviceTreeUefiValue.MapSize, ref visitor, out failure)
            && TryVisitUefi(node.UefiDescriptorSize, DeviceTreeUefiValue.DescriptorSize, ref visitor, out failure)
            && TryVisitUefi(node.UefiDescriptorVersion, DeviceTreeUefiValue.DescriptorVersion, ref visitor, out failure)
            && TryVisitUsableRanges(node.UsableRanges, cells, ref visitor, out failure)
            && TryVisitInitrd(node, ref visitor, out failure);
    }

    private static bool TryVisitUefi<TVisitor>(
        in DeviceTreeProperty property, DeviceTreeUefiValue which, ref TVisitor visitor, out DeviceTreeFailure failure)
        where TVisitor : struct, IDeviceTreeVisitor
    {
        failure = default;
        if (property.IsPresent)
        {
            if (!TryReadWhole(property, out ulong value, out failure))
            {
                return false;
            }

            visitor.OnUefi(which, value);
        }

        return true;
    }

    private static bool TryVisitUsableRanges<TVisitor>(
        in DeviceTreeProperty property, Cells cells, ref TVisitor visitor, out DeviceTreeFailure failure)
        where TVisitor : struct, IDeviceTreeVisitor
    {
        failure = default;
        if (!property.IsPresent)
        {
            return true;
        }

        if (property.Length % cells.EntrySize != 0)
        {
            return Fail(DeviceTreeError.BadPropertyLength, property.Offset, property.Length, out failure);
        }

        uint position = 0;
        for (int i = 0; i < MaxUsableRanges && position < property.Length; i++)
        {
            if (!TryReadRange(property, cells, ref position, out PhysicalAddress start, out ulong size, out failure))
            {
                return false;
            }

            // A first range of no bytes caps nothing (memblock_cap_memory_range), a second one adds nothing.
            if (size != 0)
            {
                visitor.OnUsableRange(i, start, size);
            }
        }

        if (position < property.Length)
        {
            visitor.OnNote(DeviceTreeNote.UsableRangesIgnored, property.ValueOffset + position);
        }

        return true;
    }

    // early_init_dt_check_for_initrd
    private static bool TryVisitInitrd<TVisitor>(in ChosenNode node, ref TVisitor visitor, out DeviceTreeFailure failure)
        where TVisitor : struct, IDeviceTreeVisitor
    {
        failure = default;
        if (!node.InitrdStart.IsPresent)
        {
            return true;
        }

        if (!node.InitrdEnd.IsPresent)
        {
            visitor.OnNote(DeviceTreeNote.InitrdIgnored, node.InitrdStart.Offset);
            return true;
        }

        if (!TryReadWhole(node.InitrdStart, out ulong start, out failure) || !TryReadWhole(node.InitrdEnd, out ulong end, out failure))
        {
            return false;
        }

        if (start > end)
        {
            visitor.OnNote(DeviceTreeNote.InitrdIgnored, node.InitrdEnd.Offset);
            return true;
        }

        if (!TryCheckRange(start, end - start, node.InitrdStart.ValueOffset, out failure))
        {
            return false;
        }

        if (start != end)
        {
            visitor.OnInitrd(new PhysicalAddress(start), new PhysicalAddress(end));
        }

        return true;
    }

    // A number of one or two cells, whatever the cells of the node are.
    private static bool TryReadWhole(in DeviceTreeProperty property, out ulong value, out DeviceTreeFailure failure)
    {
        failure = default;
        uint position = 0;
        int cells = property.Length == sizeof(uint) ? 1 : 2;
        return (property.TryReadNumber(ref position, cells, out value) && position == property.Length)
            || Fail(DeviceTreeError.BadPropertyLength, property.Offset, property.Length, out failure);
    }

    private struct ChosenNode
    {
        internal DeviceTreeProperty Bootargs;
        internal DeviceTreeProperty StdoutPath;
        internal DeviceTreeProperty LinuxStdoutPath;
        internal DeviceTreeProperty KaslrSeed;
        internal DeviceTreeProperty InitrdStart;
        internal DeviceTreeProperty InitrdEnd;
        internal DeviceTreeProperty UsableRanges;
        internal DeviceTreeProperty ElfCoreHeader;
        internal DeviceTreeProperty UefiSystemTable;
        internal DeviceTreeProperty UefiMapStart;
        internal DeviceTreeProperty UefiMapSize;
        internal DeviceTreeProperty UefiDescriptorSize;
        internal DeviceTreeProperty UefiDescriptorVersion;

        internal void Take(in DeviceTreeProperty property) =>
            _ = TryKeep(property, "bootargs", ref Bootargs)
                || TryKeep(property, "stdout-path", ref StdoutPath)
                || TryKeep(property, "linux,stdout-path", ref LinuxStdoutPath)
                || TryKeep(property, "kaslr-seed", ref KaslrSeed)
                || TryKeep(property, "linux,initrd-start", ref InitrdStart)
                || TryKeep(property, "linux,initrd-end", ref InitrdEnd)
                || TryKeep(property, "linux,usable-memory-range", ref UsableRanges)
                || TryKeep(property, "linux,elfcorehdr", ref ElfCoreHeader)
                || TryKeep(property, "linux,uefi-system-table", ref UefiSystemTable)
                || TryKeep(property, "linux,uefi-mmap-start", ref UefiMapStart)
                || TryKeep(property, "linux,uefi-mmap-size", ref UefiMapSize)
                || TryKeep(property, "linux,uefi-mmap-desc-size", ref UefiDescriptorSize)
                || TryKeep(property, "linux,uefi-mmap-desc-ver", ref UefiDescriptorVersion);
    }
}
