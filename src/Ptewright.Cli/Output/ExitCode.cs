namespace Ptewright.Cli.Output;

/// <summary>What the exit code says. Documented in docs/cli.md.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 1;

    /// <summary>What the command line names cannot be used: a file, a memory layout.</summary>
    public const int BadInput = 2;

    /// <summary>The answer is no: tables differ, or the engine refused.</summary>
    public const int No = 3;

    /// <summary>A fault of the tool itself, as sysexits.h numbers it: EX_SOFTWARE.</summary>
    public const int Fault = 70;

    /// <summary>Stopped by SIGHUP, as shells number it: 128 and the signal's number.</summary>
    public const int HungUp = 129;

    /// <summary>Stopped by SIGINT: Ctrl-C.</summary>
    public const int Interrupted = 130;

    /// <summary>Stopped by SIGQUIT: Ctrl-\.</summary>
    public const int Quit = 131;

    /// <summary>Nobody reads the output any more: SIGPIPE, if it had its way.</summary>
    public const int NobodyReads = 141;

    /// <summary>Stopped by SIGTERM.</summary>
    public const int Terminated = 143;
}
