using Ptewright.Cli.Output;

namespace Ptewright.Cli.Tests;

public sealed class TerminalTests
{
    private static readonly string[] _small = ["compare", "--memory", "16M", "--strategy", "batch-barriers,single-map"];

    [Fact]
    public void A_terminal_gets_colour()
    {
        CliRun run = CliRun.On((output, error) => new Terminal(output, error) { HasColour = true }, _small);

        Assert.Contains("\u001b[32mAll 2 strategies made identical tables\u001b[0m", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_colour_the_text_is_the_same()
    {
        CliRun coloured = CliRun.On((output, error) => new Terminal(output, error) { HasColour = true }, _small);
        CliRun plain = CliRun.Of(_small);
        string bare = System.Text.RegularExpressions.Regex.Replace(coloured.Out, "\u001b\\[[0-9;]*m", string.Empty);

        Assert.DoesNotContain('\u001b', plain.Out);
        Assert.Equal(plain.Out, bare);
    }

    [Theory]
    [InlineData(true, null, "xterm-256color", true)]
    [InlineData(true, "", "xterm", true)]
    [InlineData(true, "1", "xterm", false)]
    [InlineData(true, "0", "xterm", false)]
    [InlineData(true, null, "dumb", false)]
    [InlineData(true, null, null, true)]
    [InlineData(false, null, "xterm", false)]
    public void NO_COLOR_and_a_dumb_terminal_mean_no_colour(bool isTerminal, string? noColour, string? term, bool expected) =>
        Assert.Equal(expected, Terminal.WantsColour(isTerminal, noColour, term));

    [Theory]
    [InlineData(true, "xterm", true)]
    [InlineData(true, "dumb", false)]
    [InlineData(false, "xterm", false)]
    public void Progress_needs_a_terminal_that_can_take_it_away(bool isTerminal, string? term, bool expected) =>
        Assert.Equal(expected, Terminal.WantsProgress(isTerminal, term));

    [Fact]
    public void Progress_is_drawn_on_the_message_side_only()
    {
        CliRun run = CliRun.On((output, error) => new Terminal(output, error) { HasProgress = true }, _small);

        Assert.NotEqual(string.Empty, run.Error);
        Assert.Equal(CliRun.Of(_small).Out, run.Out);
    }

    [Fact]
    public void Json_never_has_colour()
    {
        CliRun run = CliRun.On((output, error) => new Terminal(output, error) { HasColour = true, Width = 40 }, [.. _small, "--json"]);

        Assert.DoesNotContain('\u001b', run.Out);
    }

    [Theory]
    [InlineData("compare", "--memory", "2M")]
    [InlineData("compare", "--memory", "2M", "--json")]
    [InlineData("trace")]
    [InlineData("trace", "--memory", "16M", "--json")]
    [InlineData("trace", "--help")]
    public void A_full_disk_is_said_in_one_sentence(params string[] args)
    {
        CliRun run = CliRun.On((_, error) => new Terminal(new FullDisk(), error), args);

        Assert.Equal(2, run.Code);
        Assert.Equal("ptewright: No space left.\n", run.Error.ReplaceLineEndings("\n"));
    }

    private sealed class FullDisk : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("No space left.");

        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("No space left.");
    }
}
