using System.CommandLine;
using System.Text.Json;
using Ptewright.Comparing;
using Ptewright.Images;
using Ptewright.Walking;

namespace Ptewright.Cli;

/// <summary><c>ptewright diff</c>: what is different between two sets of tables, by meaning and by structure.</summary>
internal sealed class DiffCommand
{
    // Some 100 MB of text. All differences are found and counted; nobody reads more.
    private const int MostShown = 100_000;

    private readonly SourceOptions _before = new("A");
    private readonly Argument<string> _after = new("B") { Description = "What to hold against it; a source as well." };
    private readonly HalfOption _half = new();
    private readonly Option<bool> _meaning = new("--meaning") { Description = "Only what is mapped counts, not which tables that takes." };
    private readonly Option<bool> _json = new("--json") { Description = "Write JSON." };
    private readonly Terminal _terminal;

    private DiffCommand(Terminal terminal) => _terminal = terminal;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        DiffCommand self = new(terminal);
        DocumentedCommand command = new(
            "diff",
            "Compares two sets of tables: what they map (added, removed, moved, permission changed, split, merged), and the tables themselves.",
            ("ptewright diff before after", "Two captures; exit code 3 when anything is different."),
            ("ptewright diff tables gdb:localhost:1234 --meaning", "What was predicted and what a live kernel has, wherever its tables lie."));
        self._before.AddTo(command);
        command.Arguments.Add(self._after);
        self._half.AddTo(command);
        command.Options.Add(self._meaning);
        command.Options.Add(self._json);
        command.SetAction(self.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        AddressHalf? half = _half.Read(parsed);
        using MemoryImage before = _before.Open(parsed, _terminal);
        using MemoryImage after = SourceOptions.Open(parsed.GetValue(_after)!, _terminal);
        IReadOnlyList<TranslationRoot> beforeRoots = HalfOption.Roots(half, _before.Registers(parsed, before), before, _terminal);
        IReadOnlyList<TranslationRoot> afterRoots = HalfOption.Roots(half, _before.Registers(parsed, after), after, _terminal);
        List<HalfDifference> differences = [];
        foreach (TranslationRoot root in beforeRoots)
        {
            if (afterRoots.FirstOrDefault(other => other.Half == root.Half) is { } other)
            {
                differences.Add(Compare(before, root, after, other, parsed.GetValue(_meaning)));
            }
        }

        if (differences.Count == 0)
        {
            throw new InvalidInputException("There is no half that both sources have.");
        }

        if (beforeRoots.Count != differences.Count || afterRoots.Count != differences.Count)
        {
            _terminal.Error.WriteLine("ptewright: note: only the half that both sources have is compared.");
        }

        if (parsed.GetValue(_json))
        {
            _terminal.Out.WriteLine(JsonSerializer.Serialize(DiffJson.Of(differences), CliJson.Plain.DiffJson));
        }
        else
        {
            new DiffReport(_terminal).Write(differences);
        }

        return differences.TrueForAll(difference => difference.IsSame) ? ExitCode.Ok : ExitCode.No;
    }

    private HalfDifference Compare(MemoryImage before, TranslationRoot beforeRoot, MemoryImage after, TranslationRoot afterRoot, bool meaningOnly)
    {
        MapChanges changes = MapComparison.Compare(
            before, beforeRoot, after, afterRoot, MostShown, (root, problem) => _terminal.Error.WriteLine($"ptewright: {ProblemText.Of(problem, root)}"));
        TableChanges? tables = meaningOnly ? new TableChanges([], 0, 0, 0, 0, 0)
            : TableComparison.IsPossible(beforeRoot, afterRoot) ? TableComparison.Compare(before, beforeRoot, after, afterRoot, MostShown) : null;
        return new HalfDifference(beforeRoot, afterRoot, changes, tables);
    }
}

/// <summary>What is different in one half.</summary>
/// <param name="Before">How the old tables are read.</param>
/// <param name="After">How the new ones are.</param>
/// <param name="Changes">By meaning.</param>
/// <param name="Tables">By structure; null where granule or address size differ, so that no table is the other's.</param>
internal sealed record HalfDifference(TranslationRoot Before, TranslationRoot After, MapChanges Changes, TableChanges? Tables)
{
    /// <summary>Whether nothing is.</summary>
    public bool IsSame => Changes.Count == 0 && Tables is { Count: 0 };
}
