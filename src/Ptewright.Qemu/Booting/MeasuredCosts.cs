using System.Text.Json;
using System.Text.Json.Serialization;
using Ptewright.Simulation;
using Ptewright.Strategies;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Booting;

/// <summary>The constants of the cost model, solved from what one machine measured at EL1.</summary>
/// <remarks>As with published figures, <c>baseline</c>, <c>map-once</c> and <c>batch-barriers</c> determine the three constants; the rest is predicted.</remarks>
internal static class MeasuredCosts
{
    /// <summary>Solves the constants of one regime; null when one of the three strategies is missing, they do not determine them, or a busy
    /// machine measured so unevenly that one of them came out below 0.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="comparisons">The regime's strategies.</param>
    public static CostModel? Solve(BootMachine machine, IReadOnlyList<BootComparison> comparisons)
    {
        if (Column(StrategyPresets.Baseline) is not { } remapped
            || Column(StrategyPresets.MapOnce) is not { } mappedOnce
            || Column(StrategyPresets.BatchBarriers) is not { } batched)
        {
            return null;
        }

        try
        {
            CostModel model = CostModel.Calibrate(remapped, mappedOnce, batched);
            return model is { WindowMicroseconds: >= 0, EntryMicroseconds: >= 0, TableMicroseconds: >= 0 } ? model : null;
        }
        catch (ArgumentException)
        {
            return null;
        }

        (CostDrivers Drivers, double Milliseconds)? Column(StrategyPreset preset)
        {
            BootComparison? comparison = comparisons.FirstOrDefault(candidate => candidate.Preset == preset);
            return comparison is null
                ? null
                : (CostDrivers.Of(preset.Options, comparison.Host), Milliseconds(machine, comparison.Result.TicksMin));
        }
    }

    /// <summary>Ticks of the generic timer as milliseconds.</summary>
    public static double Milliseconds(BootMachine machine, ulong ticks) => machine.Frequency == 0 ? 0 : ticks * 1000.0 / machine.Frequency;

    /// <summary>Reads the constants in the JSON of a measured boot.</summary>
    /// <param name="path">The file.</param>
    /// <param name="granule">The granule whose constants are wanted.</param>
    /// <exception cref="InvalidInputException">It is not such a file, or has no constants for this granule.</exception>
    public static CostModel Read(string path, GranuleSize granule)
    {
        string name = GranuleText.NameOf(granule);
        try
        {
            using FileStream stream = File.OpenRead(path);
            MeasuredCostsFile? file = JsonSerializer.Deserialize(stream, MeasuredCostsJson.Default.MeasuredCostsFile);
            MeasuredConstants? constants = file?.Constants?.FirstOrDefault(candidate => candidate.Granule == name);
            return constants is null
                ? throw new InvalidInputException(
                    $"{path}: there are no constants for {name} pages; they come from a boot with the strategies baseline, map-once and batch-barriers.")
                : new CostModel(constants.WindowMicroseconds, constants.EntryMicroseconds, constants.TableMicroseconds);
        }
        catch (JsonException problem)
        {
            throw new InvalidInputException($"{path}: these are no measured constants as JSON: {problem.Message}");
        }
    }
}

/// <summary>The part of a result file that is read back.</summary>
/// <param name="Constants">The constants, one entry a granule.</param>
internal sealed record MeasuredCostsFile(IReadOnlyList<MeasuredConstants>? Constants);

/// <summary>The constants of one granule.</summary>
/// <param name="Granule"><c>4K</c>, <c>16K</c> or <c>64K</c>.</param>
/// <param name="WindowMicroseconds">One window cycle.</param>
/// <param name="EntryMicroseconds">One synchronised entry.</param>
/// <param name="TableMicroseconds">The rest, for each table.</param>
internal sealed record MeasuredConstants(string Granule, double WindowMicroseconds, double EntryMicroseconds, double TableMicroseconds);

/// <summary>How it is read: camelCase, by generated code.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(MeasuredCostsFile))]
internal sealed partial class MeasuredCostsJson : JsonSerializerContext;
