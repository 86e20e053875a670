using Ptewright.Firmware;

namespace Ptewright.Tests.Firmware;

/// <summary>The sample device trees, and what was read written as one line a region.</summary>
internal static class DeviceTreeSamples
{
    public static readonly string[] Files = ["board-reserved.dtb", "virt-2g.dtb", "virt-1g-max.dtb", "virt-64g-numa.dtb"];

    public static string Path(string file) => System.IO.Path.Combine(AppContext.BaseDirectory, "data", "dtb", file);

    public static string[] Memory(DeviceTreeInfo info) =>
        [.. info.Layout.Memory.Select(region => $"{region.Start}-{region.End}{(region.NoMap ? " no-map" : "")}")];

    public static string[] Reserved(DeviceTreeInfo info) => [.. info.Layout.Reserved.Select(region => $"{region.Start}-{region.End}")];

    public static string[] Regions(DeviceTreeInfo info) => [.. info.Regions.Select(Line)];

    private static string Line(DeviceTreeRegion region) =>
        $"{region.Kind} {region.Start}-{region.End}{(region.Name.Length == 0 ? "" : $" {region.Name}")}{(region.NoMap ? " no-map" : "")}"
        + (region.IsApplied ? "" : " without effect");
}
