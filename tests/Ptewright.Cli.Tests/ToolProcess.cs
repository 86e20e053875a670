using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Ptewright.Cli.Tests;

/// <summary>The tool as a process of its own, with a folder for temporary files that nobody else uses.</summary>
internal sealed partial class ToolProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly StreamReader _output;
    private Task<string>? _out;
    private volatile bool _isLeft;

    public ToolProcess(string temporaryFolder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        ProcessStartInfo start = StartInfo(arguments);
        start.Environment["TMPDIR"] = temporaryFolder;
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _error = _process.StandardError.ReadToEndAsync();
        _output = _process.StandardOutput;
    }

    /// <summary>How the tool is started: with every signal as the system has it, because whoever runs the tests in the background has them ignored.</summary>
    public static ProcessStartInfo StartInfo(IEnumerable<string> arguments)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } named ? named
            : Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
        return new ProcessStartInfo("env", ["--default-signal", host, Path.Combine(AppContext.BaseDirectory, "Ptewright.Cli.dll"), .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
    }

    /// <summary>Sends a signal, by its name: <c>TERM</c>; nothing, if the process has ended.</summary>
    public void Signal(string name)
    {
        if (!_process.HasExited)
        {
            Signal(_process.Id, name);
        }
    }

    /// <summary>Sends a signal to a process at once: a program that sends it would take its time to start.</summary>
    public static void Signal(int process, string name) => _ = Kill(process, name switch { "HUP" => 1, "INT" => 2, "QUIT" => 3, "KILL" => 9, "TERM" => 15, _ => 0 });

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int process, int signal);

    /// <summary>Stops reading what it writes: at once, or when more of it comes.</summary>
    public void CloseOutput()
    {
        _isLeft = true;
        if (_out is null)
        {
            _output.Dispose();
        }
    }

    /// <summary>Begins to read what it writes, until <see cref="CloseOutput"/>.</summary>
    public void ReadOutputForNow() => _out = Task.Run(() =>
    {
        char[] piece = new char[256];
        while (!_isLeft && _output.Read(piece) > 0)
        {
        }

        _output.Dispose();
        return string.Empty;
    });

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Begins to read what it writes.</summary>
    public void ReadOutput() => _out = _output.ReadToEndAsync();

    /// <summary>Waits for its end.</summary>
    public CliRun Wait()
    {
        Assert.True(_process.WaitForExit(TimeSpan.FromMinutes(2)), "The tool does not end.");
        return new CliRun(_process.ExitCode, _out?.GetAwaiter().GetResult() ?? string.Empty, _error.GetAwaiter().GetResult());
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    /// <summary>The processes whose command line names a folder, as their numbers.</summary>
    public static IReadOnlyList<int> Naming(string folder)
    {
        List<int> found = [];
        foreach (string process in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process), out int number) || number == Environment.ProcessId)
            {
                continue;
            }

            try
            {
                if (File.ReadAllText(Path.Combine(process, "cmdline")).Contains(folder, StringComparison.Ordinal))
                {
                    found.Add(number);
                }
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
            }
        }

        return found;
    }
}
