using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Ptewright.Mutants;

/// <summary>One mutant's fate.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Outcome">How the tests that reach it ended; null when none reaches it.</param>
internal sealed record Result(int Id, TestOutcome? Outcome);

/// <summary>A run over a mutated copy, which can be interrupted and taken up again: everything that was found out lies in its folder.</summary>
/// <param name="work">The folder.</param>
internal sealed class MutationRun(string work)
{
    // Test classes up to this long go first, together.
    private static readonly TimeSpan _short = TimeSpan.FromSeconds(5);

    private readonly string _tree = Path.Combine(work, "tree");

    /// <summary>Mutates, builds, notes who reaches what, and tries.</summary>
    public int Run(string[] folders, int sample, int seed, string? only)
    {
        _ = Directory.CreateDirectory(work);
        Mutant[] mutants = Made(folders);
        TestProgram[] programs = [.. new[] { "Ptewright.Tests", "Ptewright.Cli.Tests" }.Select(name => new TestProgram(Path.Combine(_tree, "artifacts", "bin", name, "release", $"{name}.dll")))];
        Coverage[] coverage = Cover(programs);
        string results = Path.Combine(work, "results.jsonl");
        Dictionary<int, Result> known = File.Exists(results)
            ? File.ReadLines(results).Select(line => JsonSerializer.Deserialize<Result>(line)!).DistinctBy(result => result.Id).ToDictionary(result => result.Id)
            : [];
        Mutant[] chosen = [.. mutants.GroupBy(mutant => mutant.Folder).SelectMany(folder => Choose(folder, sample, seed)).Where(mutant => only is null || mutant.File.Contains(only, StringComparison.Ordinal))];
        int done = 0;
        foreach (Mutant mutant in chosen)
        {
            if (!known.ContainsKey(mutant.Id))
            {
                Result result = new(mutant.Id, Try(mutant, programs, coverage));
                known.Add(mutant.Id, result);
                File.AppendAllText(results, JsonSerializer.Serialize(result) + "\n");
                Console.WriteLine($"{++done} {result.Outcome?.ToString() ?? "not reached"}: {Describe(mutant)}");
            }
        }

        Report(mutants, chosen, known);
        return 0;
    }

    private static IEnumerable<Mutant> Choose(IEnumerable<Mutant> folder, int sample, int seed)
    {
        Mutant[] all = [.. folder];
        if (sample > 0 && sample < all.Length)
        {
            new Random(seed).Shuffle(all);
            return all.Take(sample).OrderBy(mutant => mutant.Id);
        }

        return all;
    }

    private static void Report(Mutant[] mutants, Mutant[] chosen, Dictionary<int, Result> known)
    {
        Console.WriteLine();
        Console.WriteLine("Survivors:");
        foreach (Mutant mutant in chosen.Where(mutant => known[mutant.Id].Outcome is null or TestOutcome.Passed))
        {
            Console.WriteLine($"  {Describe(mutant)}{(known[mutant.Id].Outcome is null ? " (no test reaches it)" : string.Empty)}");
        }

        Console.WriteLine();
        Console.WriteLine($"{"folder",-28} {"mutants",8} {"tried",6} {"killed",7} {"endless",8} {"survived",9} {"unreached",10} {"score",6}");
        foreach (IGrouping<string, Mutant> folder in chosen.GroupBy(mutant => mutant.Folder).Append<IGrouping<string, Mutant>?>(null).Select(group => group ?? chosen.GroupBy(_ => "all").First()))
        {
            Result[] results = [.. folder.Select(mutant => known[mutant.Id])];
            int endless = results.Count(result => result.Outcome is TestOutcome.Endless or TestOutcome.Huge);
            int killed = endless + results.Count(result => result.Outcome == TestOutcome.Failed);
            int all = folder.Key == "all" ? mutants.Length : mutants.Count(mutant => mutant.Folder == folder.Key);
            int unreached = results.Count(result => result.Outcome is null);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{folder.Key,-28} {all,8} {results.Length,6} {killed,7} {endless,8} {results.Length - killed - unreached,9} {unreached,10} {100.0 * killed / results.Length,5:0.0}%"));
        }
    }

    private static string Describe(Mutant mutant) => $"#{mutant.Id} {mutant.File}:{mutant.Line} {mutant.Operator}: {mutant.Original} -> {mutant.Replacement}";

    // The short classes first: most mutants die there.
    private static TestOutcome? Try(Mutant mutant, TestProgram[] programs, Coverage[] coverage)
    {
        Coverage[] reaching = [.. coverage.Where(entry => entry.Reached.BinarySearch(mutant.Id) >= 0).OrderBy(entry => entry.Took)];
        foreach (IGrouping<(bool IsLong, string Program), Coverage> group in reaching.GroupBy(entry => (entry.Took > _short, entry.Program)).OrderBy(group => group.Key.Item1))
        {
            TimeSpan usual = group.Aggregate(TimeSpan.Zero, (sum, entry) => sum + entry.Took);
            TestOutcome outcome = programs.First(program => program.Path.EndsWith(group.Key.Program, StringComparison.Ordinal))
                .Run(group.Select(entry => entry.Class), mutant.Id, null, (usual * 4) + TimeSpan.FromSeconds(10), out _);
            if (outcome != TestOutcome.Passed)
            {
                return outcome;
            }
        }

        return reaching.Length == 0 ? null : TestOutcome.Passed;
    }

    private Mutant[] Make(string[] folders)
    {
        Copy(Repository());
        Mutant[] mutants = [.. MutatedTree.Mutate(_tree, folders)];
        foreach (string project in new[] { "Ptewright.Tests", "Ptewright.Cli.Tests" })
        {
            Execute(_tree, "dotnet", "build", $"tests/{project}/{project}.csproj", "-c", "Release", "-v:q", "-tl:off", "-p:RunAnalyzers=false", "-p:TreatWarningsAsErrors=false", "-p:NoWarn=CS1591%3BCS8509%3BCS8524");
        }

        return mutants;
    }

    // What git knows of the tree, and what is new in it.
    private void Copy(string source)
    {
        using Process process = Process.Start(new ProcessStartInfo("git", ["ls-files", "--cached", "--others", "--exclude-standard"]) { WorkingDirectory = source, RedirectStandardOutput = true })!;
        foreach (string file in process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(Path.Combine(source, file))))
        {
            string target = Path.Combine(_tree, file);
            _ = Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Path.Combine(source, file), target, overwrite: true);
        }
    }

    // One class at a time, each in a process of its own, so that what is made once for all tests counts for each of them.
    private Coverage[] Cover(TestProgram[] programs)
    {
        string path = Path.Combine(work, "coverage.jsonl");
        List<Coverage> coverage = File.Exists(path) ? [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<Coverage>(line)!)] : [];
        string reached = Path.Combine(work, "reached");
        foreach ((TestProgram program, string name) in programs.SelectMany(program => program.Classes().Select(name => (program, name))))
        {
            if (coverage.Any(entry => entry.Class == name))
            {
                continue;
            }

            _ = Directory.CreateDirectory(reached);
            TestOutcome outcome = program.Run([name], null, reached, TimeSpan.FromMinutes(10), out TimeSpan took);
            int[] ids = [.. Directory.GetFiles(reached).SelectMany(File.ReadLines).Select(line => int.Parse(line, CultureInfo.InvariantCulture)).Distinct().Order()];
            Directory.Delete(reached, recursive: true);
            Console.WriteLine($"{name}: {outcome}, {ids.Length} mutants, {took.TotalSeconds:0.0} s");

            // A class that fails without a mutant says nothing.
            coverage.Add(new Coverage(Path.GetFileName(program.Path), name, took, outcome == TestOutcome.Passed ? [.. ids] : []));
            File.AppendAllText(path, JsonSerializer.Serialize(coverage[^1]) + "\n");
        }

        return [.. coverage];
    }

    private Mutant[] Made(string[] folders)
    {
        string path = Path.Combine(work, "mutants.json");
        if (!File.Exists(path))
        {
            Mutant[] made = Make(folders);
            File.WriteAllText(path, JsonSerializer.Serialize(made));
        }

        return JsonSerializer.Deserialize<Mutant[]>(File.ReadAllText(path))!;
    }

    private static string Repository()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Ptewright.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("This program does not lie in the source tree.");
    }

    private static void Execute(string folder, string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder })!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
        }
    }

    private sealed record Coverage(string Program, string Class, TimeSpan Took, List<int> Reached);
}
