using System.Globalization;

namespace Ptewright.Cli.Output;

/// <summary>Shows what a long computation does now, in one line.</summary>
/// <param name="show">Draws the line.</param>
internal sealed class ProgressLine(Action<string> show) : IProgress<WorkProgress>
{
    /// <summary>Shows a text.</summary>
    public void Show(string text) => show(text);

    /// <inheritdoc/>
    public void Report(WorkProgress value) => Show(value switch
    {
        { Total: > 0 } => string.Create(CultureInfo.InvariantCulture, $"{value.Stage} ({value.Done:N0} of {value.Total:N0})"),
        { Done: > 0 } => string.Create(CultureInfo.InvariantCulture, $"{value.Stage} ({value.Done:N0})"),
        _ => value.Stage,
    });
}
