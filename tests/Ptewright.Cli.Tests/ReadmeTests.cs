using Ptewright.Cli.Output;

namespace Ptewright.Cli.Tests;

/// <summary>The README cannot drift from the tool: what it shows is what the tool prints.</summary>
public sealed class ReadmeTests
{
    private static readonly string[] _lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "README.md"));

    [Theory]
    [InlineData("compare", 15)]
    [InlineData("verify", 10)]
    public void The_examples_of_the_README_are_what_the_tool_prints(string name, int least)
    {
        const string prompt = "$ ./ptewright ";
        int command = Array.FindIndex(_lines, line => line.StartsWith(prompt + name, StringComparison.Ordinal));
        string[] shown = [.. _lines.Skip(command + 1).TakeWhile(line => line != "```")];

        // The data of the tests lies beside the tests' program.
        string data = Path.Combine(AppContext.BaseDirectory, "data") + Path.DirectorySeparatorChar;
        CliRun run = CliRun.Of(_lines[command][prompt.Length..].Replace("tests/data/", data, StringComparison.Ordinal).Split(' '));

        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.True(shown.Length > least);
        Assert.Equal(shown, run.Out.Replace(data, "tests/data/", StringComparison.Ordinal).Split('\n').Take(shown.Length));
    }

    [Fact]
    public void Every_command_of_the_README_is_understood()
    {
        string[] commands = [.. _lines.Where(line => line.StartsWith("$ ./ptewright ", StringComparison.Ordinal)).Select(line => line["$ ./ptewright ".Length..])];
        using Terminal terminal = new(Stream.Null, Stream.Null);
        Assert.NotEmpty(commands);
        Assert.All(commands, command => Assert.Empty(Application.CreateRootCommand(terminal).Parse(command).Errors));
    }
}
