using System.Buffers;
using System.Globalization;
using System.Text;

namespace Ptewright;

/// <summary>Text that somebody else wrote (a peer, a file, a device tree, a console), made fit to be shown to people.</summary>
/// <remarks>
/// What a terminal would obey instead of showing becomes a question mark: control characters (C0, DEL, C1), characters that change how the others are shown (Unicode's category Cf,
/// with the bidirectional controls), separators of lines and paragraphs, and halves of surrogate pairs.
/// </remarks>
internal static class ForeignText
{
    /// <summary>How much of a text is quoted when nobody says, in characters.</summary>
    public const int MaxQuoteLength = 60;

    private const char Hidden = '?';

    // What nearly all texts consist of.
    private static readonly SearchValues<char> _plain = SearchValues.Create(
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    /// <summary>The text without what a terminal would obey.</summary>
    /// <param name="text">The text.</param>
    /// <param name="mayHaveLines">Whether line feeds stay.</param>
    /// <returns>The same text, if there was nothing of that kind in it.</returns>
    public static string Clean(string text, bool mayHaveLines = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.AsSpan().ContainsAnyExcept(_plain))
        {
            return text;
        }

        StringBuilder clean = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = IsShown(rune) || (mayHaveLines && rune.Value == '\n') ? clean.Append(rune) : clean.Append(Hidden);
        }

        return clean.ToString();
    }

    /// <summary>A piece of a text for a sentence: in quotes, cut where it is long, without what a terminal would obey.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">How much of it is shown, in characters; more than 0.</param>
    public static string Quote(ReadOnlySpan<char> text, int maxLength = MaxQuoteLength)
    {
        int length = Math.Min(text.Length, maxLength);
        if (length < text.Length && char.IsHighSurrogate(text[length - 1]))
        {
            length--;
        }

        return $"'{Clean(text[..length].ToString())}{(length < text.Length ? "..." : string.Empty)}'";
    }

    /// <summary>The name of a file, or of several, for a sentence: as <see cref="Quote"/>, but cut in the middle, because a long path is known by its end.</summary>
    /// <param name="name">The name.</param>
    public static string QuoteName(ReadOnlySpan<char> name)
    {
        if (name.Length <= MaxQuoteLength)
        {
            return Quote(name);
        }

        const int FrontLength = MaxQuoteLength / 3;
        int front = FrontLength - (char.IsHighSurrogate(name[FrontLength - 1]) ? 1 : 0);
        int back = name.Length - (MaxQuoteLength - FrontLength);
        back += char.IsLowSurrogate(name[back]) ? 1 : 0;
        return $"'{Clean(name[..front].ToString())}...{Clean(name[back..].ToString())}'";
    }

    /// <summary>Whether a character may stand on a terminal as it is.</summary>
    private static bool IsShown(Rune rune) => rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate);
}
