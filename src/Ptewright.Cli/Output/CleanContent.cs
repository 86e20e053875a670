using Spectre.Console.Rendering;

namespace Ptewright.Cli.Output;

/// <summary>A table or a text whose words are shown without what a terminal would obey; its own colours stay.</summary>
internal sealed class CleanContent(IRenderable content) : IRenderable
{
    /// <inheritdoc/>
    public Measurement Measure(RenderOptions options, int maxWidth) => content.Measure(options, maxWidth);

    /// <inheritdoc/>
    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
        content.Render(options, maxWidth).Select(segment => segment.IsControlCode || segment.IsLineBreak ? segment : new Segment(ForeignText.Clean(segment.Text), segment.Style));
}
