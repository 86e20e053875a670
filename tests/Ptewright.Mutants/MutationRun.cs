using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Ptewright.Mutants;

/// <summary>A run over a mutated copy, which can be interrupted and taken up again: everything that was found out lies in its folder.</summary>
/// <param name="work">The folder.</param>
/// <param name="project">The test project whose tests are run.</param>
internal sealed class MutationRun(string work, string project)
{
    private const long GroupMilliseconds = 300;
    private const long MostMillisecondsAlone = 1000;
    private const int FewTests = 8;

    private readonly string _tree = Path.Combine(work, "tree");

    private string ResultsFile => Path.Combine(work, "results.jsonl");

    private string CoverageFile => Path.Combine(work, "coverage.jsonl");

    private string Program => Path.Combine(_tree, "artifacts", "bin", project, "release", $"{project}.dll");

    /// <summary>Mutates, builds, notes who reaches what, and tries.</summary>
    /// <param name="folders">The folders whose sources are mutated.</param>
    /// <param name="sample">How many mutants of each are tried; 0 for all.</param>
    /// <param name="seed">Which random choice.</param>
    /// <param name="only">A part of the paths of files, if only their mutants are tried.</param>
    /// <param name="without">Parts of the names of tests that are not run.</param>
    /// <param name="hasNewTests">Whether tests were written since: they are taken over, and who survived before is tried again.</param>
    public int Run(string[] folders, int sample, int seed, string? only, string[] without, bool hasNewTests)
    {
        _ = Directory.CreateDirectory(work);
        Mutant[] mutants = Made(folders);
        if (hasNewTests)
        {
            TakeTests();
        }

        using TestServer server = new(Program);
        Coverage[] coverage = Cover(server, without);
        Dictionary<int, Result> known = File.Exists(ResultsFile)
            ? File.ReadLines(ResultsFile).Select(line => JsonSerializer.Deserialize<Result>(line)!).DistinctBy(result => result.Id).ToDictionary(result => result.Id)
            : [];
        Mutant[] chosen = [.. mutants.GroupBy(mutant => mutant.Folder).SelectMany(folder => Choose(folder, sample, seed)).Where(mutant => only is null || mutant.File.Contains(only, StringComparison.Ordinal))];
        foreach (Mutant mutant in chosen.Where(mutant => !known.ContainsKey(mutant.Id)))
        {
            Result result = Try(server, mutant, coverage);
            known.Add(mutant.Id, result);
            File.AppendAllText(ResultsFile, JsonSerializer.Serialize(result) + "\n");
            Console.WriteLine($"{result.Outcome}: {Describe(mutant)}{(result.Test is null ? string.Empty : $" [{result.Test}]")}");
        }

        Report(mutants, [.. chosen.Where(mutant => known.ContainsKey(mutant.Id))], known);
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
        foreach (Mutant mutant in chosen.Where(mutant => !known[mutant.Id].IsKilled))
        {
            Console.WriteLine($"  {Describe(mutant)}{(known[mutant.Id].Outcome == Outcome.Unreached ? " (no test reaches it)" : string.Empty)}");
        }

        Console.WriteLine();
        Console.WriteLine($"{"folder",-28} {"mutants",8} {"tried",6} {"killed",7} {"of them endless",15} {"survived",9} {"unreached",10} {"score",6}");
        foreach ((string name, Mutant[] folder) in chosen.GroupBy(mutant => mutant.Folder).Select(group => (group.Key, group.ToArray())).Append(("all", chosen)))
        {
            int Count(Func<Result, bool> isCounted) => folder.Count(mutant => isCounted(known[mutant.Id]));
            int all = mutants.Count(mutant => name == "all" || mutant.Folder == name);
            int killed = Count(result => result.IsKilled);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-28} {all,8} {folder.Length,6} {killed,7} {Count(result => result.Outcome == Outcome.Endless),15} {Count(result => result.Outcome == Outcome.Survived),9} {Count(result => result.Outcome == Outcome.Unreached),10} {100.0 * killed / Math.Max(1, folder.Length),5:0.0}%"));
        }
    }

    private static string Describe(Mutant mutant) => $"#{mutant.Id} {mutant.File}:{mutant.Line} {mutant.Operator}: {mutant.Original} -> {mutant.Replacement}";

    // The fastest first: most mutants die there.
    private static Result Try(TestServer server, Mutant mutant, Coverage[] coverage)
    {
        Coverage[] reaching = [.. coverage.Where(entry => entry.Reached.AsSpan().BinarySearch(mutant.Id) >= 0).OrderBy(entry => entry.Milliseconds)];
        if (reaching.Length == 0)
        {
            return TryAlone(server, mutant, reaching, coverage) ?? new Result(mutant.Id, Outcome.Unreached, null);
        }

        // A few tests at a time: an endless one is noticed by what these few take, and not by what all of them would.
        List<Coverage> group = [];
        foreach (Coverage entry in reaching)
        {
            group.Add(entry);
            if (entry != reaching[^1] && group.Sum(one => one.Milliseconds) < GroupMilliseconds)
            {
                continue;
            }

            string? answer = Ask(server, mutant, group);
            if (answer != "passed")
            {
                string? test = answer?.Split(' ') is [_, var index] ? coverage.First(known => known.Index == int.Parse(index, CultureInfo.InvariantCulture)).Test : null;
                return new Result(mutant.Id, answer is null ? Outcome.Endless : Outcome.Killed, test);
            }

            group.Clear();
        }

        return (reaching.Length > FewTests ? null : TryAlone(server, mutant, reaching, coverage)) ?? new Result(mutant.Id, Outcome.Survived, null);
    }

    private static string? Ask(TestServer server, Mutant mutant, List<Coverage> group)
    {
        TimeSpan patience = TimeSpan.FromSeconds(5) + TimeSpan.FromMilliseconds(group.Sum(entry => entry.Milliseconds) * 12);
        string request = $"try {mutant.Id} {string.Join(' ', group.Select(entry => entry.Index))}";
        string? answer = server.Ask(request, patience);
        if (answer is not null && answer.StartsWith("polluted", StringComparison.Ordinal))
        {
            // What another mutant left behind: once more in a new process.
            server.Dispose();
            answer = server.Ask(request, patience);
        }

        return answer;
    }

    // What is made once for all tests, a table for instance, is reached by the first test of each process that noted coverage, and then tried without the mutant: so once more in new
    // processes with the mutant on from the beginning, and with all short tests of the folder. The test that dies has to live without the mutant.
    private static Result? TryAlone(TestServer server, Mutant mutant, Coverage[] reaching, Coverage[] coverage)
    {
        string group = $".{Path.GetFileName(mutant.Folder)}.";
        string name = $".{Path.GetFileNameWithoutExtension(mutant.File)}Tests.";
        Coverage[] tests =
        [
            .. reaching,
            .. coverage.Except(reaching).Where(entry => entry.Milliseconds < MostMillisecondsAlone && entry.Test.Contains(group, StringComparison.Ordinal))
                .OrderByDescending(entry => entry.Test.Contains(name, StringComparison.Ordinal)).ThenBy(entry => entry.Milliseconds),
        ];
        string? answer = Ask(mutant.Id, tests);
        if (answer?.Split(' ') is not [_, var index])
        {
            return answer is null ? new Result(mutant.Id, Outcome.Endless, null) : null;
        }

        Coverage killer = tests.First(entry => entry.Index == int.Parse(index, CultureInfo.InvariantCulture));
        return Ask(-1, [killer]) == "passed" ? new Result(mutant.Id, Outcome.Killed, killer.Test) : null;

        string? Ask(int id, Coverage[] asked)
        {
            server.Dispose();
            string? line = server.Ask(
                $"alone {id} {string.Join(' ', asked.Select(entry => entry.Index))}", TimeSpan.FromSeconds(20) + TimeSpan.FromMilliseconds(asked.Sum(entry => entry.Milliseconds) * 10));
            server.Dispose();
            return line;
        }
    }

    // Which mutants each test reaches.
    private Coverage[] Cover(TestServer server, string[] without)
    {
        List<Coverage> coverage = File.Exists(CoverageFile) ? [.. File.ReadLines(CoverageFile).Select(line => JsonSerializer.Deserialize<Coverage>(line)!)] : [];
        string[] tests = (server.Ask("list", TimeSpan.FromMinutes(2)) ?? throw new InvalidOperationException("The test program does not start.")).Split(' ');
        coverage = [.. coverage.Where(entry => tests.Contains(entry.Test) && !IsLeftOut(entry.Test)).Select(entry => entry with { Index = Array.IndexOf(tests, entry.Test) })];
        HashSet<string> known = [.. coverage.Select(entry => entry.Test)];
        for (int i = 0; i < tests.Length; i++)
        {
            if (known.Contains(tests[i]) || IsLeftOut(tests[i]))
            {
                continue;
            }

            string[] words = (server.Ask($"cover {i}", TimeSpan.FromMinutes(5)) ?? "False 0 ").Split(' ');
            if (words[0] != "True")
            {
                Console.WriteLine($"{tests[i]} fails without a mutant, so it says nothing");
            }

            int[] ids = words[0] == "True" ? [.. words[2].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture))] : [];
            coverage.Add(new Coverage(i, tests[i], long.Parse(words[1], CultureInfo.InvariantCulture), ids));
            File.AppendAllText(CoverageFile, JsonSerializer.Serialize(coverage[^1]) + "\n");
        }

        return [.. coverage];

        bool IsLeftOut(string test) => without.Any(part => test.Contains(part, StringComparison.Ordinal));
    }

    private Mutant[] Made(string[] folders)
    {
        string path = Path.Combine(work, "mutants.json");
        if (!File.Exists(path))
        {
            _ = Copy(string.Empty);
            File.WriteAllText(path, JsonSerializer.Serialize(MutatedTree.Mutate(_tree, folders)));
        }

        if (!File.Exists(Program))
        {
            BuildTests();
        }

        return JsonSerializer.Deserialize<Mutant[]>(File.ReadAllText(path))!;
    }

    private void BuildTests()
    {
        File.Copy(Path.Combine(AppContext.BaseDirectory, "MutantServer.cs"), Path.Combine(_tree, "tests", project, "MutantServer.cs"), overwrite: true);
        string[] quiet = ["-v:q", "-tl:off", "-nodeReuse:false", "-p:RunAnalyzers=false", "-p:TreatWarningsAsErrors=false", "-p:WarningLevel=0"];
        Execute(["build", $"tests/{project}/{project}.csproj", "-c", "Release", .. quiet]);
    }

    // The mutants stay as they are. What is known of tests in a file that has not changed stays too.
    private void TakeTests()
    {
        HashSet<string> changed = [.. Copy("tests/").Select(file => Path.GetFileNameWithoutExtension(file))];
        BuildTests();
        Keep(CoverageFile, (Coverage entry) => entry.Reached.Length > 0 && !changed.Contains(entry.Test.Split('.')[^2]));
        Keep(ResultsFile, (Result result) => result.IsKilled);

        static void Keep<T>(string path, Func<T, bool> isKept)
        {
            if (File.Exists(path))
            {
                File.WriteAllLines(path, [.. File.ReadLines(path).Where(line => isKept(JsonSerializer.Deserialize<T>(line)!))]);
            }
        }
    }

    // What git knows of the tree below a folder, and what is new in it. Gives the files that were not the same in the copy.
    private List<string> Copy(string under)
    {
        string source = Repository();
        List<string> changed = [];
        using Process process = Process.Start(new ProcessStartInfo("git", ["ls-files", "--cached", "--others", "--exclude-standard"]) { WorkingDirectory = source, RedirectStandardOutput = true })!;
        foreach (string file in process.StandardOutput.ReadToEnd().Split('\n').Where(file => file.StartsWith(under, StringComparison.Ordinal) && File.Exists(Path.Combine(source, file))))
        {
            string target = Path.Combine(_tree, file);
            if (!File.Exists(target) || !File.ReadAllBytes(target).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(source, file))))
            {
                _ = Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(Path.Combine(source, file), target, overwrite: true);
                changed.Add(file);
            }
        }

        return changed;
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

    private void Execute(string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = _tree })!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"dotnet {string.Join(' ', arguments)} ended with {process.ExitCode}.");
        }
    }

    private sealed record Coverage(int Index, string Test, long Milliseconds, int[] Reached);
}
