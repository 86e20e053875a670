using System.Numerics;
using Ptewright.LinearMap;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Listing;

/// <summary>Finds out the page size and the size of addresses of tables from the kernel's listing, which says neither.</summary>
/// <remarks>
/// <para>The page size: each line begins and ends where an entry of its level does, so borders rule page sizes out. Of those that are left the right one needs fewest empty tables: where
/// a hole of a level reaches over a whole entry of the level above, there is an empty table; kernels have few.</para>
/// <para>The size of addresses: a listing begins with the first address of the half, so a size that does begin there is taken before one that does not.</para>
/// </remarks>
internal static class PtdumpShape
{
    private static readonly GranuleSize[] _granules = [GranuleSize.Size4K, GranuleSize.Size16K, GranuleSize.Size64K];
    private static readonly int[] _addressBits = [36, 39, 42, 47, 48, 52];

    /// <summary>Finds it out.</summary>
    /// <param name="lines">The lines, ascending.</param>
    /// <param name="isCertain">Whether nothing else fits as well.</param>
    /// <returns>The page size and the bits; null when no page size fits.</returns>
    public static (GranuleSize Granule, int Bits)? Infer(IReadOnlyList<PtdumpLine.Parts> lines, out bool isCertain)
    {
        ulong first = lines[0].Start;
        int most = 64 - BitOperations.LeadingZeroCount(~first);
        var fitting = _granules
            .Select(granule => (Granule: granule, Bits: BitsOf(granule, most)))
            .Where(shape => shape.Bits > 0 && lines.All(line => Fits(shape.Granule, shape.Bits, line)))
            .Select(shape => (shape.Granule, shape.Bits, Empty: lines.Aggregate((UInt128)0, (sum, line) => sum + EmptyTables(shape.Granule, shape.Bits, line))))
            .OrderBy(shape => first == ~0UL << shape.Bits ? 0 : 1).ThenBy(shape => shape.Empty).ThenBy(shape => (int)shape.Granule)
            .ToArray();
        isCertain = fitting.Length == 1 || (fitting.Length > 1 && (fitting[0].Empty < fitting[1].Empty || (first == ~0UL << fitting[0].Bits && first != ~0UL << fitting[1].Bits)));
        return fitting.Length == 0 ? null : (fitting[0].Granule, fitting[0].Bits);
    }

    /// <summary>The level of the root table.</summary>
    public static int RootLevel(GranuleSize granule, int bits) => 4 - ((bits - 4) / ((int)granule - 3));

    /// <summary>The level that a line's name means: a level that is folded goes by the name of the root.</summary>
    public static int Level(GranuleSize granule, int bits, int depth) => Math.Max(depth - 1, RootLevel(granule, bits));

    private static int Shift(GranuleSize granule, int level) => (int)granule + ((3 - level) * ((int)granule - 3));

    // The smallest size with this page size that reaches down to the first address.
    private static int BitsOf(GranuleSize granule, int most) =>
        _addressBits.FirstOrDefault(bits => bits >= most && TableGeometry.TryCreate(granule, bits, bits, out _));

    private static bool Fits(GranuleSize granule, int bits, PtdumpLine.Parts line)
    {
        int root = RootLevel(granule, bits);
        int level = Level(granule, bits, line.Depth);
        ulong entry = (1UL << Shift(granule, level)) - 1;
        bool canBeLeaf = (line.Bits & DescriptorBits.Valid) == 0 || level == 3
            || TableShape.HasBlocks(level, granule, bits == 52 ? OutputAddressFormat.Bits52(granule) : OutputAddressFormat.Bits48(granule));

        // The root goes by its own name, unless it is the level of the PMD (two levels).
        bool canBeNamed = line.Depth == 0 || line.Depth - 1 > root || (line.Depth == 3 && root == 2);
        return ((line.Start | line.End) & entry) == 0 && canBeLeaf && canBeNamed;
    }

    // Whole entries of the level above that a hole covers: each leads to a table with nothing in it.
    private static UInt128 EmptyTables(GranuleSize granule, int bits, PtdumpLine.Parts line)
    {
        int level = Level(granule, bits, line.Depth);
        if (line.Bits != 0 || line.Depth == 0 || level <= RootLevel(granule, bits))
        {
            return 0;
        }

        UInt128 size = (UInt128)1 << Shift(granule, level - 1);
        UInt128 first = (line.Start + size - 1) / size;
        UInt128 end = ((UInt128)(line.End - 1) + 1) / size;
        return end > first ? end - first : 0;
    }
}
