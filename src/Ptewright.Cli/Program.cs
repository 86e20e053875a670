using Ptewright.Cli;

using Terminal terminal = Terminal.OfProcess();
Console.CancelKeyPress += (_, _) =>
{
    if (terminal.HasProgress)
    {
        // Whoever drew progress hid the cursor, and may stand in the middle of a line.
        terminal.Error.Write("\r\u001b[K\u001b[?25h");
    }

    Environment.Exit(ExitCode.Interrupted);
};
return Application.Run(args, terminal);
