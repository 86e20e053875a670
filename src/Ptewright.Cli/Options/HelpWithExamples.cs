using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Ptewright.Cli.Options;

/// <summary>A command whose help ends with examples.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">What it does.</param>
/// <param name="examples">Whole command lines and what each is for.</param>
internal sealed class DocumentedCommand(string name, string description, params (string CommandLine, string Purpose)[] examples) : Command(name, description)
{
    /// <summary>Whole command lines and what each is for.</summary>
    public IReadOnlyList<(string CommandLine, string Purpose)> Examples { get; } = examples;
}

/// <summary>The usual help, then the command's examples; of the tool itself, the first of each command.</summary>
/// <param name="usual">Writes the usual help.</param>
/// <param name="width">Columns to write in.</param>
internal sealed class HelpWithExamples(HelpAction usual, int width) : SynchronousCommandLineAction
{
    /// <summary>The examples that the help of <paramref name="command"/> shows.</summary>
    public static IEnumerable<(string CommandLine, string Purpose)> ExamplesOf(Command command) => command is DocumentedCommand documented
        ? documented.Examples
        : command.Subcommands.SelectMany(subcommand => ExamplesOf(subcommand).Take(1));

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        usual.MaxWidth = width;
        int code = usual.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach ((string commandLine, string purpose) in ExamplesOf(parseResult.CommandResult.Command))
        {
            output.WriteLine($"  {commandLine}");
            output.WriteLine($"      {purpose}");
        }

        return code;
    }
}
