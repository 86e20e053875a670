using System.CommandLine;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;

namespace Ptewright.Cli.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> Commands => [.. Documented(Root()).Select(PathOf)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Each_command_is_described_and_has_examples(string path)
    {
        CliRun run = CliRun.Of([.. path.Split(' '), "--help"]);
        DocumentedCommand command = Documented(Root()).Single(candidate => PathOf(candidate) == path);

        Assert.Equal(0, run.Code);
        Assert.Equal(string.Empty, run.Error);
        Assert.Contains("Description:", run.Out, StringComparison.Ordinal);
        Assert.Contains("\nExamples:\n", run.Out.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.NotEmpty(command.Examples);
        Assert.All(command.Examples, example => Assert.Contains(example.CommandLine, run.Out, StringComparison.Ordinal));
    }

    [Fact]
    public void Each_example_parses()
    {
        Command root = Root();
        Assert.All(Documented(root).SelectMany(command => command.Examples.Select(example => (command, example.CommandLine))), pair =>
        {
            ParseResult parsed = root.Parse(pair.CommandLine);
            Assert.Empty(parsed.Errors);
            Assert.Same(pair.command, parsed.CommandResult.Command);
        });
    }

    [Fact]
    public void Each_option_is_described() => Assert.All(
        Documented(Root()).SelectMany(command => command.Options),
        option => Assert.False(string.IsNullOrWhiteSpace(option.Description), option.Name));

    [Fact]
    public void Help_fits_the_terminal()
    {
        CliRun run = CliRun.On((output, error) => new Terminal(output, error) { Width = 80 }, "trace", "--help");

        // Examples are for copying: they are not folded.
        string options = run.Out[..run.Out.IndexOf("Examples:", StringComparison.Ordinal)];
        Assert.All(options.Split('\n'), line => Assert.True(line.TrimEnd().Length <= 80, line));
    }

    [Fact]
    public void Asking_for_nothing_shows_the_help_and_is_no_success()
    {
        CliRun run = CliRun.Of();

        Assert.Equal(1, run.Code);
        Assert.Equal(CliRun.Of("--help").Out, run.Out);
        Assert.Contains("ptewright compare", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_is_not_an_error_in_a_wrong_command_line() => Assert.Equal(0, CliRun.Of("compare", "--bogus", "--help").Code);

    [Fact]
    public void The_version_is_one_line()
    {
        CliRun run = CliRun.Of("--version");

        Assert.Equal(0, run.Code);
        Assert.Single(run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static Command Root()
    {
        using Terminal terminal = new(Stream.Null, Stream.Null);
        return Application.CreateRootCommand(terminal);
    }

    // "bench build": the names from below the root down to the command.
    private static string PathOf(Command command) =>
        command.Parents.OfType<Command>().Single() is { Parents: var above } parent && above.Any() ? $"{PathOf(parent)} {command.Name}" : command.Name;

    private static IEnumerable<DocumentedCommand> Documented(Command command) =>
        command.Subcommands.SelectMany(Documented).Concat(command is DocumentedCommand documented ? [documented] : []);
}
