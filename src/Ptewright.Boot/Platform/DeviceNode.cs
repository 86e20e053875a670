using Ptewright.Addressing;
using Ptewright.DeviceTree;

namespace Ptewright.Boot;

/// <summary>One node of the device tree: where its registers are, and what it is.</summary>
internal unsafe struct DeviceNode
{
    private const int MaxDepth = DeviceTreeCursor.MaxDepth;

    /// <summary>What it is: a list of names, most specific first.</summary>
    public DeviceTreeProperty Compatible { get; private set; }

    /// <summary>Where its registers lie, as the CPU sees it.</summary>
    public PhysicalAddress Registers { get; private set; }

    /// <summary>Whether that could be found out.</summary>
    public bool HasRegisters { get; private set; }

    /// <summary>log2 of the distance of two registers.</summary>
    public int RegisterShift { get; private set; }

    /// <summary>Bytes of one register access.</summary>
    public ulong RegisterWidth { get; private set; }

    /// <summary>The <c>method</c> of a PSCI node.</summary>
    public DeviceTreeProperty Method { get; private set; }

    /// <summary>Whether one of the names in <c>compatible</c> is <paramref name="name"/>.</summary>
    public readonly bool IsCompatible(string name)
    {
        uint start = 0;
        for (uint i = 0; i < Compatible.Length; i++)
        {
            if (Compatible.Value[i] == 0)
            {
                if (DeviceTreeText.Equal(Compatible.Value + start, i - start, name))
                {
                    return true;
                }

                start = i + 1;
            }
        }

        return false;
    }

    /// <summary>Looks a node up by its path, or by the name of an alias; options behind a colon are ignored.</summary>
    /// <param name="blob">The device tree.</param>
    /// <param name="path">For example <c>/pl011@9000000</c> or <c>serial0:115200n8</c>.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="node">The node.</param>
    public static bool TryFind(in DeviceTreeBlob blob, byte* path, uint length, out DeviceNode node)
    {
        uint end = 0;
        while (end < length && path[end] != (byte)':' && path[end] != 0)
        {
            end++;
        }

        if (end > 0 && path[0] == (byte)'/')
        {
            return TryFindPath(blob, path, end, out node);
        }

        node = default;
        return TryFindAlias(blob, path, end, out DeviceTreeProperty alias)
            && alias.Length > 0
            && alias.Value[0] == (byte)'/'
            && TryFindPath(blob, alias.Value, DeviceTreeText.Length(alias.Value, alias.Length), out node);
    }

    /// <summary>Looks for the node at <paramref name="path"/>.</summary>
    public static bool TryFind(in DeviceTreeBlob blob, string path, out DeviceNode node)
    {
        byte* text = stackalloc byte[64];
        for (int i = 0; i < path.Length; i++)
        {
            text[i] = (byte)path[i];
        }

        return TryFindPath(blob, text, (uint)path.Length, out node);
    }

    private static bool TryFindAlias(in DeviceTreeBlob blob, byte* name, uint length, out DeviceTreeProperty alias)
    {
        DeviceTreeCursor cursor = new(blob);
        bool inside = false;
        while (cursor.Next() is not (DeviceTreeToken.End or DeviceTreeToken.Error))
        {
            if (cursor.Token == DeviceTreeToken.BeginNode)
            {
                inside = cursor.Depth == 2 && DeviceTreeText.EqualNode(cursor.NodeName, "aliases");
            }
            else if (inside && cursor.Token == DeviceTreeToken.Property && IsSame(cursor.Property.Name, name, length))
            {
                alias = cursor.Property;
                return true;
            }
        }

        alias = default;
        return false;
    }

    // Keeps how many parts of the path the open nodes match; on the way down, what addresses need to be translated back up.
    private static bool TryFindPath(in DeviceTreeBlob blob, byte* path, uint length, out DeviceNode node)
    {
        node = default;
        Bus* buses = stackalloc Bus[MaxDepth + 1];
        buses[1] = Bus.Default;
        uint position = 1;
        int matched = 1;
        DeviceTreeProperty registers = default;
        DeviceTreeCursor cursor = new(blob);
        while (cursor.Next() is not (DeviceTreeToken.End or DeviceTreeToken.Error))
        {
            if (cursor.Token == DeviceTreeToken.BeginNode)
            {
                if (cursor.Depth == matched + 1 && position < length && MatchesPart(cursor.NodeName, path, length, position, out uint next))
                {
                    matched = cursor.Depth;
                    position = next;
                    buses[matched] = Bus.Default;
                }
            }
            else if (cursor.Token == DeviceTreeToken.EndNode)
            {
                if (cursor.Depth < matched)
                {
                    // Everything below the last matching node is passed: this was it, or the path leads nowhere.
                    break;
                }
            }
            else if (cursor.Depth == matched)
            {
                buses[matched].Take(cursor.Property);
                if (position >= length)
                {
                    node.Take(cursor.Property, ref registers);
                }
            }
        }

        if (position < length)
        {
            return false;
        }

        PhysicalAddress address = default;
        node.HasRegisters = registers.IsPresent && TryTranslate(registers, buses, matched - 1, out address);
        node.Registers = address;
        return true;
    }

    private static bool MatchesPart(byte* name, byte* path, uint length, uint position, out uint next)
    {
        uint end = position;
        while (end < length && path[end] != (byte)'/')
        {
            end++;
        }

        next = end + 1;
        uint i = 0;
        while (position + i < end && name[i] == path[position + i])
        {
            i++;
        }

        // A part without a unit address stands for the first node of that name.
        return position + i == end && (name[i] == 0 || name[i] == (byte)'@');
    }

    private static bool IsSame(byte* text, byte* other, uint length)
    {
        for (uint i = 0; i < length; i++)
        {
            if (text[i] != other[i])
            {
                return false;
            }
        }

        return text[length] == 0;
    }

    private static bool TryTranslate(in DeviceTreeProperty registers, Bus* buses, int parent, out PhysicalAddress address)
    {
        uint position = 0;
        bool found = registers.TryReadNumber(ref position, buses[parent].AddressCells, out ulong at);
        for (int bus = parent; found && bus > 1; bus--)
        {
            found = buses[bus].TryTranslate(buses[bus - 1].AddressCells, ref at);
        }

        address = new PhysicalAddress(at);
        return found;
    }

    private void Take(in DeviceTreeProperty property, ref DeviceTreeProperty registers)
    {
        uint position = 0;
        if (property.HasName("compatible"))
        {
            Compatible = property;
        }
        else if (property.HasName("method"))
        {
            Method = property;
        }
        else if (property.HasName("reg"))
        {
            registers = property;
        }
        else if (property.HasName("reg-shift") && property.TryReadNumber(ref position, 1, out ulong shift))
        {
            RegisterShift = (int)shift & 7;
        }
        else if (property.HasName("reg-io-width") && property.TryReadNumber(ref position, 1, out ulong width))
        {
            RegisterWidth = width;
        }
    }

    /// <summary>How the children of a node count their addresses, and where those lie in its own.</summary>
    private struct Bus
    {
        internal int AddressCells;
        private int _sizeCells;
        private DeviceTreeProperty _ranges;

        // Devicetree Specification 2.3.5.
        internal static Bus Default => new() { AddressCells = 2, _sizeCells = 1 };

        internal void Take(in DeviceTreeProperty property)
        {
            uint position = 0;
            if (property.HasName("#address-cells") && property.TryReadNumber(ref position, 1, out ulong cells) && cells is 1 or 2)
            {
                AddressCells = (int)cells;
            }
            else if (property.HasName("#size-cells") && property.TryReadNumber(ref position, 1, out cells) && cells is 1 or 2)
            {
                _sizeCells = (int)cells;
            }
            else if (property.HasName("ranges"))
            {
                _ranges = property;
            }
        }

        // An empty "ranges" is the identity; without one the bus is not visible to the CPU.
        internal readonly bool TryTranslate(int parentCells, ref ulong address)
        {
            if (!_ranges.IsPresent || _ranges.Length == 0)
            {
                return _ranges.IsPresent;
            }

            uint position = 0;
            while (_ranges.TryReadNumber(ref position, AddressCells, out ulong child)
                && _ranges.TryReadNumber(ref position, parentCells, out ulong parent)
                && _ranges.TryReadNumber(ref position, _sizeCells, out ulong size))
            {
                if (address >= child && address - child < size)
                {
                    address = address - child + parent;
                    return true;
                }
            }

            return false;
        }
    }
}
