using System.Globalization;
using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Tests.LinearMap;

/// <summary>Plans that several tests share.</summary>
internal static class Plans
{
    public const MapFlags PagesOnly = MapFlags.NoBlock | MapFlags.NoContiguous;

    /// <summary>Mutation testing runs the suite hundreds of times: with PTEWRIGHT_TESTS=quick the same tests take smaller machines and fewer cases.</summary>
    public static bool IsQuick => Environment.GetEnvironmentVariable("PTEWRIGHT_TESTS") == "quick";

    public static TableGeometry Geometry(GranuleSize granule, int bits, int? actual = null)
    {
        Assert.True(TableGeometry.TryCreate(granule, bits, actual ?? bits, out TableGeometry geometry));
        return geometry;
    }

    public static GranuleSize Granule(string text) => text switch
    {
        "4K" => GranuleSize.Size4K,
        "16K" => GranuleSize.Size16K,
        "64K" => GranuleSize.Size64K,
        _ => throw new FormatException(text),
    };

    public static ulong Size(string text) => ulong.Parse(text[..^1], CultureInfo.InvariantCulture) << (text[^1] == 'G' ? 30 : 20);

    public static StrategyOptions Strategy(string name)
    {
        Assert.True(StrategyPresets.TryParse(name, out StrategyPreset? preset, out string? objection), objection);
        return preset!.Options;
    }

    public static LinearMapPlan OneRange(GranuleSize granule, int bits, ulong size, MapFlags flags) =>
        LinearMapPlan.ForMemory(MemoryLayout.OfRange(new PhysicalAddress(1UL << 30), size), Geometry(granule, bits), bits == 52, flags);

    /// <summary>The layout of a machine with a kernel image: two parts of memory as the linear map, then the image's alias.</summary>
    public static LinearMapPlan KernelAlias(bool full)
    {
        TableGeometry geometry = Geometry(GranuleSize.Size4K, 48);
        PhysicalAddress start = new(0x4000_0000);
        PhysicalAddress aliasStart = new(0x4021_0000);
        PhysicalAddress aliasEnd = new(0x41d5_0000);
        PhysicalAddress end = start + (64UL << 30);
        MemoryLayout memory = MemoryLayout.OfRange(start, 64UL << 30);
        memory.MarkNoMap(aliasStart, aliasEnd);

        Protection tagged = Protection.Create(ProtectionKind.KernelTagged, notGlobal: false, lpa2: false);
        Protection alias = Protection.Create(ProtectionKind.Kernel, notGlobal: false, lpa2: false);
        MapFlags flags = MapFlags.NoExec | (full ? PagesOnly : MapFlags.None);
        TableSettings settings = new(
            geometry, OutputAddressFormat.Bits48(GranuleSize.Size4K), TableSettings.UsualTableBits, ChangeSafety.InvalidIsFree, rootThroughSlot: false);
        return LinearMapPlan.ForRequests(
            settings,
            FixmapLayout.Usual(GranuleSize.Size4K),
            memory,
            [
                Range(start, aliasStart, tagged, flags),
                Range(aliasEnd, end, tagged, flags),
                Range(aliasStart, aliasEnd, alias, MapFlags.NoContiguous),
            ]);

        MapRequest Range(PhysicalAddress from, PhysicalAddress to, Protection protection, MapFlags mapFlags) =>
            new(from, geometry.PageOffset + (from.Value - start.Value), to.Value - from.Value, protection, mapFlags);
    }
}
