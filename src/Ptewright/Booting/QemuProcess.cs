using System.ComponentModel;
using System.Diagnostics;

namespace Ptewright.Booting;

/// <summary>A running QEMU: however this program ends, QEMU ends with it.</summary>
internal sealed class QemuProcess : IDisposable
{
    private readonly Process _process;

    private QemuProcess(Process process)
    {
        _process = process;
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        process.StandardInput.Close();
    }

    /// <summary>What the machine writes to its console, if that is the standard output.</summary>
    public StreamReader Console => _process.StandardOutput;

    /// <summary>What QEMU itself has to say.</summary>
    public StreamReader Complaints => _process.StandardError;

    /// <summary>Starts QEMU.</summary>
    /// <exception cref="BootFailedException">It does not start.</exception>
    public static QemuProcess Start(string program, IEnumerable<string> arguments)
    {
        try
        {
            return new QemuProcess(Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
            }) ?? throw new BootFailedException($"'{program}' could not be started."));
        }
        catch (Win32Exception problem)
        {
            throw new BootFailedException($"'{program}' could not be started: {problem.Message}");
        }
    }

    /// <summary>Complaints as one line for a sentence.</summary>
    public static string OneLine(string complaints) => complaints.Trim().ReplaceLineEndings(" ");

    /// <summary>Waits until it has ended by itself.</summary>
    public void WaitForEnd() => _process.WaitForExit();

    /// <summary>Ends it at once; nothing, if it has ended.</summary>
    public void End()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended already, or was disposed of because it had.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        End();
        _process.Dispose();
    }

    private void OnExit(object? sender, EventArgs e) => End();
}
