using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Ptewright.Cli.Commands.Bench;
using Ptewright.Cli.Commands.Boot;
using Ptewright.Cli.Commands.Capture;
using Ptewright.Cli.Commands.Check;
using Ptewright.Cli.Commands.Compare;
using Ptewright.Cli.Commands.Count;
using Ptewright.Cli.Commands.Decode;
using Ptewright.Cli.Commands.Diff;
using Ptewright.Cli.Commands.Explain;
using Ptewright.Cli.Commands.Find;
using Ptewright.Cli.Commands.Inspect;
using Ptewright.Cli.Commands.List;
using Ptewright.Cli.Commands.Map;
using Ptewright.Cli.Commands.Trace;
using Ptewright.Cli.Commands.Verify;
using Ptewright.Cli.Commands.Walk;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Live;

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
        string command = "ptewright";
        try
        {
            // A memory may hold an @, so no argument is a response file.
            ParseResult parsed = CreateRootCommand(terminal).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if ((EmptyValueOf(parsed.CommandResult) ?? (parsed.Action is ParseErrorAction ? parsed.Errors[0].Message : null)) is { } refused)
            {
                return Fail(terminal, ExitCode.Usage, $"{ForeignText.Clean(refused)}\nTry '{PathOf(parsed.CommandResult)} --help'.");
            }

            command = PathOf(parsed.CommandResult);
            int code = parsed.Invoke(new InvocationConfiguration
            {
                Output = terminal.Out,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
            });

            // Here, because a full disk shows now and not when the program ends.
            terminal.Out.Flush();
            return code;
        }
        catch (OutputClosedException)
        {
            // As with "| head": whoever reads has seen enough.
            return ExitCode.NobodyReads;
        }
        catch (Exception refusal) when (refusal is UsageException or InvalidRequestException)
        {
            return Fail(terminal, ExitCode.Usage, ForeignText.Clean(refusal.Message));
        }
        catch (Exception problem) when (problem is InvalidInputException or IOException or UnauthorizedAccessException)
        {
            return Fail(terminal, ExitCode.BadInput, ForeignText.Clean(problem.Message));
        }
        catch (Running.BootFailedException problem)
        {
            return Fail(terminal, ExitCode.No, problem.Message);
        }
        catch (AmbiguousRootException several)
        {
            return Fail(terminal, ExitCode.No, ForeignText.Clean(several.Message));
        }
        catch (OutOfMemoryException)
        {
            return Fail(terminal, ExitCode.BadInput, $"There was not enough memory for '{command}' on this computer, although nothing in it should take so much: please report it, with the command line.");
        }
        catch (Simulation.MapFailureException failure)
        {
            return Fail(terminal, ExitCode.No, failure.Message);
        }
#pragma warning disable CA1031 // The last resort: no user ever sees a stack trace.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            return Fail(terminal, ExitCode.Fault, $"This is a fault of ptewright itself: please report it, with the command line and these words:\n{Describe(fault)}");
        }
        finally
        {
            SayUnanswered(terminal);
        }
    }

    /// <summary>Says which guests may stand still because of this run.</summary>
    public static void SayUnanswered(Terminal terminal)
    {
        foreach (string name in LiveGuests.Unanswered)
        {
            terminal.Error.WriteLine($"ptewright: {name} does not say that it goes on: should the guest stand still, 'cont' in QEMU's monitor sets it going.");
        }
    }

    /// <summary>The command line's shape.</summary>
    /// <remarks>Not a <see cref="RootCommand"/>: that one is named after the assembly, which cannot have the tool's name (the library has it).</remarks>
    public static Command CreateRootCommand(Terminal terminal)
    {
        HelpOption help = new();
        HelpWithExamples helpAction = new((HelpAction)help.Action!, Math.Clamp(terminal.Width, 60, 120));
        help.Action = helpAction;
        Command root = new("ptewright", "Makes, counts, traces and compares AArch64 translation tables, as Linux makes them.")
        {
            help,
            new VersionOption(),
            CompareCommand.Create(terminal),
            TraceCommand.Create(terminal),
            MapCommand.Create(terminal),
            InspectCommand.Create(terminal),
            WalkCommand.Create(terminal),
            ListCommand.Create(terminal),
            FindCommand.Create(terminal),
            DiffCommand.Create(terminal),
            CaptureCommand.Create(terminal),
            VerifyCommand.Create(terminal),
            CountCommand.Create(terminal),
            ExplainCommand.Create(terminal),
            DecodeCommand.Create(terminal),
            EncodeCommand.Create(terminal),
            BenchCommand.Create(terminal),
            CheckCommand.Create(terminal),
            BootCommand.Create(terminal),
        };
        root.SetAction(parsed =>
        {
            // Asking for nothing shows what can be asked for, but nothing was done.
            _ = helpAction.Invoke(parsed);
            return ExitCode.Usage;
        });
        return root;
    }

    // In one place for all: a value that says nothing is a shell variable that was not set, and no command means it.
    private static string? EmptyValueOf(CommandResult command)
    {
        foreach (SymbolResult part in command.Children.Where(part => part.Tokens.Any(token => token.Value.Length == 0)))
        {
            switch (part)
            {
                case OptionResult { Option: not TextOption } option:
                    return $"Option {option.Option.Name} has an empty value: it takes {option.Option.HelpName ?? "one"}.";
                case ArgumentResult argument:
                    return $"Argument {argument.Argument.Name} is empty.";
                default:
                    break;
            }
        }

        return null;
    }

    private static string PathOf(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{PathOf(parent)} {result.Command.Name}" : result.Command.Name;

    // Where it happened is what helps; a stack trace helps nobody else.
    private static string Describe(Exception fault)
    {
        string place = fault.StackTrace?.Split('\n')[0].Trim() ?? "at an unknown place";
        return ForeignText.Clean($"{fault.GetType().FullName}: {fault.Message} ({place}; ptewright {typeof(Application).Assembly.GetName().Version})");
    }

    private static int Fail(Terminal terminal, int code, string sentence)
    {
        terminal.Error.WriteLine($"ptewright: {OptionNames.In(sentence)}");
        return code;
    }
}
