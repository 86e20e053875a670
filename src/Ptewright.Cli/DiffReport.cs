using Ptewright.Comparing;
using Ptewright.Walking;

namespace Ptewright.Cli;

/// <summary>What <c>diff</c> writes for people.</summary>
internal sealed class DiffReport(Terminal terminal)
{
    // More tables than these are counted only; JSON has all.
    private const int MostTables = 40;

    private static readonly (MapChangeKinds Kind, string Word)[] _words =
    [
        (MapChangeKinds.Added, "added"), (MapChangeKinds.Removed, "removed"), (MapChangeKinds.Moved, "moved"), (MapChangeKinds.Permission, "permission changed"),
        (MapChangeKinds.Memory, "memory type changed"), (MapChangeKinds.Flags, "flags changed"), (MapChangeKinds.Split, "split"), (MapChangeKinds.Merged, "merged"),
    ];

    /// <summary>Writes all of it.</summary>
    public void Write(IReadOnlyList<HalfDifference> differences)
    {
        foreach (HalfDifference difference in differences)
        {
            terminal.WriteMarked($"[bold]{(difference.Before.Half == AddressHalf.Upper ? "TTBR1" : "TTBR0")}[/]");
            terminal.Out.WriteLine(difference.Changes.Count == 0 ? "Both map the same." : $"{Numbers.Of((ulong)difference.Changes.Count, "change")} of what is mapped:");
            foreach (MapChange change in difference.Changes)
            {
                Write(difference, change);
            }

            Write(difference.Tables);
        }
    }

    private void Write(HalfDifference difference, MapChange change)
    {
        string end = change.Start.Value + change.Size == 0 ? "0x10000000000000000" : Numbers.Hex(change.Start.Value + change.Size);
        string kinds = string.Join(", ", _words.Where(word => change.Kinds.HasFlag(word.Kind)).Select(word => word.Word));
        terminal.Out.WriteLine($"  {change.Start}..{end}  {Numbers.Bytes(change.Size)}: {kinds}");
        if (change.Before is { } before)
        {
            terminal.Out.WriteLine($"    - {Text(difference.Before, before)}");
        }

        if (change.After is { } after)
        {
            terminal.Out.WriteLine($"    + {Text(difference.After, after)}");
        }
    }

    private void Write(IReadOnlyList<TableChange>? tables)
    {
        if (tables is null)
        {
            terminal.Out.WriteLine("Granule or address size differ, so tables are not compared one by one.");
            return;
        }

        if (tables.Count == 0)
        {
            return;
        }

        string[] counts = [.. Enum.GetValues<TableChangeKind>().Select(kind => $"{Numbers.Count((ulong)tables.Count(table => table.Kind == kind))} {CliJson.NameOf(kind)}")];
        ulong entries = (ulong)tables.Sum(table => (long)table.Entries);
        terminal.Out.WriteLine($"Tables: {string.Join(", ", counts)}; {Numbers.Count(entries)} {(entries == 1 ? "entry differs" : "entries differ")}.");
        foreach (TableChange table in tables.Take(MostTables))
        {
            string place = table.Before is null ? $"at {table.After}" : table.After is null ? $"was at {table.Before}"
                : table.Before == table.After ? $"at {table.After}" : $"{table.Before} -> {table.After}";
            terminal.Out.WriteLine($"  level {table.Level,2}  {table.Start,-18}  {CliJson.NameOf(table.Kind),-7}  {place}, entries: {table.Entries}");
        }

        if (tables.Count > MostTables)
        {
            terminal.Out.WriteLine($"  ... and {Numbers.Count((ulong)(tables.Count - MostTables))} more; --json has all.");
        }
    }

    private static string Text(TranslationRoot root, MappedRange range) =>
        $"{(range.KnowsPhysical ? $"{range.Physical}, " : string.Empty)}{ListTable.KindText(root, range.Level)}: {AttributeText.Of(range.Attributes)}";
}
