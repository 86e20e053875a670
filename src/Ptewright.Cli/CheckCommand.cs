using System.CommandLine;

namespace Ptewright.Cli;

/// <summary><c>ptewright check</c>: rules that a kernel's table code must keep whatever happens at the same time.</summary>
internal static class CheckCommand
{
    /// <summary>The command with its subcommands.</summary>
    public static Command Create(Terminal terminal)
    {
        Command command = new("check", "Checks how a kernel writes its tables: every order of events that is possible, on a small machine.");
        command.Subcommands.Add(CheckOrderingCommand.Create(terminal));
        return command;
    }
}
