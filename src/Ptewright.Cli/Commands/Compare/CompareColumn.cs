using System.Globalization;
using Ptewright.Cli.Output;
using Ptewright.Strategies;

namespace Ptewright.Cli.Commands.Compare;

/// <summary>A column of a machine's table.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Cell">What stands in a row; the second argument is the change of the modelled time in percent.</param>
/// <param name="IsText">Whether it is words, not numbers.</param>
internal sealed record CompareColumn(string Title, Func<StrategyOutcome, double?, string> Cell, bool IsText = false)
{
    private const string Nothing = "-";

    /// <summary>The strategy's name.</summary>
    public static CompareColumn Strategy { get; } = new("strategy", (outcome, _) => outcome.Strategy.Name, IsText: true);

    /// <summary>What was made and executed.</summary>
    public static IReadOnlyList<CompareColumn> Counts { get; } =
    [
        new("tables", (outcome, _) => Numbers.Count(outcome.Result.Statistics.Tables)),
        new("fixmaps", (outcome, _) => Numbers.Count(outcome.Result.Counts.FixmapMaps)),
        new("TLBI", (outcome, _) => Numbers.Count(outcome.Result.Counts.Tlbi)),
        new("DSB ISHST", (outcome, _) => Numbers.Count(outcome.Result.Counts.DsbIshst)),
        new("DSB ISH", (outcome, _) => Numbers.Count(outcome.Result.Counts.DsbIsh)),
        new("ISB", (outcome, _) => Numbers.Count(outcome.Result.Counts.Isb)),
    ];

    /// <summary>What that costs by the model.</summary>
    public static IReadOnlyList<CompareColumn> ModelTimes { get; } =
    [
        new("model ms", (outcome, _) => Numbers.Milliseconds(outcome.ModelMilliseconds)),
        new("change", (_, change) => change is { } percent ? Numbers.Percent(percent) : Nothing),
    ];

    /// <summary>What was measured and posted.</summary>
    public static IReadOnlyList<CompareColumn> PublishedTimes { get; } =
    [
        new("published ms", (outcome, _) => outcome.Published is { } figure
            ? string.Create(CultureInfo.InvariantCulture, $"{figure.Milliseconds:0} {figure.Series}")
            : Nothing),
        new("change", (outcome, _) => outcome.Published is { } figure ? Numbers.Percent(figure.ChangePercent) : Nothing),
        new("model is", (outcome, _) => outcome.Kind == EstimateKind.Calibration ? "calibration" : "prediction", IsText: true),
    ];
}
