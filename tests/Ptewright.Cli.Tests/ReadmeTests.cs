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

    // Lines of three points stand for what is left out.
    [Fact]
    public void The_examples_about_registers_are_what_the_tool_prints()
    {
        const string prompt = "$ ptewright ";
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "registers.md"));
        int[] commands = [.. Enumerable.Range(0, lines.Length).Where(line => lines[line].StartsWith(prompt, StringComparison.Ordinal))];
        Assert.True(commands.Length > 5);
        Assert.All(commands, command =>
        {
            CliRun run = CliRun.Of(lines[command][prompt.Length..].Split(' '));
            string expected = string.Join('\n', lines.Skip(command + 1).TakeWhile(line => line != "```" && !line.StartsWith(prompt, StringComparison.Ordinal)));
            int at = 0;
            foreach (string part in expected.Split("..."))
            {
                int found = run.Out.IndexOf(part, at, StringComparison.Ordinal);
                Assert.True(found >= 0, $"{lines[command]}\n{run.Out}");
                Assert.True(at > 0 || found == 0, part);
                at = found + part.Length;
            }

            Assert.True(at == run.Out.TrimEnd().Length || expected.EndsWith("...", StringComparison.Ordinal), $"{lines[command]}\n{run.Out}");
        });
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
