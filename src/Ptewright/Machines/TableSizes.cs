using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Machines;

/// <summary>Which sizes of virtual addresses there are with which pages.</summary>
public static class TableSizes
{
    /// <summary>The tables of these sizes.</summary>
    /// <param name="granule">The granule.</param>
    /// <param name="bits">The size of virtual addresses.</param>
    /// <exception cref="InvalidRequestException">Linux has no such combination.</exception>
    public static TableGeometry Geometry(GranuleSize granule, int bits) => TableGeometry.TryCreate(granule, bits, bits, out TableGeometry geometry)
        ? geometry
        : throw new InvalidRequestException($"There are no {bits}-bit virtual addresses with {NameOf(granule)} pages; there are {Existing()}.");

    private static string NameOf(GranuleSize granule) => $"{1 << ((int)granule - 10)}K";

    // Asked of the geometry itself, so that the sentence cannot say anything else than what is accepted.
    private static string Existing() => string.Join("; ", Enum.GetValues<GranuleSize>().Select(granule =>
        $"{NameOf(granule)} {string.Join(", ", Enumerable.Range(1, 64).Where(bits => TableGeometry.TryCreate(granule, bits, bits, out _)))}"));
}
