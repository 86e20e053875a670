using Ptewright.Translation;

namespace Ptewright.Texts;

/// <summary>Granules as they are written: <c>4K</c>, <c>16K</c>, <c>64K</c>.</summary>
internal static class GranuleText
{
    /// <summary>All of them, the smallest first.</summary>
    public static IReadOnlyList<GranuleSize> All { get; } = Enum.GetValues<GranuleSize>();

    /// <summary>How one is written.</summary>
    public static string NameOf(GranuleSize granule) => $"{(1 << (int)granule) >> 10}K";

    /// <summary>The one that is written so; null when none is.</summary>
    /// <param name="text">The name.</param>
    /// <param name="comparison">Whether the case of letters counts.</param>
    public static GranuleSize? Find(string text, StringComparison comparison = StringComparison.Ordinal) =>
        All.Where(granule => string.Equals(NameOf(granule), text, comparison)).Select(granule => (GranuleSize?)granule).FirstOrDefault();
}
