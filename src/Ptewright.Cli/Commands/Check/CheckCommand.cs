using System.CommandLine;
using Ptewright.Cli.Output;

namespace Ptewright.Cli.Commands.Check;

/// <summary><c>ptewright check</c>: is what a kernel does with its tables right? One subcommand a question.</summary>
internal static class CheckCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal) => new("check", "Checks what a kernel does with its tables, in every order of events that is possible.")
    {
        CheckRacesCommand.Create(terminal),
        CheckOrderingCommand.Create(terminal),
    };
}
