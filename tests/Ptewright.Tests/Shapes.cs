using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Tests;

/// <summary>The table shapes that tests are about, each under its own name.</summary>
internal static class Shapes
{
    /// <summary>4K pages built for 52 bits on a CPU that has them: five levels, root at level -1.</summary>
    public static TableGeometry FiveLevels => Make(GranuleSize.Size4K, 52, 52);

    /// <summary>The same kernel on a CPU with 48 bits: level 0 is folded at run time into the root page.</summary>
    public static TableGeometry FiveLevelsFolded => Make(GranuleSize.Size4K, 52, 48);

    /// <summary>4K pages built for 48 bits: four levels, level 0 is the root and there is no level -1 at all.</summary>
    public static TableGeometry FourLevels => Make(GranuleSize.Size4K, 48, 48);

    /// <summary>4K pages built for 39 bits: three levels, the root is a level-1 table.</summary>
    public static TableGeometry ThreeLevels => Make(GranuleSize.Size4K, 39, 39);

    /// <summary>16K pages built for 52 bits on a CPU that has them: four levels, 32 root entries.</summary>
    public static TableGeometry FourLevels16K => Make(GranuleSize.Size16K, 52, 52);

    /// <summary>The same kernel on a CPU with 47 bits: level 1 is folded at run time into the root page.</summary>
    public static TableGeometry FourLevels16KFolded => Make(GranuleSize.Size16K, 52, 47);

    /// <summary>Every combination that exists.</summary>
    public static IEnumerable<TableGeometry> All =>
        from granule in Enum.GetValues<GranuleSize>()
        from built in Enumerable.Range(1, 64)
        from actual in Enumerable.Range(1, 64)
        where TableGeometry.TryCreate(granule, built, actual, out _)
        select Make(granule, built, actual);

    /// <summary>The shape of a combination that must exist.</summary>
    public static TableGeometry Make(GranuleSize granule, int virtualAddressBits, int actualBits)
    {
        Assert.True(TableGeometry.TryCreate(granule, virtualAddressBits, actualBits, out TableGeometry geometry));
        return geometry;
    }

    /// <summary>The address format that a kernel of this shape uses: 52 bits when virtual addresses have 52.</summary>
    public static OutputAddressFormat Format(TableGeometry geometry) => geometry.ActualVirtualAddressBits == 52
        ? OutputAddressFormat.Bits52(geometry.Granule)
        : OutputAddressFormat.Bits48(geometry.Granule);
}
