using System.CommandLine;

namespace Ptewright.Cli;

/// <summary><c>ptewright check</c>: is what a kernel does with its tables right? One subcommand a question.</summary>
internal static class CheckCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal) => new("check", "Checks what a kernel does with its tables while it runs.")
    {
        CheckRacesCommand.Create(terminal),
    };
}
