using Ptewright.Texts;

namespace Ptewright.Tests.Files;

/// <summary>Colours and other things for a terminal are taken out of a text, and nothing else.</summary>
public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("\u001b[32m[    0.000000] \u001b[0m\u001b[33mefi: \u001b[0m text", "[    0.000000] efi:  text")]
    [InlineData("\u001b[1;38;5;208mx\u001b[K\u001b[m", "x")]
    [InlineData("\u009b31mx", "x")]
    [InlineData("\u001b]0;a title\u0007x\u001b]8;;http://a\u001b\\y", "xy")]
    [InlineData("\u001b]no end\nnext", "\nnext")]
    [InlineData("\u001b(Bx\u001b7y\u001b=", "xy")]
    [InlineData("cut \u001b[3", "cut ")]
    [InlineData("cut \u001b[3\nnext", "cut \nnext")]
    [InlineData("cut \u001b", "cut ")]
    [InlineData("^[[32mx^[[0m^[[K", "x")]
    [InlineData("#033[32mx#033[m", "x")]
    [InlineData("#033 and ^[[A stay; so do [0m, # and ^", "#033 and ^[[A stay; so do [0m, # and ^")]
    [InlineData("tab\tbell\u0007 stay", "tab\tbell\u0007 stay")]
    [InlineData("", "")]
    public void Sequences_go_and_text_stays(string text, string kept) => Assert.Equal(kept, TerminalText.Strip(text).ToString());

    [Fact]
    public void A_text_without_any_is_not_copied()
    {
        const string Text = "40000000-7fffffff : System RAM\n";

        Assert.True(TerminalText.Strip(Text) == Text.AsSpan());
    }
}
