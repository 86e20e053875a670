using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.DeviceTree;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Boot;

/// <summary>The machine as its device tree describes it: the tree itself, the console, the way to switch off.</summary>
internal unsafe struct Machine
{
    private const uint HeaderSize = 40;
    private const ulong PageSize = 1 << 12;

    /// <summary>Where the device tree lies.</summary>
    public PhysicalAddress DeviceTree { get; private set; }

    /// <summary>Its size in bytes.</summary>
    public ulong DeviceTreeSize { get; private set; }

    /// <summary>Where the console's registers lie, if there is a console.</summary>
    public PhysicalAddress Console { get; private set; }

    /// <summary>The device tree, copied into the image: later regimes have larger pages, which could reach into memory that must not be mapped.</summary>
    public byte* DeviceTreeBytes { get; private set; }

    /// <summary>Maps device tree and console below the first table, and opens the console.</summary>
    /// <param name="info">The image.</param>
    /// <param name="reserve">Pages for the tables that this takes (4K granule, 48 bits: the first table's).</param>
    /// <param name="machine">The machine.</param>
    public static void Find(in BootInfo info, ReservePageAllocator reserve, out Machine machine)
    {
        ImageMemory memory = new(info.Offset);
        _ = TableGeometry.TryCreate(GranuleSize.Size4K, 48, 48, out TableGeometry geometry);
        OutputAddressFormat format = OutputAddressFormat.Bits48(GranuleSize.Size4K);
        TableWindow root = Fixmap<ImageMemory>.Static(ref memory, info.FirstRoot, geometry.RootLevel);
        Mapper<Granule4K> mapper = new(geometry, format, root, memory, info.Offset, reserve, new El1Cpu(default, geometry, false));

        CopyTree(info, ref mapper, out machine);
        if (!DeviceTreeBlob.TryOpen(machine.DeviceTreeBytes, (uint)machine.DeviceTreeSize, out DeviceTreeBlob blob, out _))
        {
            Firmware.Stop("What x0 points to is not a device tree.");
        }

        if (DeviceNode.TryFind(blob, "/psci", out DeviceNode psci))
        {
            Firmware.Method = psci.Method.HasText("hvc") ? PsciMethod.Hvc : psci.Method.HasText("smc") ? PsciMethod.Smc : PsciMethod.None;
        }

        if (TryFindConsole(blob, out DeviceNode console, out UartKind kind)
            && mapper.TryMap(console.Registers, EarlyTables.ConsoleAddress(console.Registers), 1, ProtectionKind.DeviceNGnRE, MapFlags.NoExec))
        {
            machine.Console = console.Registers;
            Output.Open(kind, EarlyTables.ConsoleAddress(console.Registers).Value, console.RegisterShift, console.RegisterWidth == 4);
        }
    }

    // The header first: it says how much more there is to map.
    private static void CopyTree(in BootInfo info, ref Mapper<Granule4K> mapper, out Machine machine)
    {
        machine = default;
        machine.DeviceTree = info.DeviceTree;
        machine.DeviceTreeBytes = info.TreeCopy;
        VirtualAddress at = EarlyTables.DeviceTreeAddress(info.DeviceTree);
        if (info.DeviceTree.Value == 0 || !mapper.TryMap(info.DeviceTree, at, HeaderSize, ProtectionKind.KernelReadOnly, MapFlags.NoExec))
        {
            Firmware.Stop("There is no device tree: the boot loader must pass its address in x0.");
        }

        byte* bytes = (byte*)at.Value;
        ulong size = DeviceTreeText.Read32(bytes) == DeviceTreeBlob.Magic ? DeviceTreeText.Read32(bytes + 4) : 0;
        ulong mapped = (info.DeviceTree + HeaderSize).AlignUp(PageSize).Value - info.DeviceTree.Value;
        if (size > info.TreeSize
            || (size > mapped && !mapper.TryMap(info.DeviceTree + mapped, at + mapped, size - mapped, ProtectionKind.KernelReadOnly, MapFlags.NoExec)))
        {
            Firmware.Stop("The device tree is larger than the 2 MiB that the boot protocol allows.");
        }

        for (ulong i = 0; i < size; i++)
        {
            machine.DeviceTreeBytes[i] = bytes[i];
        }

        machine.DeviceTreeSize = size;
    }

    private static bool TryFindConsole(in DeviceTreeBlob blob, out DeviceNode node, out UartKind kind)
    {
        kind = UartKind.Pl011;
        node = default;
        if (!TryReadPath(blob, out DeviceTreeProperty path)
            || !DeviceNode.TryFind(blob, path.Value, DeviceTreeText.Length(path.Value, path.Length), out node)
            || !node.HasRegisters)
        {
            return false;
        }

        if (node.IsCompatible("arm,pl011") || node.IsCompatible("arm,sbsa-uart"))
        {
            return true;
        }

        kind = UartKind.Ns16550;
        return node.IsCompatible("ns16550a") || node.IsCompatible("ns16550") || node.IsCompatible("snps,dw-apb-uart");
    }

    // As far as the tree can be read: a console to complain on is wanted for a broken one most of all.
    private static bool TryReadPath(in DeviceTreeBlob blob, out DeviceTreeProperty path)
    {
        DeviceTreeCursor cursor = new(blob);
        bool inside = false;
        path = default;
        while (cursor.Next() is not (DeviceTreeToken.End or DeviceTreeToken.Error))
        {
            if (cursor.Token == DeviceTreeToken.BeginNode)
            {
                inside = cursor.Depth == 2 && DeviceTreeText.EqualNode(cursor.NodeName, "chosen");
            }
            else if (inside && cursor.Token == DeviceTreeToken.Property
                && (cursor.Property.HasName("stdout-path") || cursor.Property.HasName("linux,stdout-path")))
            {
                path = cursor.Property;
                return true;
            }
        }

        return false;
    }
}
