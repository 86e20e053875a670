using System.Diagnostics;

namespace Ptewright.Mutants;

/// <summary>A test program of the mutated copy that runs single methods on request, in one process as long as it lives.</summary>
/// <param name="path">Its DLL.</param>
internal sealed class TestServer(string path) : IDisposable
{
    private const long MostMemory = 3L << 30;

    // Somebody who waits uses no CPU: a mutant that makes a test wait is noticed by the clock, with much patience.
    private static readonly TimeSpan _idle = TimeSpan.FromMinutes(5);

    private Process? _process;

    /// <summary>Asks for an answer of one line.</summary>
    /// <param name="request">The request.</param>
    /// <param name="patience">How much time of the CPU it may take.</param>
    /// <returns>The answer; null when the program died, or took too much of the CPU or of memory, or waited for ever. The next request starts it anew.</returns>
    public string? Ask(string request, TimeSpan patience)
    {
        _process ??= Start();
        TimeSpan before = _process.TotalProcessorTime;
        Stopwatch watch = Stopwatch.StartNew();
        _process.StandardInput.WriteLine(request);
        Task<string?> answer = _process.StandardOutput.ReadLineAsync();
        while (!answer.Wait(50))
        {
            _process.Refresh();
            if (_process.HasExited || _process.TotalProcessorTime - before > patience || _process.WorkingSet64 > MostMemory || watch.Elapsed > patience + _idle)
            {
                break;
            }
        }

        if (answer is { IsCompletedSuccessfully: true, Result: { } line })
        {
            return line;
        }

        Dispose();
        return null;
    }

    /// <summary>Ends the program; the next request starts it anew.</summary>
    public void Dispose()
    {
        if (_process is { } process)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
            _process = null;
        }
    }

    private Process Start()
    {
        ProcessStartInfo start = new("dotnet", [path]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["DOTNET_STARTUP_HOOKS"] = path;
        start.Environment["PTEWRIGHT_SERVE"] = "1";
        start.Environment["PTEWRIGHT_TESTS"] = "quick";
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        return Process.Start(start)!;
    }
}
