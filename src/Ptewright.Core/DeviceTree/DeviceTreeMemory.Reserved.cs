using Ptewright.Addressing;

namespace Ptewright.DeviceTree;

internal static unsafe partial class DeviceTreeMemory
{
    // early_init_fdt_scan_reserved_mem
    private static bool TryVisitReservations<TVisitor>(
        in DeviceTreeBlob blob,
        ReservationOrder order,
        bool hasReserved,
        DeviceTreeCursor reserved,
        Cells cells,
        in DeviceTreeProperty elfCoreHeader,
        ref TVisitor visitor,
        out DeviceTreeFailure failure)
        where TVisitor : struct, IDeviceTreeVisitor
    {
        bool mapFirst = order == ReservationOrder.MapFirst;
        if (!(mapFirst ? TryVisitReserveMap(blob, ref visitor, out failure) : TryVisitElfCoreHeader(elfCoreHeader, cells, ref visitor, out failure)))
        {
            return false;
        }

        if (hasReserved && !TryVisitReservedMemory(reserved, cells, ref visitor, out failure))
        {
            return false;
        }

        return mapFirst ? TryVisitElfCoreHeader(elfCoreHeader, cells, ref visitor, out failure) : TryVisitReserveMap(blob, ref visitor, out failure);
    }

    private static bool TryVisitReserveMap<TVisitor>(in DeviceTreeBlob blob, ref TVisitor visitor, out DeviceTreeFailure failure)
        where TVisitor : struct, IDeviceTreeVisitor
    {
        failure = default;
        for (uint i = 0; i < blob.ReserveCount; i++)
        {
            uint offset = blob.ReadReserve(i, out PhysicalAddress start, out ulong size);
            if (!TryCheckRange(start.Value, size, offset, out failure))
            {
                return false;
            }

            visitor.OnMemReserve(start, size);
        }

        if (DeviceTreeText.Read64(blob.Data + blob.ReserveMapEnd) != 0)
        {
            visitor.OnNote(DeviceTreeNote.ReserveMapCutShort, blob.ReserveMapEnd);
        }

        return true;
    }

    // early_init_dt_check_for_elfcorehdr
    private static bool TryVisitElfCoreHeader<TVisitor>(
        in DeviceTreeProperty property, Cells cells, ref TVisitor visitor, out DeviceTreeFailure failure)
        where TVisitor : struct, IDeviceTreeVisitor
    {
        failure = default;
        if (!property.IsPresent)
        {
            return true;
        }

        if (property.Length != cells.EntrySize)
        {
            return Fail(DeviceTreeError.BadPropertyLength, property.Offset, property.Length, out failure);
        }

        uint position = 0;
        if (!TryReadRange(property, cells, ref position, out PhysicalAddress start, out ulong size, out failure))
        {
            return false;
        }

        if (size != 0)
        {
            visitor.OnElfCoreHeader(start, size);
        }

        return true;
    }

    // fdt_scan_reserved_mem. The cursor stands at the beginning of the node. The whole tree was walked before, so it cannot fail.
    private static bool TryVisitReservedMemory<TVisitor>(
        DeviceTreeCursor cursor, Cells root, ref TVisitor visitor, out DeviceTreeFailure failure)
        where TVisitor : struct, IDeviceTreeVisitor
    {
        uint offset = cursor.Offset;
        DeviceTreeProperty addressCells = default;
        DeviceTreeProperty sizeCells = default;
        DeviceTreeProperty ranges = default;
        DeviceTreeToken token;
        while ((token = cursor.Next()) == DeviceTreeToken.Property)
        {
            DeviceTreeProperty property = cursor.Property;
            _ = TryKeep(property, "#address-cells", ref addressCells)
                || TryKeep(property, "#size-cells", ref sizeCells)
                || TryKeep(property, "ranges", ref ranges);
        }

        Cells own = default;
        if (!TryReadCells(addressCells, ref own.Address, out failure) || !TryReadCells(sizeCells, ref own.Size, out failure))
        {
            return false;
        }

        // __reserved_mem_check_root: cells that are missing do not match either.
        if (own.Address != root.Address || own.Size != root.Size || !ranges.IsPresent)
        {
            visitor.OnNote(DeviceTreeNote.ReservationsIgnored, offset);
            return true;
        }

        while (cursor.Depth >= RootChildDepth && token is not (DeviceTreeToken.End or DeviceTreeToken.Error))
        {
            if (token != DeviceTreeToken.BeginNode || cursor.Depth != ReservedChildDepth)
            {
                token = cursor.Next();
                continue;
            }

            byte* name = cursor.NodeName;
            uint nameLength = cursor.NodeNameLength;
            ReservedNode node = default;
            while ((token = cursor.Next()) == DeviceTreeToken.Property)
            {
                node.Take(cursor.Property);
            }

            DeviceTreeReservedNode told = new(name, nameLength, node.Traits, node.AllocRanges, own.Address, own.Size);
            if (IsAvailable(node.Status) && !TryVisitReservedNode(node, told, own, ref visitor, out failure))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryVisitReservedNode<TVisitor>(
        in ReservedNode node, in DeviceTreeReservedNode told, Cells cells, ref TVisitor visitor, out DeviceTreeFailure failure)
        where TVisitor : struct, IDeviceTreeVisitor
    {
        failure = default;
        if (!node.Reg.IsPresent)
        {
            VisitDynamicReservation(node, told, cells, ref visitor);
            return true;
        }

        if (node.Reg.Length % cells.EntrySize != 0)
        {
            visitor.OnNote(DeviceTreeNote.ReservationRegIgnored, node.Reg.Offset);
            return true;
        }

        uint position = 0;
        while (position < node.Reg.Length)
        {
            uint index = position / cells.EntrySize;
            uint offset = node.Reg.ValueOffset + position;
            if (!TryReadRange(node.Reg, cells, ref position, out PhysicalAddress start, out ulong size, out failure))
            {
                return false;
            }

            if (size == 0)
            {
                visitor.OnNote(DeviceTreeNote.EmptyReservation, offset);
            }

            if (size != 0 || index == 0)
            {
                visitor.OnReserved(told, index, start, size);
            }
        }

        return true;
    }

    // __reserved_mem_alloc_size, as far as it reads
    private static void VisitDynamicReservation<TVisitor>(in ReservedNode node, in DeviceTreeReservedNode told, Cells cells, ref TVisitor visitor)
        where TVisitor : struct, IDeviceTreeVisitor
    {
        if (!node.Size.IsPresent)
        {
            return;
        }

        if (!TryReadDynamic(node, cells, out ulong size, out ulong alignment, out uint offset))
        {
            visitor.OnNote(DeviceTreeNote.DynamicReservationIgnored, offset);
            size = 0;
        }
        else if (size == 0)
        {
            visitor.OnNote(DeviceTreeNote.EmptyReservation, node.Size.ValueOffset);
        }

        visitor.OnDynamicReserved(told, size, alignment);
    }

    private static bool TryReadDynamic(in ReservedNode node, Cells cells, out ulong size, out ulong alignment, out uint offset)
    {
        alignment = 0;
        uint position = 0;
        offset = node.Size.Offset;
        if (!node.Size.TryReadNumber(ref position, cells.Size, out size) || position != node.Size.Length)
        {
            return false;
        }

        position = 0;
        offset = node.Alignment.Offset;
        if (node.Alignment.IsPresent
            && (!node.Alignment.TryReadNumber(ref position, cells.Address, out alignment) || position != node.Alignment.Length))
        {
            return false;
        }

        offset = node.AllocRanges.Offset;
        return !node.AllocRanges.IsPresent || node.AllocRanges.Length % cells.EntrySize == 0;
    }

    private struct ReservedNode
    {
        internal DeviceTreeProperty Status;
        internal DeviceTreeProperty Reg;
        internal DeviceTreeProperty Size;
        internal DeviceTreeProperty Alignment;
        internal DeviceTreeProperty AllocRanges;
        private DeviceTreeProperty _compatible;
        private DeviceTreeProperty _noMap;
        private DeviceTreeProperty _reusable;
        private DeviceTreeProperty _defaultCma;
        private DeviceTreeProperty _defaultDma;

        internal readonly ReservedNodeTraits Traits =>
            (_noMap.IsPresent ? ReservedNodeTraits.NoMap : 0)
            | (_reusable.IsPresent ? ReservedNodeTraits.Reusable : 0)
            | (_defaultCma.IsPresent ? ReservedNodeTraits.DefaultCma : 0)
            | (_defaultDma.IsPresent ? ReservedNodeTraits.DefaultDma : 0)
            | (_compatible.HasTextInList("shared-dma-pool") ? ReservedNodeTraits.SharedDmaPool : 0)
            | (_compatible.HasTextInList("restricted-dma-pool") ? ReservedNodeTraits.RestrictedDmaPool : 0);

        internal void Take(in DeviceTreeProperty property) =>
            _ = TryKeep(property, "status", ref Status)
                || TryKeep(property, "reg", ref Reg)
                || TryKeep(property, "size", ref Size)
                || TryKeep(property, "alignment", ref Alignment)
                || TryKeep(property, "alloc-ranges", ref AllocRanges)
                || TryKeep(property, "compatible", ref _compatible)
                || TryKeep(property, "no-map", ref _noMap)
                || TryKeep(property, "reusable", ref _reusable)
                || TryKeep(property, "linux,cma-default", ref _defaultCma)
                || TryKeep(property, "linux,dma-default", ref _defaultDma);
    }
}
