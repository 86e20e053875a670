using Ptewright.Cli.Output;
using Ptewright.Explaining;

namespace Ptewright.Cli.Commands.Explain;

/// <summary>What <c>explain</c> writes for people: at most <see cref="MostLines"/> lines for each report, the most important first.</summary>
/// <param name="terminal">Where to.</param>
internal sealed class ExplainReport(Terminal terminal)
{
    /// <summary>The most lines of one report on 80 columns: a screen.</summary>
    public const int MostLines = 25;

    private const int WidestText = 100;
    private const int NarrowestText = 60;
    private const int TitleWidth = 9;
    private const int EntryIndent = 8;

    private int Width => Math.Clamp(terminal.Width, NarrowestText, terminal.Width == Terminal.RedirectedWidth ? 80 : WidestText);

    /// <summary>Writes all of them.</summary>
    public void Write(IReadOnlyList<Explanation> explanations)
    {
        for (int i = 0; i < explanations.Count; i++)
        {
            if (i > 0)
            {
                terminal.Out.WriteLine();
            }

            foreach (string line in Lines(explanations[i]))
            {
                terminal.Out.WriteLine(line);
            }
        }
    }

    // What is last is left out first: the JSON has it.
    private List<string> Lines(Explanation explanation)
    {
        List<string> lines = [ForeignText.Clean(Cut(ExplanationText.Title(explanation))), .. FoldedText.Lines(string.Join(' ', ExplanationText.Summary(explanation)), 0, Width)];
        Add(lines, "tried", ExplanationText.Tried(explanation));
        Add(lines, "ESR", ExplanationText.Syndrome(explanation));
        Add(lines, "address", ExplanationText.Place(explanation));
        Add(lines, "tables", ExplanationText.Tables(explanation));
        lines.AddRange(ExplanationText.Entries(explanation).SelectMany(entry => FoldedText.Lines(entry, EntryIndent, Width - 2).Select(line => "  " + line)));
        Add(lines, "verdict", ExplanationText.Verdict(explanation));
        Add(lines, "AT", ExplanationText.AddressTranslation(explanation));
        Add(lines, "source", ExplanationText.Source(explanation));
        AddAll(lines, "else", ExplanationText.Others(explanation));
        AddAll(lines, "not told", ExplanationText.Open(explanation));
        return lines.Count <= MostLines ? lines : lines[..MostLines];
    }

    private void Add(List<string> lines, string title, string? text)
    {
        if (text is not null)
        {
            lines.AddRange(FoldedText.Lines(title.PadRight(TitleWidth) + OptionNames.In(text), TitleWidth, Width));
        }
    }

    // A text that does not fit any more is left out whole.
    private void AddAll(List<string> lines, string title, IEnumerable<string> texts)
    {
        foreach (string text in texts)
        {
            List<string> more = [];
            Add(more, title, text);
            if (lines.Count + more.Count > MostLines)
            {
                return;
            }

            lines.AddRange(more);
            title = string.Empty;
        }
    }

    private string Cut(string line) => line.Length <= Width ? line : line[..(Width - 3)] + "...";
}
