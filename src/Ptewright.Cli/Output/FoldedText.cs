namespace Ptewright.Cli.Output;

/// <summary>Text that is broken between words where a line ends.</summary>
internal static class FoldedText
{
    /// <summary>The lines of a text.</summary>
    /// <param name="text">The text; blanks that it begins with stay.</param>
    /// <param name="indent">How many blanks the second line and those behind it begin with.</param>
    /// <param name="width">How many characters a line has; a word that is longer stays whole.</param>
    public static IEnumerable<string> Lines(string text, int indent, int width)
    {
        while (text.Length > width)
        {
            int cut = text.LastIndexOf(' ', width);
            if (cut <= indent || string.IsNullOrWhiteSpace(text[..cut]))
            {
                cut = text.IndexOf(' ', Math.Min(width, text.Length - 1));
                if (cut < 0)
                {
                    break;
                }
            }

            yield return text[..cut].TrimEnd();
            text = new string(' ', indent) + text[(cut + 1)..].TrimStart();
        }

        yield return text.TrimEnd();
    }
}
