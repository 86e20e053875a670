namespace Ptewright.Tests.Files;

/// <summary>Text of others is shown, and does nothing.</summary>
public sealed class ForeignTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain ~ text", "plain ~ text")]
    [InlineData("größer → 雪 \U0001F600", "größer → 雪 \U0001F600")]
    [InlineData("\u001b[31mred\u0007\r\b\t\0", "?[31mred?????")]
    [InlineData("\u007f\u0080\u009b2J\u009f", "???2J?")]
    [InlineData("abc\u202edcb\u2066x\u200f\u00ad\ufeff", "abc?dcb?x???")]
    [InlineData("a\u2028b\u2029c\nd", "a?b?c?d")]
    [InlineData("\U000E0041tag", "?tag")]
    public void What_a_terminal_would_obey_becomes_a_question_mark(string text, string clean) => Assert.Equal(clean, ForeignText.Clean(text));

    [Fact]
    public void Halves_of_pairs_are_no_characters() => Assert.Equal("?x?", ForeignText.Clean("\ud800x\udc00"));

    [Fact]
    public void Line_feeds_stay_where_they_may() => Assert.Equal("a\nb?", ForeignText.Clean("a\nb\r", mayHaveLines: true));

    [Fact]
    public void A_text_with_nothing_of_the_kind_is_not_copied()
    {
        string text = new('x', 100);
        Assert.Same(text, ForeignText.Clean(text));
    }

    [Theory]
    [InlineData("", "''")]
    [InlineData("it's", "'it's'")]
    [InlineData("\u001b]0;x\u0007", "'?]0;x?'")]
    public void A_quoted_text_stands_in_quotes(string text, string quoted) => Assert.Equal(quoted, ForeignText.Quote(text));

    [Fact]
    public void A_quoted_text_is_cut_where_it_is_long_but_not_within_a_character()
    {
        Assert.Equal($"'{new string('a', 60)}'", ForeignText.Quote(new string('a', 60)));
        Assert.Equal($"'{new string('a', 60)}...'", ForeignText.Quote(new string('a', 61)));
        Assert.Equal($"'{new string('a', 59)}...'", ForeignText.Quote(new string('a', 59) + "\U0001F600"));
        Assert.Equal("'aa...'", ForeignText.Quote("aaa", 2));
        Assert.Equal($"'{new string('a', 60)}'", ForeignText.QuoteName(new string('a', 60)));
        string path = $"/{new string('b', 18)}/{new string('c', 70)}/{new string('d', 30)}/ram.img";
        Assert.Equal($"'{path[..20]}...{path[^40..]}'", ForeignText.QuoteName(path));
        Assert.Equal($"'{new string('a', 19)}...{new string('b', 39)}'", ForeignText.QuoteName(new string('a', 19) + "\U0001F600" + "cc\U0001F600" + new string('b', 39)));
        Assert.Equal($"'a?{new string('a', 18)}...{new string('a', 39)}?'", ForeignText.QuoteName("a\u001b" + new string('a', 80) + "\u001b"));
    }

    [Fact]
    public void No_sentence_about_bad_input_carries_anything_else()
    {
        Assert.Equal("a?[1mb?c", new InvalidInputException("a\u001b[1mb\nc").Message);
        Assert.Equal("a?[1mb?c", new Ptewright.Running.BootFailedException("a\u001b[1mb\nc").Message);
    }
}
