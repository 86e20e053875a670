using System.Runtime.InteropServices;
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

// Ended in another way it leaves nothing behind either: a guest that stands still is set going, QEMU ends.
using PosixSignalRegistration terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using PosixSignalRegistration hungUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, End);
return Application.Run(args, terminal);

static void End(PosixSignalContext signal)
{
    signal.Cancel = true;

    // 128 and the signal's number, as a shell would say.
    Environment.Exit(signal.Signal == PosixSignal.SIGTERM ? 143 : 129);
}
