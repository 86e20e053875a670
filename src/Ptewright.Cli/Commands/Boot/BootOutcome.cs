using Ptewright.Booting;
using Ptewright.Strategies;

namespace Ptewright.Cli.Commands.Boot;

/// <summary>One regime of a boot, beside the same on the host.</summary>
/// <param name="Regime">What was measured.</param>
/// <param name="Comparisons">The strategies.</param>
/// <param name="Model">The constants solved from it, if that could be done.</param>
internal sealed record BootRegimeOutcome(BootRegime Regime, IReadOnlyList<BootComparison> Comparisons, CostModel? Model)
{
    /// <summary>The modelled time of a strategy in milliseconds, if there is a model.</summary>
    public double? ModelMilliseconds(BootComparison comparison) =>
        Model?.Milliseconds(CostDrivers.Of(comparison.Preset.Options, comparison.Host));
}

/// <summary>What <c>boot</c> found out.</summary>
/// <param name="Accelerator">What the CPU ran on: <c>kvm</c>, <c>hvf</c>, <c>tcg</c>; null when a console's text was read.</param>
/// <param name="Cpu">QEMU's name of the CPU, or null.</param>
/// <param name="MemoryBytes">The machine's memory.</param>
/// <param name="Transcript">What the image said.</param>
/// <param name="Regimes">Its regimes beside the host's.</param>
internal sealed record BootOutcome(
    string? Accelerator, string? Cpu, ulong MemoryBytes, BootTranscript Transcript, IReadOnlyList<BootRegimeOutcome> Regimes)
{
    /// <summary>Strategies that are as they must be, there and here, and vector files all of whose cases hold.</summary>
    public int Passed => Regimes.Sum(regime => regime.Comparisons.Count(comparison => comparison.Passed)) + Transcript.Vectors.Count(Holds);

    /// <summary>Strategies and vector files that are not, and what failed before it became one.</summary>
    public int Failed => Math.Max(Done, Transcript.Passed + Transcript.Failed) - Passed;

    private int Done => Regimes.Sum(regime => regime.Comparisons.Count) + Transcript.Vectors.Count;

    /// <summary>Whether all cases of a vector file hold, and there are some.</summary>
    public static bool Holds(BootVectorResult vectors) => vectors.Passed > 0 && vectors.Failed == 0;
}
