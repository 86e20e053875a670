using Ptewright.Running;

namespace Ptewright.Tests.Booting;

/// <summary>A program may write without end: it is listened to for a while.</summary>
public sealed class LimitedLinesTests
{
    private int _tooMuch;

    [Fact]
    public void Lines_come_without_their_ends()
    {
        LimitedLines lines = Of("a\r\n\nb", 100);
        Assert.Equal("a", lines.ReadLine());
        Assert.Equal(string.Empty, lines.ReadLine());
        Assert.Equal("b", lines.ReadLine());
        Assert.Null(lines.ReadLine());
        Assert.Equal(0, _tooMuch);
    }

    [Fact]
    public void A_long_line_is_broken()
    {
        LimitedLines lines = Of(new string('x', LimitedLines.MaxLineLength + 1) + "\ny", 10_000);
        Assert.Equal(LimitedLines.MaxLineLength, lines.ReadLine()!.Length);
        Assert.Equal("x", lines.ReadLine());
        Assert.Equal("y", lines.ReadLine());
    }

    [Fact]
    public void As_much_as_is_read_is_read_and_more_ends_the_program()
    {
        Assert.Equal("12345678\n", Of("12345678\n", 9).ReadToEnd().ReplaceLineEndings("\n"));
        Assert.Equal(0, _tooMuch);
        BootFailedException refusal = Assert.Throws<BootFailedException>(() => Of("12345678\n", 8).ReadLine());
        Assert.Equal("The machine wrote more than 8 characters to its console, the most that is read.", refusal.Message);
        Assert.Equal(1, _tooMuch);
        Assert.Equal(string.Empty, Of("12345678\n", 8).ReadToEnd());
        Assert.Equal(2, _tooMuch);
    }

    private LimitedLines Of(string text, int most) => new(new StringReader(text), "its console", () => _tooMuch++, most);
}
