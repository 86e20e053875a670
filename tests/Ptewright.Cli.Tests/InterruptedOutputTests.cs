using System.Diagnostics;

namespace Ptewright.Cli.Tests;

/// <summary>A run that is ended while it writes leaves the older result, and but for SIGKILL nothing else.</summary>
public sealed class InterruptedOutputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private string Place => Path.Combine(_folder, "trace.txt");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("INT", 130, 1)]
    [InlineData("TERM", 143, 1)]
    [InlineData("HUP", 129, 1)]
    [InlineData("KILL", 137, 2)]
    public async Task The_older_result_is_left(string signal, int code, int files)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are sent with kill.");
        await File.WriteAllTextAsync(Place, "old", TestContext.Current.CancellationToken);

        // Millions of lines: it is writing for long after the first of them are on the disk.
        using Process run = Start(["map", "--memory", "16G", "--trace", Place]);
        while (!run.HasExited && !Directory.EnumerateFiles(_folder, ".ptewright-*").Any(file => new FileInfo(file).Length > 0))
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        Assert.False(run.HasExited, "The run was over before it could be ended.");
        ToolProcess.Signal(run.Id, signal);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(code, run.ExitCode);
        Assert.Equal("old", await File.ReadAllTextAsync(Place, TestContext.Current.CancellationToken));
        Assert.Equal(files, Directory.GetFileSystemEntries(_folder).Length);
    }

    [Fact]
    public async Task The_current_folder_is_filled_when_it_is_empty_and_not_replaced_when_it_is_not()
    {
        string current = Directory.CreateDirectory(Path.Combine(_folder, "here")).FullName;
        using (Process first = Start(["map", "--memory", "64M", "-o", "."], current))
        {
            await first.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(ExitCode.Ok, first.ExitCode);
        }

        Assert.Equal(["plan.json", "tables.bin", "tables.json"], Directory.GetFileSystemEntries(current).Select(Path.GetFileName).Order());
        using Process second = Start(["map", "--memory", "64M", "-o", "."], current);
        string error = await second.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await second.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.BadInput, second.ExitCode);
        Assert.Equal("ptewright: '.' is the current folder and not empty, so it cannot be replaced: name a folder in it.\n", error);
    }

    private static Process Start(string[] arguments, string? folder = null)
    {
        ProcessStartInfo start = ToolProcess.StartInfo(arguments);
        start.WorkingDirectory = folder ?? string.Empty;
        Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }
}
