using Ptewright.Firmware;
using Ptewright.Kernels;
using Ptewright.Memory;

namespace Ptewright.Cli;

/// <summary>The memory of commands that know no kernel: by hand, of a device tree, or by hand with the reservations of a device tree.</summary>
internal static class PlainMemory
{
    // Who reserves memory as a device tree wants it is a kernel; the newest one that does so as it was measured is taken.
    private static readonly KernelProfile _kernel = KernelProfiles.Find("linux-6.12");

    /// <summary>Reads it, and notes on the message side what was passed over.</summary>
    /// <param name="memory">The memory by hand; null for the tree's.</param>
    /// <param name="deviceTree">The tree; null when there is none.</param>
    /// <param name="shape">The shape of the tables.</param>
    /// <param name="terminal">Takes the notes.</param>
    /// <exception cref="InvalidInputException">One of them is not what it should be.</exception>
    public static MemoryLayout Read(string? memory, string? deviceTree, TableShape shape, Terminal terminal)
    {
        if (deviceTree is null)
        {
            return MemorySpec.Parse(memory!, shape.Geometry.Granule);
        }

        KernelConfig config = _kernel.ReadDefaultConfig().WithShape(shape.Geometry.Granule, shape.Geometry.VirtualAddressBits);
        DeviceTreeInfo info = DeviceTreeFile.Read(
            deviceTree, shape.Geometry.Granule, _kernel.ReservationRules(config, KernelCommandLine.Empty), memory);
        foreach (string remark in info.Remarks.Concat(info.PlacedRegions.Where(region => region.Fate == RegionFate.Placed).Select(PlacedText)))
        {
            terminal.Error.WriteLine($"ptewright: note: {remark}");
        }

        return info.Layout;
    }

    private static string PlacedText(PlacedRegion region) =>
        $"Region {region.Region.Name} is placed at {region.Start}-{region.End}, as {_kernel.Name} would{(region.Region.NoMap ? "; it is not mapped" : "")}.";
}
