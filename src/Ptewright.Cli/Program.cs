using System.Runtime.InteropServices;
using Ptewright.Cli;
using Ptewright.Cli.Output;
using Ptewright.Live;

using Terminal terminal = Terminal.OfProcess();

// However it ends, it leaves nothing behind: a guest is as it was before, QEMU has ended, temporary files are gone.
PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
PosixSignalRegistration[] registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, End))];

// A file that grows past the limit (ulimit -f) is an error of the write, like a full disk, and no end without a word: SIGXFSZ, which has no name in .NET.
const PosixSignal fileTooLarge = (PosixSignal)25;
using PosixSignalRegistration? noEnd = OperatingSystem.IsLinux() ? PosixSignalRegistration.Create(fileTooLarge, signal => signal.Cancel = true) : null;
int code = Application.Run(args, terminal);

// A signal that came before this line ends the program here.
LiveGuests.LeaveAll();
GC.KeepAlive(registrations);
return code;

void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    terminal.EndProgress();
    LiveGuests.LeaveAll();
    Application.SayUnanswered(terminal);
    Environment.Exit(signal.Signal switch
    {
        PosixSignal.SIGHUP => ExitCode.HungUp,
        PosixSignal.SIGQUIT => ExitCode.Quit,
        PosixSignal.SIGTERM => ExitCode.Terminated,
        _ => ExitCode.Interrupted,
    });
}
