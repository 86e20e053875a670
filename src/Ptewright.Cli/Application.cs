using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Ptewright.Cli;

/// <summary>The tool: parses, runs one command, and turns what went wrong into one sentence and an exit code.</summary>
internal static class Application
{
    /// <summary>Runs the tool.</summary>
    /// <param name="args">The command line without the program's name.</param>
    /// <param name="terminal">Where to write.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> args, Terminal terminal)
    {
        try
        {
            // A memory may hold an @, so no argument is a response file.
            ParseResult parsed = CreateRootCommand(terminal).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Action is ParseErrorAction)
            {
                string command = parsed.CommandResult.Command is RootCommand ? "ptewright" : $"ptewright {parsed.CommandResult.Command.Name}";
                return Fail(terminal, ExitCode.Usage, $"{parsed.Errors[0].Message}\nTry '{command} --help'.");
            }

            return parsed.Invoke(new InvocationConfiguration
            {
                Output = terminal.Out,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
            });
        }
        catch (UsageException refusal)
        {
            return Fail(terminal, ExitCode.Usage, refusal.Message);
        }
        catch (Exception problem) when (problem is InvalidInputException or IOException or UnauthorizedAccessException)
        {
            return Fail(terminal, ExitCode.BadInput, problem.Message);
        }
        catch (OutOfMemoryException)
        {
            return Fail(terminal, ExitCode.BadInput, "This computer has not enough memory for tables of that memory layout.");
        }
        catch (LinearMap.MapFailureException failure)
        {
            return Fail(terminal, ExitCode.No, failure.Message);
        }
        finally
        {
            terminal.Out.Flush();
        }
    }

    /// <summary>The command line's shape.</summary>
    public static RootCommand CreateRootCommand(Terminal terminal)
    {
        RootCommand root = new("Makes, counts, traces and compares AArch64 translation tables, as Linux makes them.")
        {
            CompareCommand.Create(terminal),
            TraceCommand.Create(terminal),
        };
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, Math.Clamp(terminal.Width, 60, 120));
        root.SetAction(parsed =>
        {
            // Asking for nothing shows what can be asked for, but nothing was done.
            _ = help.Action.Invoke(parsed);
            return ExitCode.Usage;
        });
        return root;
    }

    private static int Fail(Terminal terminal, int code, string sentence)
    {
        terminal.Error.WriteLine($"ptewright: {sentence}");
        return code;
    }
}
