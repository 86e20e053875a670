using Ptewright.Addressing;

namespace Ptewright.DeviceTree;

/// <summary>Reads from a device tree what Linux reads from it about memory before it maps any, by the same rules.</summary>
/// <remarks>
/// Linux: <c>drivers/of/fdt.c</c>, <c>drivers/of/of_reserved_mem.c</c>. Only children of the root are memory nodes, and the cells
/// of the root hold everywhere. Of properties of one name in a node, and of nodes of one name, the first counts.
/// </remarks>
internal static unsafe partial class DeviceTreeMemory
{
    /// <summary>The longest text that is reported, in bytes. Linux: <c>COMMAND_LINE_SIZE</c> of arm64, less the terminator.</summary>
    public const uint MaxTextLength = 2047;

    /// <summary>The highest end of a range: 2^52 bytes, the largest physical address space of arm64.</summary>
    private const ulong AddressLimit = 1UL << 52;

    private const int RootDepth = 1;
    private const int RootChildDepth = 2;
    private const int ReservedChildDepth = 3;

    /// <summary>Walks the tree once, and <c>/reserved-memory</c> a second time, and tells <paramref name="visitor"/> what is there.</summary>
    /// <typeparam name="TVisitor">The visitor; a struct, so that its calls inline.</typeparam>
    /// <param name="blob">The blob.</param>
    /// <param name="order">Which reservations come first.</param>
    /// <param name="visitor">The visitor.</param>
    /// <param name="failure">What is wrong with the blob.</param>
    /// <returns>False when something is: then what the visitor was told is not to be used.</returns>
    /// <remarks>Takes time linear in the size of the blob.</remarks>
    public static bool TryVisit<TVisitor>(in DeviceTreeBlob blob, ReservationOrder order, ref TVisitor visitor, out DeviceTreeFailure failure)
        where TVisitor : struct, IDeviceTreeVisitor
    {
        Cells cells = Cells.Default;
        ChosenNode chosen = default;
        bool hasChosen = false;
        DeviceTreeCursor reserved = default;
        bool hasReserved = false;

        DeviceTreeCursor cursor = new(blob);
        DeviceTreeToken token = cursor.Next();
        while (token is not (DeviceTreeToken.End or DeviceTreeToken.Error))
        {
            if (token != DeviceTreeToken.BeginNode || cursor.Depth > RootChildDepth)
            {
                token = cursor.Next();
            }
            else if (cursor.Depth == RootDepth)
            {
                if (!TryVisitRoot(ref cursor, ref cells, ref visitor, out failure))
                {
                    return false;
                }

                token = cursor.Token;
            }
            else
            {
                bool isChosen = !hasChosen && DeviceTreeText.EqualNode(cursor.NodeName, "chosen");
                if (!hasReserved && DeviceTreeText.EqualNode(cursor.NodeName, "reserved-memory"))
                {
                    hasReserved = true;
                    reserved = cursor;
                }

                // What a node is may show only in its last property (device_type), so all are collected first.
                MemoryNode memory = default;
                memory.HasUnitAddress = DeviceTreeText.Contains(cursor.NodeName, cursor.NodeNameLength, (byte)'@');
                while ((token = cursor.Next()) == DeviceTreeToken.Property)
                {
                    memory.Take(cursor.Property);
                    if (isChosen)
                    {
                        chosen.Take(cursor.Property);
                    }
                }

                hasChosen |= isChosen;
                if (!TryVisitMemory(memory, cells, ref visitor, out failure))
                {
                    return false;
                }
            }
        }

        if (token == DeviceTreeToken.Error)
        {
            failure = cursor.Failure;
            return false;
        }

        return TryVisitChosen(chosen, cells, ref visitor, out failure)
            && TryVisitReservations(blob, order, hasReserved, reserved, cells, chosen.ElfCoreHeader, ref visitor, out failure);
    }

    // early_init_dt_scan_root
    private static bool TryVisitRoot<TVisitor>(ref DeviceTreeCursor cursor, ref Cells cells, ref TVisitor visitor, out DeviceTreeFailure failure)
        where TVisitor : struct, IDeviceTreeVisitor
    {
        DeviceTreeProperty addressCells = default;
        DeviceTreeProperty sizeCells = default;
        DeviceTreeProperty model = default;
        while (cursor.Next() == DeviceTreeToken.Property)
        {
            DeviceTreeProperty property = cursor.Property;
            _ = TryKeep(property, "#address-cells", ref addressCells)
                || TryKeep(property, "#size-cells", ref sizeCells)
                || TryKeep(property, "model", ref model);
        }

        if (model.IsPresent)
        {
            visitor.OnModel(model.Value, TextLength(model, ref visitor));
        }

        return TryReadCells(addressCells, ref cells.Address, out failure) && TryReadCells(sizeCells, ref cells.Size, out failure);
    }

    // early_init_dt_scan_memory
    private static bool TryVisitMemory<TVisitor>(in MemoryNode node, Cells cells, ref TVisitor visitor, out DeviceTreeFailure failure)
        where TVisitor : struct, IDeviceTreeVisitor
    {
        failure = default;
        DeviceTreeProperty ranges = node.UsableMemory.IsPresent ? node.UsableMemory : node.Reg;
        if (!node.DeviceType.HasText("memory") || !IsAvailable(node.Status) || !ranges.IsPresent)
        {
            return true;
        }

        uint position = 0;
        while (ranges.Length - position >= cells.EntrySize)
        {
            if (!TryReadRange(ranges, cells, ref position, out PhysicalAddress start, out ulong size, out failure))
            {
                return false;
            }

            if (size != 0)
            {
                visitor.OnMemory(start, size, node.Hotpluggable.IsPresent);
            }
            else
            {
                visitor.OnMemoryWithoutSize(start, start.Value != 0 || node.HasUnitAddress);
            }
        }

        if (position != ranges.Length)
        {
            visitor.OnNote(DeviceTreeNote.TrailingCells, ranges.ValueOffset + position);
        }

        return true;
    }

    // of_fdt_device_is_available
    private static bool IsAvailable(in DeviceTreeProperty status) => !status.IsPresent || status.HasText("okay") || status.HasText("ok");

    // The first property of a name is the one that counts: fdt_getprop.
    private static bool TryKeep(in DeviceTreeProperty property, string name, ref DeviceTreeProperty kept)
    {
        if (kept.IsPresent || !property.HasName(name))
        {
            return false;
        }

        kept = property;
        return true;
    }

    private static bool TryReadCells(in DeviceTreeProperty property, ref int cells, out DeviceTreeFailure failure)
    {
        failure = default;
        if (!property.IsPresent)
        {
            return true;
        }

        if (property.Length != sizeof(uint))
        {
            return Fail(DeviceTreeError.BadPropertyLength, property.Offset, property.Length, out failure);
        }

        uint value = DeviceTreeText.Read32(property.Value);
        if (value is not (1 or 2))
        {
            return Fail(DeviceTreeError.BadCellCount, property.ValueOffset, value, out failure);
        }

        cells = (int)value;
        return true;
    }

    // The caller has checked that a whole entry is left. An entry of no bytes is no range, wherever it lies.
    private static bool TryReadRange(
        in DeviceTreeProperty property, Cells cells, ref uint position, out PhysicalAddress start, out ulong size, out DeviceTreeFailure failure)
    {
        uint offset = property.ValueOffset + position;
        _ = property.TryReadNumber(ref position, cells.Address, out ulong address);
        _ = property.TryReadNumber(ref position, cells.Size, out size);
        start = new PhysicalAddress(address);
        return TryCheckRange(address, size, offset, out failure);
    }

    private static bool TryCheckRange(ulong start, ulong size, uint offset, out DeviceTreeFailure failure)
    {
        failure = default;
        if (size == 0)
        {
            return true;
        }

        // A range may end exactly at the top, where start + size is 0.
        if (start + (size - 1) < start)
        {
            return Fail(DeviceTreeError.RangeWraps, offset, start, out failure);
        }

        return start + (size - 1) < AddressLimit || Fail(DeviceTreeError.RangeTooHigh, offset, start, out failure);
    }

    private static uint TextLength<TVisitor>(in DeviceTreeProperty property, ref TVisitor visitor)
        where TVisitor : struct, IDeviceTreeVisitor
    {
        uint limit = property.Length < MaxTextLength ? property.Length : MaxTextLength;
        uint length = DeviceTreeText.Length(property.Value, limit);
        if (length == MaxTextLength && length < property.Length && property.Value[length] != 0)
        {
            visitor.OnNote(DeviceTreeNote.TextCut, property.ValueOffset + length);
        }

        return length;
    }

    private static bool Fail(DeviceTreeError code, uint offset, ulong value, out DeviceTreeFailure failure)
    {
        failure = new DeviceTreeFailure(code, offset, value);
        return false;
    }

    /// <summary>How many 32-bit cells addresses and sizes have.</summary>
    private struct Cells
    {
        internal int Address;
        internal int Size;

        // Linux: OF_ROOT_NODE_ADDR_CELLS_DEFAULT, OF_ROOT_NODE_SIZE_CELLS_DEFAULT. The specification says 2 and 1.
        internal static Cells Default => new() { Address = 1, Size = 1 };

        internal readonly uint EntrySize => (uint)(Address + Size) * sizeof(uint);
    }

    private struct MemoryNode
    {
        internal bool HasUnitAddress;
        internal DeviceTreeProperty DeviceType;
        internal DeviceTreeProperty Status;
        internal DeviceTreeProperty Reg;
        internal DeviceTreeProperty UsableMemory;
        internal DeviceTreeProperty Hotpluggable;

        internal void Take(in DeviceTreeProperty property) =>
            _ = TryKeep(property, "device_type", ref DeviceType)
                || TryKeep(property, "status", ref Status)
                || TryKeep(property, "reg", ref Reg)
                || TryKeep(property, "linux,usable-memory", ref UsableMemory)
                || TryKeep(property, "hotpluggable", ref Hotpluggable);
    }
}
