using Ptewright.Simulation;

namespace Ptewright.Cli.Options;

/// <summary>Reads strategies from the command line.</summary>
internal static class StrategyOption
{
    /// <summary>What help says about the text.</summary>
    public const string Description = "a preset (baseline, map-once, batch-barriers, single-map, lazy-unmap, premapped) or switches joined by colons, "
        + "as in baseline:window=visit";

    /// <summary>Reads one strategy.</summary>
    /// <exception cref="UsageException">There is none of that name, or the switches make no sense together.</exception>
    public static StrategyPreset Parse(string text) =>
        StrategyPresets.TryParse(text, out StrategyPreset? preset, out string? objection)
            ? preset!
            : throw new UsageException($"{char.ToUpperInvariant(objection![0])}{objection[1..]}.");

    /// <summary>Reads several, separated by commas; one that comes twice counts once.</summary>
    /// <exception cref="UsageException">One of them is not a strategy.</exception>
    public static IReadOnlyList<StrategyPreset> ParseList(string text) =>
        [.. text.Split(',', StringSplitOptions.TrimEntries).Select(Parse).DistinctBy(preset => preset.Name)];
}
