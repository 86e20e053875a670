using System.ComponentModel;
using System.Diagnostics;
using Ptewright.Files;

namespace Ptewright.Running;

/// <summary>A running QEMU: however this program ends, QEMU ends with it, even where nothing of this program is left to see to it.</summary>
/// <remarks>
/// Where there is a shell, one waits beside QEMU at a pipe whose other end only this program has: told that all is well it goes, and at the end of the pipe it ends QEMU and deletes the
/// temporary files. The process that is started becomes QEMU itself, so its number is QEMU's.
/// </remarks>
internal sealed class QemuProcess : IDisposable
{
    private const string Shell = "/bin/sh";
    private const int MaxComplaint = 1000;

    // $0: the folder of temporary files, which may be none; the rest: QEMU and its arguments. The one who waits holds none of QEMU's own pipes, or their ends would never be seen.
    private const string Script = """
        exec 3<&0 </dev/null
        ( read -r told <&3 || { kill -9 $$; test -z "$0" || rm -rf -- "$0"; } ) >/dev/null 2>&1 &
        exec 3<&-
        exec "$@"
        """;

    private readonly Process _process;
    private readonly AtExit _atExit;
    private readonly Lock _telling = new();
    private bool _isTold;

    private QemuProcess(ProcessStartInfo start)
    {
        _atExit = AtExit.Do(End);
        try
        {
            _process = Process.Start(start)!;
        }
        catch
        {
            _atExit.Dispose();
            throw;
        }

        Console = new LimitedLines(_process.StandardOutput, "its console", End);
        Complaints = new LimitedLines(_process.StandardError, "its messages", End);
    }

    /// <summary>What the machine writes to its console, if that is the standard output.</summary>
    public LimitedLines Console { get; }

    /// <summary>What QEMU itself has to say.</summary>
    public LimitedLines Complaints { get; }

    /// <summary>Starts QEMU.</summary>
    /// <exception cref="BootFailedException">It does not start.</exception>
    public static QemuProcess Start(string program, IEnumerable<string> arguments)
    {
        try
        {
            bool hasShell = File.Exists(Shell);
            ProcessStartInfo start = hasShell
                ? new ProcessStartInfo(Shell, ["-c", Script, TemporaryFile.Folder ?? string.Empty, Executable(program), .. arguments])
                : new ProcessStartInfo(program, arguments);
            start.RedirectStandardInput = true;
            start.RedirectStandardOutput = true;
            start.RedirectStandardError = true;
            start.UseShellExecute = false;
            return new QemuProcess(start);
        }
        catch (Win32Exception problem)
        {
            throw new BootFailedException($"{ForeignText.Quote(program)} could not be started: {problem.Message}");
        }
    }

    /// <summary>Complaints as one line for a sentence.</summary>
    public static string OneLine(string complaints)
    {
        string line = ForeignText.Clean(complaints.Trim().ReplaceLineEndings(" "));
        return line.Length > MaxComplaint ? $"{line[..MaxComplaint]}..." : line;
    }

    /// <summary>Waits until it has ended by itself.</summary>
    /// <param name="limit">How long; then it is ended.</param>
    public void WaitForEnd(TimeSpan limit)
    {
        if (_process.WaitForExit(limit))
        {
            Tell();
        }
        else
        {
            End();
        }
    }

    /// <summary>Ends it at once; nothing, if it has ended.</summary>
    public void End()
    {
        try
        {
            _process?.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended already, or was disposed of because it had.
        }

        Tell();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _atExit.Dispose();
        End();
        _process.Dispose();
    }

    // The shell would only say that it found nothing to become.
    private static string Executable(string program) =>
        OperatingSystem.IsWindows() || (File.Exists(program) && (File.GetUnixFileMode(program) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0)
            ? program
            : throw new BootFailedException($"{ForeignText.Quote(program)} could not be started: it is no program.");

    // That QEMU has ended, so that nobody ends another process which has got its number since.
    private void Tell()
    {
        lock (_telling)
        {
            if (_isTold || _process is null)
            {
                return;
            }

            _isTold = true;
            try
            {
                _process.StandardInput.WriteLine();
                _process.StandardInput.Close();
            }
            catch (Exception problem) when (problem is IOException or InvalidOperationException)
            {
                // Nobody waits.
            }
        }
    }
}
