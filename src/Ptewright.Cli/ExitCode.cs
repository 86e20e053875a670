namespace Ptewright.Cli;

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

    /// <summary>Stopped by Ctrl-C, as shells number it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;
}
