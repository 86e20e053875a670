using System.CommandLine;
using System.Text.Json;
using Ptewright.Addressing;
using Ptewright.Cli.Options;
using Ptewright.Cli.Output;
using Ptewright.Comparing;
using Ptewright.Findings;
using Ptewright.Images;
using Ptewright.Listing;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Commands.Diff;

/// <summary><c>ptewright diff</c>: what is different between two sets of tables, by meaning and by structure.</summary>
internal sealed class DiffCommand
{
    // Some 100 MB of text. All differences are found and counted; nobody reads more.
    private const int MostShown = 100_000;

    private static readonly TableChanges _noTables = new([], 0, 0, 0, 0, 0);

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
            ("ptewright diff kernel_page_tables.txt tables", "A running kernel's own listing and a prediction."),
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
        using Mappings before = _before.OpenMappings(parsed, half, _terminal);
        using Mappings after = _before.OpenMappings(parsed, half, _terminal, parsed.GetValue(_after)!);
        IReadOnlyList<TranslationRoot> beforeRoots = before.Roots;
        IReadOnlyList<TranslationRoot> afterRoots = after.Roots;
        if (before.Listing is not null || after.Listing is not null)
        {
            _terminal.Note("a kernel's own listing has no physical addresses, tables or software's bits: what it shows, where it lists, is compared.");
        }

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
            _terminal.Note("only the half that both sources have is compared.");
        }

        if (parsed.GetValue(_json))
        {
            _terminal.Out.WriteLine(JsonSerializer.Serialize(DiffJson.Of(differences), CliJson.TypeOf<DiffJson>(DiffJsonCode.Default)));
        }
        else
        {
            new DiffReport(_terminal).Write(differences);
        }

        return differences.TrueForAll(difference => difference.IsSame) ? ExitCode.Ok : ExitCode.No;
    }

    private HalfDifference Compare(Mappings before, TranslationRoot beforeRoot, Mappings after, TranslationRoot afterRoot, bool meaningOnly)
    {
        if (before.Listing is not null || after.Listing is not null)
        {
            return new HalfDifference(beforeRoot, afterRoot, CompareListed(before, beforeRoot, after, afterRoot), _noTables);
        }

        (MemoryImage old, MemoryImage now) = (before.Image!, after.Image!);
        MapChanges changes = MapComparison.Compare(
            old, beforeRoot, now, afterRoot, MostShown, (root, problem) => _terminal.Error.WriteLine($"ptewright: {TableFindings.Of(problem, root, (ReferenceEquals(root, beforeRoot) ? old : now).Name)}"));
        TableChanges? tables = meaningOnly ? _noTables
            : TableComparison.IsPossible(beforeRoot, afterRoot) ? TableComparison.Compare(old, beforeRoot, now, afterRoot, MostShown) : null;
        return new HalfDifference(beforeRoot, afterRoot, changes, tables);
    }

    // Both as a listing shows them, in the part that every listing has.
    private MapChanges CompareListed(Mappings before, TranslationRoot beforeRoot, Mappings after, TranslationRoot afterRoot)
    {
        bool showsSharing = (before.Listing?.ShowsSharing ?? true) && (after.Listing?.ShowsSharing ?? true);
        ulong from = Math.Max(before.Listing?.Start.Value ?? 0, after.Listing?.Start.Value ?? 0);
        ulong last = Math.Min(before.Listing?.Last.Value ?? ulong.MaxValue, after.Listing?.Last.Value ?? ulong.MaxValue);
        if (from > last)
        {
            throw new InvalidInputException("The two list no address in common.");
        }

        IReadOnlyList<MapChange> changes = MapComparison.Compare(Read(before, beforeRoot), Read(after, afterRoot));
        return new MapChanges([.. changes.Take(MostShown)], (ulong)changes.Count);

        List<MappedRange> Read(Mappings mappings, TranslationRoot root)
        {
            Collector ranges = new(_terminal);
            ranges.Begin(root, mappings.Name);
            PtdumpView view = new(showsSharing, ranges);
            _ = mappings.Scan(root, view, new VirtualAddress(Math.Max(from, root.Start.Value)), new VirtualAddress(last));
            view.Finish();
            return [.. ranges.Ranges.Select(range => Cut(range, from, last))];
        }
    }

    private static MappedRange Cut(MappedRange range, ulong from, ulong last)
    {
        ulong start = Math.Max(range.Start.Value, from);
        return range with { Start = new VirtualAddress(start), Size = Math.Min(range.Last.Value, last) - start + 1, Physical = range.Physical + (start - range.Start.Value) };
    }

    // Ranges are kept, not entries: a map of any size has few, and a listing has a limit; hostile tables have not.
    private sealed class Collector(Terminal terminal) : ListSink(terminal, [])
    {
        public List<MappedRange> Ranges { get; } = [];

        public override void End()
        {
        }

        protected override void Write(in MappedRange range)
        {
            if (Ranges.Count == PtdumpFile.MaxLines)
            {
                throw new InvalidInputException($"The tables map more than {PtdumpFile.MaxLines} ranges, which is more than a kernel's own listing can have.");
            }

            Ranges.Add(range);
        }
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
