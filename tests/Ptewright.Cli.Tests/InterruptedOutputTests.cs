using System.Diagnostics;
using Ptewright.Cli.Output;

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
        using Process run = Start(["map", "--memory", "256G", "--trace", Place]);
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

    [Theory]
    [InlineData("map", "--memory", "8G", "--trace", "trace.txt")]
    [InlineData("map", "--memory", "16G", "-o", "trace.txt")]
    public async Task A_file_that_may_not_grow_so_large_is_one_sentence_and_leaves_the_older_result(params string[] arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit is set with bash.");
        if (arguments.Contains("-o"))
        {
            using Process first = Start(["map", "--memory", "64M", "-o", "trace.txt"], _folder);
            await first.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        else
        {
            await File.WriteAllTextAsync(Place, "old", TestContext.Current.CancellationToken);
        }

        string[] before = Listing();
        ProcessStartInfo start = ToolProcess.StartInfo(arguments);
        start.WorkingDirectory = _folder;
        start.ArgumentList.Insert(0, start.FileName);
        foreach (string word in new[] { "limited", "ulimit -f 512; exec \"$@\"", "-c" })
        {
            start.ArgumentList.Insert(0, word);
        }

        // Without it .NET itself begins with a file that is larger than the limit, for its code.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.FileName = "bash";
        using Process run = Process.Start(start)!;
        Task<string> output = run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        _ = await output;
        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Matches("\\Aptewright: .*File too large.*\n\\z", error);
        Assert.Equal(before, Listing());

        string[] Listing() => [.. Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Order().Select(file => $"{file} {new FileInfo(file).Length}")];
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

        Assert.Equal(["pages.bin.gz", "plan.json", "tables.json"], Directory.GetFileSystemEntries(current).Select(Path.GetFileName).Order());
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
