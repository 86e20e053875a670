using System.Diagnostics;
using System.Globalization;

namespace Ptewright.Mutants;

/// <summary>How a run of tests ended.</summary>
internal enum TestOutcome
{
    /// <summary>All passed.</summary>
    Passed,

    /// <summary>One failed, or the program died.</summary>
    Failed,

    /// <summary>It took far more of the CPU than without a mutant, or did nothing for long.</summary>
    Endless,

    /// <summary>It took far more memory than it may.</summary>
    Huge,
}

/// <summary>A test program of the mutated tree.</summary>
/// <param name="Path">Its DLL.</param>
internal sealed record TestProgram(string Path)
{
    private const long MostMemory = 3L << 30;

    // Somebody who waits uses no CPU: a mutant that makes a test wait is noticed by the clock, with much patience.
    private static readonly TimeSpan _idle = TimeSpan.FromMinutes(4);

    /// <summary>The test classes that it has.</summary>
    public IReadOnlyList<string> Classes()
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [Path, "-list", "classes", "-trait-", "Category=Slow"]) { RedirectStandardOutput = true })!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(line => line.StartsWith("Ptewright.", StringComparison.Ordinal))];
    }

    /// <summary>Runs some classes, one test after another, until one fails.</summary>
    /// <param name="classes">Their full names.</param>
    /// <param name="mutant">Which mutant is on, if any.</param>
    /// <param name="reached">The folder that takes which mutants were reached, if anybody wants to know.</param>
    /// <param name="patience">How much time of the CPU it may take.</param>
    /// <param name="took">How much it took.</param>
    public TestOutcome Run(IEnumerable<string> classes, int? mutant, string? reached, TimeSpan patience, out TimeSpan took)
    {
        ProcessStartInfo start = new("dotnet", [Path, "-noLogo", "-noColor", "-parallelMode", "none", "-stopOnFail", "-trait-", "Category=Slow", .. classes.SelectMany(name => new[] { "-class", name })])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PTEWRIGHT_MUTANT"] = mutant?.ToString(CultureInfo.InvariantCulture) ?? string.Empty;
        start.Environment["PTEWRIGHT_REACHED"] = reached ?? string.Empty;
        start.Environment["PTEWRIGHT_TESTS"] = "quick";
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        using Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Stopwatch watch = Stopwatch.StartNew();
        took = TimeSpan.Zero;
        TestOutcome? ended = null;
        while (!process.WaitForExit(200))
        {
            process.Refresh();
            try
            {
                took = process.TotalProcessorTime;
                ended = took > patience || watch.Elapsed > patience + _idle ? TestOutcome.Endless : process.WorkingSet64 > MostMemory ? TestOutcome.Huge : null;
            }
            catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                // It has just ended.
                continue;
            }

            if (ended is not null)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
                return ended.Value;
            }
        }

        return process.ExitCode == 0 ? TestOutcome.Passed : TestOutcome.Failed;
    }
}
