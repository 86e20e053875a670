using System.Globalization;
using System.Text;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.LinearMap;
using Ptewright.Simulation;
using Ptewright.Strategies;

namespace Ptewright.Cli.Commands.Compare;

/// <summary>Draws modelled beside published times: for each machine the whole series at the left, its last steps enlarged at the right.</summary>
/// <remarks>Plain SVG 1.1 without scripts or fonts of its own, on a white ground, so that it looks the same wherever it is shown.</remarks>
internal sealed class SvgChart(PublishedMeasurements published, IReadOnlyList<MachineComparison> machines, TableChoice shape)
{
    private const int Width = 1000;
    private const int Margin = 24;
    private const int HeadHeight = 104;
    private const int LabelWidth = 132;
    private const int LabelLetters = 16;
    private const int PanelGap = 36;

    // Room behind the longest bar for its figure.
    private const int FigureWidth = 92;
    private const int RowHeight = 36;
    private const int BarHeight = 12;

    private const string Ink = "#1b1f24";
    private const string Faint = "#5b6470";
    private const string Rule = "#d4d9df";
    private const string Band = "#fff1cc";
    private const string Calibrated = "#a9c8ea";
    private const string PredictedFill = "#1f6fbf";
    private const string PublishedFill = "#7b8490";

    private readonly StringBuilder _svg = new();

    private bool HasPublished => machines.Any(machine => machine.Outcomes.Any(outcome => outcome.Published is not null));

    /// <summary>The drawing as text.</summary>
    public string Draw()
    {
        int rows = machines.Max(machine => machine.Outcomes.Count);
        int machineHeight = 58 + (rows * RowHeight);
        string[] sources = [.. new CompareNotes(published, machines, shape).Sources()];
        int foot = HeadHeight + (machines.Count * machineHeight);
        int height = foot + (sources.Length * 16) + Margin;
        _ = _svg.Clear();
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\" "
            + $"font-family=\"Helvetica, Arial, 'Liberation Sans', sans-serif\" font-size=\"13\" fill=\"{Ink}\" role=\"img\">");
        Add("<title>Creating the kernel's linear map: modelled and published time of each strategy</title>");
        Add($"<rect width=\"{Width}\" height=\"{height}\" fill=\"#ffffff\"/>");
        DrawHead();
        for (int i = 0; i < machines.Count; i++)
        {
            DrawMachine(machines[i], HeadHeight + (i * machineHeight));
        }

        for (int i = 0; i < sources.Length; i++)
        {
            Write(Margin, foot + 12 + (i * 16), $"published with {sources[i]}", $"font-size=\"11\" fill=\"{Faint}\"");
        }

        Add("</svg>");
        return _svg.ToString();
    }

    private void DrawHead()
    {
        Write(Margin, 38, "Creating the kernel's linear map", "font-size=\"22\" font-weight=\"bold\"");
        string mapped = (shape.Flags & MapFlags.NoBlock) != 0 ? "single pages" : "blocks where they fit";
        string tables = $"{shape.GranuleName} granule, {shape.Geometry.VirtualAddressBits}-bit addresses, {mapped}";
        Write(Margin, 60, $"Time of map_mem() in milliseconds; {tables}; shorter is better", $"fill=\"{Faint}\"");

        int x = Margin;
        int y = 84;
        if (HasPublished)
        {
            x = Legend(x, y, PublishedFill, "published");
            x = Legend(x, y, Calibrated, "model, calibrated on this column");
        }

        x = Legend(x, y, PredictedFill, "model, predicted");
        if (HasPublished)
        {
            _ = Legend(x, y, Band, "the step before -> after: each table mapped once");
        }
    }

    private int Legend(int x, int y, string fill, string text)
    {
        Rectangle(x, y - 10, 18, BarHeight, fill);
        Write(x + 24, y, text, string.Empty);

        // Without font metrics: 6.4 units a letter is a little more than a sans-serif of this size takes.
        return x + 24 + (int)(text.Length * 6.4) + 22;
    }

    private void DrawMachine(MachineComparison machine, int top)
    {
        Add($"<line x1=\"{Margin}\" y1=\"{top}\" x2=\"{Width - Margin}\" y2=\"{top}\" stroke=\"{Rule}\"/>");
        Write(Margin, top + 24, machine.Name, "font-size=\"16\" font-weight=\"bold\"");

        int first = top + 40;
        for (int i = 0; i < machine.Outcomes.Count; i++)
        {
            DrawLabel(machine.Outcomes[i], first + (i * RowHeight));
        }

        StrategyOutcome[] last = [.. machine.Outcomes.Where(outcome => !IsEarly(outcome))];
        bool enlarged = last.Length > 0 && Longest(machine.Outcomes) >= 2 * Longest(last);
        int left = Margin + LabelWidth;
        int panels = Width - Margin - left;
        int panel = enlarged ? (panels - PanelGap) / 2 : panels;
        DrawBars(machine.Outcomes, machine.Outcomes, left, panel, first);
        if (enlarged)
        {
            int right = left + panel + PanelGap;
            Write(right, top + 24, $"from {last[0].Strategy.Name} on, {Factor(machine.Outcomes, last)}", $"fill=\"{Faint}\"");
            DrawBars(machine.Outcomes, last, right, panel, first);
        }
    }

    private void DrawLabel(StrategyOutcome outcome, int y)
    {
        string? seed = SeedRole(outcome);
        if (seed is not null)
        {
            Rectangle(Margin - 8, y + 1, Width - (2 * Margin) + 16, RowHeight - 2, Band);
        }

        string second = seed ?? (outcome.Published is { } figure && figure.Series != published.SeedSeries ? $"published with {figure.Series}" : string.Empty);
        string name = outcome.Strategy.Name.Length <= LabelLetters ? outcome.Strategy.Name : $"{outcome.Strategy.Name[..(LabelLetters - 1)]}…";
        Write(Margin, y + (second.Length == 0 ? 22 : 16), name, seed is null ? string.Empty : "font-weight=\"bold\"");
        Write(Margin, y + 30, second, $"font-size=\"11\" fill=\"{Faint}\"");
    }

    // All bars of a panel have one scale; a row keeps its place in both panels.
    private void DrawBars(IReadOnlyList<StrategyOutcome> rows, IReadOnlyList<StrategyOutcome> shown, int left, int width, int first)
    {
        double scale = (width - FigureWidth) / Longest(shown);
        for (int i = 0; i < rows.Count; i++)
        {
            if (!shown.Contains(rows[i]))
            {
                continue;
            }

            StrategyOutcome outcome = rows[i];
            int y = first + (i * RowHeight);
            Add($"<line x1=\"{left}\" y1=\"{y}\" x2=\"{left}\" y2=\"{y + RowHeight}\" stroke=\"{Faint}\"/>");
            string fill = outcome.Kind == EstimateKind.Calibration ? Calibrated : PredictedFill;
            if (outcome.Published is { } figure)
            {
                Bar(left, y + 5, figure.Milliseconds * scale, PublishedFill, FormattableString.Invariant($"{figure.Milliseconds:0}{Percent(figure)}"));
                Bar(left, y + 5 + BarHeight + 2, outcome.ModelMilliseconds * scale, fill, Numbers.Milliseconds(outcome.ModelMilliseconds));
            }
            else
            {
                string note = HasPublished ? " (not published)" : string.Empty;
                Bar(left, y + 5 + ((BarHeight + 2) / 2), outcome.ModelMilliseconds * scale, fill, Numbers.Milliseconds(outcome.ModelMilliseconds) + note);
            }
        }
    }

    private void Bar(int x, int y, double length, string fill, string figure)
    {
        Rectangle(x, y, Math.Max(length, 1), BarHeight, fill);
        Write(x + length + 5, y + 10.5, figure, "font-size=\"11.5\"");
    }

    // The published change stands with the seed's own rows only: there it is the figure everybody quotes.
    private string Percent(PublishedFigure figure) =>
        figure.Series == published.SeedSeries && figure.Strategy == published.SeedAfter ? $" ({Numbers.Percent(figure.ChangePercent)})" : string.Empty;

    private string? SeedRole(StrategyOutcome outcome) => !HasPublished ? null
        : outcome.Strategy.Name == published.SeedBefore ? "before"
        : outcome.Strategy.Name == published.SeedAfter ? "after"
        : null;

    // What came before the last step is many times longer and would make it invisible.
    private bool IsEarly(StrategyOutcome outcome) =>
        StrategyPresets.All.FirstOrDefault(preset => preset.Name == published.SeedBefore) is { } before && outcome.Strategy.Precedes(before);

    private static string Factor(IReadOnlyList<StrategyOutcome> all, IReadOnlyList<StrategyOutcome> shown) =>
        FormattableString.Invariant($"{Longest(all) / Longest(shown):0} times as large");

    private static double Longest(IEnumerable<StrategyOutcome> outcomes) =>
        Math.Max(0.001, outcomes.Max(outcome => Math.Max(outcome.ModelMilliseconds, outcome.Published?.Milliseconds ?? 0)));

    private void Rectangle(double x, double y, double width, double height, string fill) =>
        Add(FormattableString.Invariant($"<rect x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"{width:0.#}\" height=\"{height:0.#}\" fill=\"{fill}\"/>"));

    private void Write(double x, double y, string text, string attributes)
    {
        if (text.Length > 0)
        {
            string space = attributes.Length == 0 ? string.Empty : " ";
            Add(FormattableString.Invariant($"<text x=\"{x:0.#}\" y=\"{y:0.#}\"{space}{attributes}>{Escape(text)}</text>"));
        }
    }

    // Names of files become text here.
    private static string Escape(string text) => string.Concat(text.Select(letter => letter switch
    {
        '<' => "&lt;",
        '>' => "&gt;",
        '&' => "&amp;",
        _ when char.IsControl(letter) => "?",
        _ => letter.ToString(CultureInfo.InvariantCulture),
    }));

    private void Add(string line) => _svg.Append(line).Append('\n');
}
