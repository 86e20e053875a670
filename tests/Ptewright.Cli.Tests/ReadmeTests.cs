namespace Ptewright.Cli.Tests;

/// <summary>The README cannot drift from the tool: what it shows is what the tool prints.</summary>
public sealed class ReadmeTests
{
    private static readonly string[] _lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "README.md"));

    [Fact]
    public void The_example_of_the_README_is_what_the_tool_prints()
    {
        const string prompt = "$ ./ptewright ";
        int command = Array.FindIndex(_lines, line => line.StartsWith(prompt, StringComparison.Ordinal));
        string[] shown = [.. _lines.Skip(command + 1).TakeWhile(line => line != "```")];
        CliRun run = CliRun.Of(_lines[command][prompt.Length..].Split(' '));

        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.True(shown.Length > 15);
        Assert.Equal(shown, run.Out.Split('\n').Take(shown.Length));
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
