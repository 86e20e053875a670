using Ptewright.Walking;

namespace Ptewright.Cli.Output;

/// <summary>Where ranges end, where they lead and what they consist of, in words.</summary>
internal static class RangeText
{
    /// <summary>An address behind a range: 2^64 has a digit more and does not become 0.</summary>
    public static string EndText(MappedRange range) => range.End.Value == 0 ? "0x10000000000000000" : Numbers.Hex(range.End.Value);

    /// <summary>Where a range leads; null when that is not known.</summary>
    public static string? PhysicalText(MappedRange range) => range.KnowsPhysical ? range.Physical.ToString() : null;

    /// <summary>What a range's leaves are: <c>page</c>, or the size of a block.</summary>
    public static string KindText(TranslationRoot root, int level) => level == 3 ? "page" : $"{Short(1UL << root.Shift(level))} block";

    private static string Short(ulong bytes) => bytes switch
    {
        >= 1UL << 40 => $"{bytes >> 40}T",
        >= 1UL << 30 => $"{bytes >> 30}G",
        _ => $"{bytes >> 20}M",
    };
}
